/** Keep scans, then say so: green only after the phone holds them, red across the screen when it does not. */
import { useRef } from "preact/hooks";
import { NotSaved, type Draft } from "../device/phone";
import { useApp } from "../ui/context";
import type { Feedback } from "../ui/feedback";

type Save = (drafts: Draft[] | (() => Promise<Draft[]>), feedback: Feedback) => Promise<string[] | null>;

/** Give a function that records drafts, all or none, and shows the feedback; null when nothing was kept. */
export function useSave(): Save {
  const { phone, feedback: board } = useApp();
  const isSaving = useRef(false);
  return async (drafts, feedback) => {
    // A second tap while the first is being written must not record the same thing twice.
    if (isSaving.current) return null;
    isSaving.current = true;
    try {
      const made = typeof drafts === "function" ? await drafts() : drafts;
      const ids = (await phone.record(made)).map(({ id }) => id);
      board.say({ ...feedback, ids });
      return ids;
    } catch (error) {
      // Whatever went wrong, the operator must know that this scan is not kept.
      phone.notSaved.value ??= error instanceof NotSaved ? error.reason : "storage_failed";
      if (!(error instanceof NotSaved)) reportError(error);
      return null;
    } finally {
      isSaving.current = false;
    }
  };
}

/** Green, or amber if something about it is odd. */
export function saved(line: string, note: string | null): Feedback {
  return { kind: note === null ? "saved" : "attention", line, note };
}
