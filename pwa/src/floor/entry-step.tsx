/** A step with one thing to enter: what is wrong with it is said when it is sent off, and gone at the next key. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Button, Step } from "../ui/parts";
import { words } from "../words/words";

/** What stands in the entry, and what is wrong with it. */
interface Entry {
  value: string;
  error: string | null;
  onInput: (value: string) => void;
}

interface EntryStepProps {
  instruction: string;
  initial?: string;
  /** Say what is wrong with an entry; null: nothing. */
  check: (text: string) => string | null;
  onEntry: (text: string) => void;
  /** Draws the field or the keys. */
  children: (entry: Entry) => JSX.Element;
}

/** The step; entries are given without blanks around them. */
export function EntryStep({ instruction, initial = "", check, onEntry, children }: EntryStepProps): JSX.Element {
  const text = useSignal(initial);
  const error = useSignal<string | null>(null);
  const submit = (): void => {
    const entered = text.value.trim();
    error.value = check(entered);
    if (error.value === null) onEntry(entered);
  };
  const onInput = (value: string): void => {
    text.value = value;
    error.value = null;
  };
  return (
    <Step
      instruction={instruction}
      keepsFocus
      onSubmit={submit}
      foot={
        <Button look="primary" isSubmit>
          {words.action.next}
        </Button>
      }
    >
      {children({ value: text.value, error: error.value, onInput })}
    </Step>
  );
}
