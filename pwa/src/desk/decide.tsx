/** Decide one exception or several like ones: a note, and one button for each choice. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ChoiceRow, OpenException } from "../device/office";
import type { Draft } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Field } from "../ui/parts";
import { deskWords } from "../words/desk-en";
import { words } from "../words/words";
import { commonChoices, decision, effectsOf } from "./decisions";
import { DeskGate } from "./desk-gate";
import { sentenceOf } from "./use-list";

interface DecideProps {
  open: readonly OpenException[];
  onDone: (count: number) => void;
}

/** Draw it; what is decided together is kept together, all or none. */
export function Decide({ open, onDone }: DecideProps): JSX.Element {
  return (
    <section class="decide" aria-label={deskWords.exceptions.together(open.length)}>
      <h2>{deskWords.exceptions.together(open.length)}</h2>
      <DeskGate>
        <Choices open={open} onDone={onDone} />
      </DeskGate>
    </section>
  );
}

function Choices({ open, onDone }: DecideProps): JSX.Element {
  const note = useSignal("");
  const { record, problem } = useRecord();
  const choose = async (choice: string): Promise<void> => {
    const bodies = open.flatMap((one) => {
      const row = one.choices.find((known) => known.choice === choice);
      return row === undefined ? [] : decision(one, row, note.value.trim());
    });
    if (await record(bodies)) onDone(open.length);
  };
  const [first] = open;
  return (
    <>
      <Field label={deskWords.exceptions.note} value={note.value} onInput={(text) => (note.value = text)} />
      <ul class="decide-choices">
        {commonChoices(open).map((choice) => {
          const row = first?.choices.find((known) => known.choice === choice);
          if (row === undefined) return null;
          return (
            <li key={choice}>
              <button type="button" class="button" onClick={() => void choose(choice)}>
                {words.choices[choice] ?? row.label}
              </button>
              <small>{whatElse(row, open.length)}</small>
            </li>
          );
        })}
      </ul>
      {problem !== null && (
        <p class="notice bad" role="alert">
          <Icon name="cross" />
          <span>{problem}</span>
        </p>
      )}
    </>
  );
}

/** What of several each leads to is like the first; the figures are its own. */
function whatElse(row: ChoiceRow, count: number): string {
  const effects = effectsOf(row);
  if (effects === null) return deskWords.exceptions.recordsNothing;
  return deskWords.exceptions.records(count === 1 ? effects : `${effects} …`);
}

/** Record at this desk, and say in a sentence when that failed. */
export function useRecord(): {
  record: (bodies: readonly Draft["body"][]) => Promise<boolean>;
  problem: string | null;
} {
  const { desk } = useApp();
  const problem = useSignal<string | null>(null);
  const isWorking = useSignal(false);
  const record = async (bodies: readonly Draft["body"][]): Promise<boolean> => {
    if (isWorking.value || bodies.length === 0) return false;
    isWorking.value = true;
    problem.value = null;
    try {
      await desk.record(bodies);
      return true;
    } catch (error) {
      problem.value = sentenceOf(error);
      return false;
    } finally {
      isWorking.value = false;
    }
  };
  return { record, problem: problem.value };
}
