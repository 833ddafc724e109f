/** A form that has labels printed: what is asked for, one button, and what came of it. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { Icon } from "../ui/icons";
import { words } from "../words/words";
import { sentenceOf } from "./use-list";

/** Nothing yet, at work, done, or refused with the reason. */
type Outcome = { is: "none" | "working" } | { is: "done" | "refused"; line: string };

interface PrintFormProps {
  button: string;
  /** Has it printed; gives what to say then, null: nothing. */
  onPrint: () => Promise<string | null>;
  children: ComponentChildren;
}

/** The form; what the server refuses is said below the button. */
export function PrintForm({ button, onPrint, children }: PrintFormProps): JSX.Element {
  const outcome = useSignal<Outcome>({ is: "none" });
  const { value } = outcome;
  const print = async (): Promise<void> => {
    outcome.value = { is: "working" };
    try {
      const line = await onPrint();
      outcome.value = line === null ? { is: "none" } : { is: "done", line };
    } catch (error) {
      outcome.value = { is: "refused", line: sentenceOf(error) };
    }
  };
  return (
    <form
      class="print-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void print();
      }}
    >
      {children}
      <button type="submit" class="button small" disabled={value.is === "working"}>
        <Icon name="label" />
        <span>{value.is === "working" ? words.labels.working : button}</span>
      </button>
      {(value.is === "done" || value.is === "refused") && (
        <p class={value.is === "done" ? "notice good" : "notice bad"} role={value.is === "done" ? "status" : "alert"}>
          {value.line}
        </p>
      )}
    </form>
  );
}
