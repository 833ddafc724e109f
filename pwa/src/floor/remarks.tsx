/** Checks before a scan is saved: a question is asked once per unit, a note stands beside the result. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { judge, type Act, type Remark } from "../core/rules";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { signalClass } from "../ui/sound";
import { words } from "../words/words";
import type { Books } from "./books";
import { location } from "./drafts";
import type { Subject } from "./subject";
import { UnitCard } from "./unit-card";

/** What stands between a scan and its saving until somebody has answered. */
export interface Asking {
  subject: Subject;
  codes: string[];
  go: () => void;
}

export interface Checks {
  asking: Signal<Asking | null>;
  /** Go on at once, or after the operator has answered what is odd; `note` is what to show beside the result. */
  before(subject: Subject, quantity: bigint | null, go: (note: string | null) => void | Promise<void>): Promise<void>;
}

/** Check what is about to be recorded with what this phone knows. */
export function useChecks(operation: Act["operation"], books: Books): Checks {
  const asking = useSignal<Asking | null>(null);
  const answered = useRef<{ unit: string; codes: string[] }>({ unit: "", codes: [] });
  return {
    asking,
    async before(subject, quantity, go) {
      const { unit } = subject.unit;
      if (answered.current.unit !== unit) answered.current = { unit, codes: [] };
      const remarks = remarksOn(operation, subject, books, quantity);
      const codes = questions(remarks, answered.current.codes);
      if (codes.length === 0) return go(noteOf(remarks));
      asking.value = {
        subject,
        codes,
        go: () => {
          answered.current.codes.push(...codes);
          asking.value = null;
          void go(noteOf(remarks));
        },
      };
    },
  };
}

function remarksOn(operation: Act["operation"], subject: Subject, books: Books, quantity: bigint | null): Remark[] {
  const { unit } = subject;
  return judge(
    {
      known: unit.known,
      place: unit.place,
      quantity: unit.quantity,
      owner: unit.owner,
      status: unit.status,
      is_ended: unit.isEnded,
      parent: unit.parent,
    },
    { operation, here: location(books.here), quantity, owner: books.company },
  );
}

function questions(remarks: Remark[], answered: readonly string[]): string[] {
  return remarks.filter(({ level, code }) => level === "ask" && !answered.includes(code)).map(({ code }) => code);
}

function noteOf(remarks: Remark[]): string | null {
  const note = remarks.find(({ level }) => level === "note");
  return note === undefined ? null : (words.notes[note.code] ?? words.remarkUnknown);
}

/** Ask once, in amber; putting it back is as easy as going on. */
export function AskFirst({
  asking,
  books,
  onCancel,
}: {
  asking: Asking;
  books: Books;
  onCancel: () => void;
}): JSX.Element {
  useEscape(onCancel);
  useEffect(() => signalClass("attention"), [asking]);
  return (
    <Step
      instruction={words.remarkTitle}
      stepKey={asking.codes.join()}
      foot={
        <>
          <Button look="primary" onPress={asking.go}>
            {words.remarkGo}
          </Button>
          <Button onPress={onCancel}>{words.remarkStop}</Button>
        </>
      }
    >
      <div class="remarks" role="alert">
        {asking.codes.map((code) => (
          <div key={code} class="result attention">
            <Icon name="bang" />
            <div>
              <strong>{words.remarkTitles[code] ?? words.remarkTitle}</strong>
              <p>{words.questions[code] ?? words.remarkUnknown}</p>
            </div>
          </div>
        ))}
      </div>
      <UnitCard subject={asking.subject} books={books} />
    </Step>
  );
}
