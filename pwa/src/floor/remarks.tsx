/** Checks before a scan is saved: a stop needs an answer each time, a question once per unit; a note stands beside the result. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { judge, type Level, type Operation, type Remark, type RemarkCode } from "../core/rules";
import type { Phone } from "../device/phone";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { signalClass } from "../ui/sound";
import { words } from "../words/words";
import type { Books } from "./books";
import { location, stopped, type StopAnswer } from "./drafts";
import { StopScreen } from "./stop";
import type { Subject } from "./subject";
import { UnitCard } from "./unit-card";

/** What stands between a scan and its saving until somebody has answered. */
export interface Asking {
  level: "stop" | "ask";
  operation: Operation;
  subject: Subject;
  codes: RemarkCode[];
  /** Go on; past a stop only with what was answered. */
  go: (answer?: StopAnswer) => void;
}

/** What the checks have to say to the scan that is saved now. */
export interface Checked {
  /** What to show beside the result. */
  note: string | null;
  /** Why it went on against a stop. */
  answer: StopAnswer | null;
}

type Go = (checked: Checked) => void | Promise<void>;

export interface Checks {
  asking: Signal<Asking | null>;
  /** A unit was scanned: what was answered to the stops of an earlier scan does not count for this one. */
  scanned(subject: Subject, go: Go): Promise<void>;
  /** Go on at once, or after somebody has answered what is odd. */
  before(subject: Subject, quantity: bigint | null, go: Go): Promise<void>;
  /** The operator leaves it: nothing of this scan goes on. */
  cancel(): void;
}

/** Check what is about to be recorded with what this phone knows. */
export function useChecks(operation: Operation, books: Books): Checks {
  const { phone, feedback } = useApp();
  const asking = useSignal<Asking | null>(null);
  const asked = useRef<{ unit: string; codes: string[] }>({ unit: "", codes: [] });
  const answer = useRef<StopAnswer | null>(null);

  const ask = (open: Omit<Asking, "operation">): void => {
    asking.value = { operation, ...open };
  };
  const before = async (subject: Subject, quantity: bigint | null, go: Go): Promise<void> => {
    const { unit } = subject.unit;
    if (asked.current.unit !== unit) asked.current = { unit, codes: [] };
    const remarks = remarksOn({ operation, books, today: phone.today() }, subject, quantity);
    const stops = codesOf(remarks, "stop", answer.current?.stops ?? []);
    const questions = codesOf(remarks, "ask", asked.current.codes);
    const again = (): void => {
      asking.value = null;
      void before(subject, quantity, go);
    };
    if (stops.length > 0) {
      keepStop(phone, unit, operation, stops);
      ask({
        level: "stop",
        subject,
        codes: stops,
        go: (said) => {
          answer.current = said === undefined ? null : together(answer.current, said);
          again();
        },
      });
    } else if (questions.length > 0) {
      ask({
        level: "ask",
        subject,
        codes: questions,
        go: () => {
          asked.current.codes.push(...questions);
          again();
        },
      });
    } else await go({ note: noteOf(operation, remarks, answer.current), answer: answer.current });
  };
  return {
    asking,
    before,
    scanned(subject, go) {
      answer.current = null;
      return before(subject, null, go);
    },
    cancel() {
      const wasStopped = asking.value?.level === "stop";
      asking.value = null;
      answer.current = null;
      if (wasStopped) feedback.say({ kind: "duplicate", title: words.stop.putBack, line: words.stop.putBackLine });
    },
  };
}

/** Every stop is recorded when it is shown, whatever the answer; a phone that cannot says so itself, in red. */
function keepStop(phone: Phone, unit: string, operation: Operation, codes: RemarkCode[]): void {
  void phone.record([stopped(unit, operation, codes)]).catch(() => undefined);
}

/** One scan may meet two stops, one after the other: the scan carries both, and the last reason. */
function together(first: StopAnswer | null, next: StopAnswer): StopAnswer {
  return { ...first, ...next, stops: [...(first?.stops ?? []), ...next.stops] };
}

interface Scene {
  operation: Operation;
  books: Books;
  today: string;
}

function remarksOn({ operation, books, today }: Scene, { unit }: Subject, quantity: bigint | null): Remark[] {
  return judge(
    {
      known: unit.known,
      place: unit.place,
      item: unit.item,
      quantity: unit.quantity,
      owner: unit.owner,
      status: unit.status,
      is_held: unit.isHeld,
      expires_on: unit.expiresOn,
      is_ended: unit.isEnded,
      parent: unit.parent,
    },
    {
      operation,
      here: location(books.here),
      today,
      quantity,
      owner: books.company,
      // No recipe and no tolerance is on the phone yet.
      items: null,
      tolerance: 0n,
      most: null,
    },
  );
}

function codesOf(remarks: Remark[], wanted: Level, answered: readonly string[]): RemarkCode[] {
  return remarks.filter(({ level, code }) => level === wanted && !answered.includes(code)).map(({ code }) => code);
}

function noteOf(operation: Operation, remarks: Remark[], answer: StopAnswer | null): string | null {
  if (answer?.already_done) return words.stop.noteDone[operation] ?? words.remarkUnknown;
  if (answer?.overruled) return words.stop.noteOverruled;
  const note = remarks.find(({ level }) => level === "note");
  return note === undefined ? null : (words.notes[note.code] ?? words.remarkUnknown);
}

interface AnswerProps {
  asking: Asking;
  books: Books;
  onCancel: () => void;
}

/** Red for a stop, amber for a question. */
export function AnswerFirst(props: AnswerProps): JSX.Element {
  return props.asking.level === "stop" ? <StopScreen {...props} /> : <AskFirst {...props} />;
}

/** Ask once, in amber; putting it back is as easy as going on. */
function AskFirst({ asking, books, onCancel }: AnswerProps): JSX.Element {
  useEscape(onCancel);
  useEffect(() => signalClass("attention"), [asking]);
  return (
    <Step
      instruction={words.remarkTitle}
      stepKey={asking.codes.join()}
      foot={
        <>
          <Button look="primary" onPress={() => asking.go()}>
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
