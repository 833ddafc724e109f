/** Scans that a phone without a network has saved as a file are handed in here. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Problem } from "../device/problem";
import { useApp } from "../ui/context";
import { problemSentence } from "../ui/reasons";
import { scanFileWords as words } from "../words/scan-file-words";

/** The field, and what became of the file. */
export function HandIn({ onDone }: { onDone: () => void }): JSX.Element {
  const { office } = useApp();
  const said = useSignal<string | null>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    try {
      const { phone, taken, known } = await office.handInScans(file);
      said.value = words.taken(phone, taken, known);
      onDone();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      said.value = problemSentence(error);
    }
  };
  return (
    <section aria-label={words.title}>
      <h2>{words.title}</h2>
      <label class="field">
        <span>{words.take}</span>
        <input
          type="file"
          accept="application/json,.json"
          onChange={(event) => {
            const { currentTarget } = event;
            // The same file chosen again is handed in again.
            void take(currentTarget.files?.[0]).finally(() => (currentTarget.value = ""));
          }}
        />
      </label>
      {said.value !== null && <p role="status">{said.value}</p>}
    </section>
  );
}
