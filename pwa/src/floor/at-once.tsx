/** What flows have in common that save each sound scan at once: the checks before it, and what is asked of strangers. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Operation } from "../core/rules";
import type { Draft } from "../device/phone";
import type { Books } from "./books";
import { Describe } from "./describe";
import type { StopAnswer } from "./drafts";
import { AnswerFirst, useChecks, type Checks } from "./remarks";
import { saved, useSave } from "./saving";
import type { Subject } from "./subject";
import { useUnitScans } from "./unit-scans";

interface Options {
  books: Books;
  operation: Operation;
  /** The event that does not count twice, and whether the unit is still as it left it. */
  once: { type: string; isDone: (subject: Subject) => boolean };
  /** Look at the unit first; false: the flow has said itself why it goes no further. */
  admit?: (subject: Subject) => boolean | Promise<boolean>;
  /** What to record, and how to say so. */
  tell: (subject: Subject, answer: StopAnswer | null) => { draft: Draft; line: string };
  /** Ask what is in a unit the phone has never met. */
  describes: boolean;
  onPlace?: (place: string) => void;
}

export interface AtOnce {
  /** Nothing is asked: the next code may come. */
  isOpen: boolean;
  checks: Checks;
  strange: Signal<Subject | null>;
  save: (subject: Subject) => Promise<void>;
}

/** Take scans and keep each as soon as nothing speaks against it. */
export function useAtOnce({ books, operation, once, admit, tell, describes, onPlace }: Options): AtOnce {
  const strange = useSignal<Subject | null>(null);
  const checks = useChecks(operation, books);
  const record = useSave();
  const save = (subject: Subject): Promise<void> =>
    checks.before(subject, null, async ({ note, answer }) => {
      const { draft, line } = tell(subject, answer);
      const kept = await record([draft], saved(line, note));
      if (kept !== null) strange.value = null;
    });
  useUnitScans({
    books,
    waiting: () => checks.asking.value?.subject ?? strange.value,
    once,
    onUnit: async (subject) => {
      if (admit !== undefined && !(await admit(subject))) return;
      await checks.scanned(subject, async () => {
        if (subject.unit.known || !describes) await save(subject);
        else strange.value = subject;
      });
    },
    ...(onPlace === undefined ? {} : { onPlace }),
  });
  return { isOpen: checks.asking.value === null && strange.value === null, checks, strange, save };
}

/** The one question that is open about the scanned unit. */
export function AtOnceAnswer({ flow, books }: { flow: AtOnce; books: Books }): JSX.Element | null {
  const { checks, strange } = flow;
  const cancel = (): void => {
    checks.cancel();
    strange.value = null;
  };
  const asking = checks.asking.value;
  if (asking !== null) return <AnswerFirst asking={asking} books={books} onCancel={cancel} />;
  if (strange.value === null) return null;
  return <Describe subject={strange.value} books={books} onDone={(told) => void flow.save(told)} onCancel={cancel} />;
}
