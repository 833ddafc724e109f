/**
 * Count units at a place: scan what stands there, and in the end see what was found, what is missing and what nobody
 * expected. Each is an event of the unit: a unit seen is there, a missing one holds nothing until it is found.
 */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Draft, Unit } from "../device/phone";
import { useApp } from "../ui/context";
import { useEscape } from "../ui/keys";
import { Icon, type IconName } from "../ui/icons";
import { Button, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { placeName, type Books } from "./books";
import { Describe } from "./describe";
import { asKnown, location, missed, moved, ofQuantity, seen, unitKind } from "./drafts";
import { Context } from "./frame";
import { QuantityStep } from "./quantity-step";
import { AnswerFirst, useChecks, type Checks } from "./remarks";
import { saved, useSave } from "./saving";
import { ScanStep } from "./scan-panel";
import { lineOf, type Subject } from "./subject";
import { useUnitScans } from "./unit-scans";

type Group = "found" | "missing" | "unexpected";

interface CountProps {
  books: Books;
  place: string;
  onChange: () => void;
}

/** The step that scans, and the result. */
export function CountUnits({ books, place, onChange }: CountProps): JSX.Element {
  const count = useCount(books, place);
  const { scanned, missing, strange, checks } = count;
  const cancel = (): void => {
    checks.cancel();
    strange.value = null;
  };
  const asking = checks.asking.value;
  if (missing.value !== null) {
    return <Result scanned={scanned.value} missing={missing} books={books} place={place} onDone={onChange} />;
  }
  return (
    <>
      <ScanStep
        instruction={flowWords.count.scan}
        isOpen={asking === null && strange.value === null}
        action={
          <Button icon="tick" command="ok" testId="count-finish" onPress={() => void count.finish()}>
            {flowWords.count.finish}
          </Button>
        }
      >
        <Context label={flowWords.count.place} value={placeName(books, place)} line={place} onChange={onChange} />
        <p class="counter" data-testid="counted">
          <strong>{scanned.value.size}</strong> {flowWords.count.scanned(scanned.value.size)}
        </p>
      </ScanStep>
      {asking !== null && <AnswerFirst asking={asking} books={books} onCancel={cancel} />}
      {asking === null && strange.value !== null && (
        <WhatIsInIt subject={strange.value} books={books} onDone={count.save} onCancel={cancel} />
      )}
    </>
  );
}

interface Count {
  /** What was scanned in this count. */
  scanned: Signal<ReadonlyMap<string, Exclude<Group, "missing">>>;
  /** Null: not looked at yet. */
  missing: Signal<Unit[] | null>;
  /** A unit of which the phone does not know how much it holds. */
  strange: Signal<Subject | null>;
  checks: Checks;
  save: (subject: Subject) => void;
  finish: () => Promise<void>;
}

function useCount(books: Books, place: string): Count {
  const { phone, feedback } = useApp();
  const here = location(place);
  const scanned = useSignal<ReadonlyMap<string, Exclude<Group, "missing">>>(new Map());
  const missing = useSignal<Unit[] | null>(null);
  const strange = useSignal<Subject | null>(null);
  const checks = useChecks("count", books);
  const record = useSave();
  const save = (subject: Subject): void => {
    const { unit } = subject;
    const group = unit.known && unit.place === here ? "found" : "unexpected";
    void checks.before(subject, lookedIn(subject), async ({ note }) => {
      const say = group === "found" ? flowWords.count.found : flowWords.count.unexpected;
      const line = say(lineOf(subject));
      const feedback = group === "found" ? saved(line, note) : { ...saved(line, note), kind: "attention" as const };
      if ((await record([sighting(subject, place)], feedback)) === null) return;
      scanned.value = new Map(scanned.value).set(unit.unit, group);
      strange.value = null;
    });
  };
  useUnitScans({
    books,
    waiting: () => checks.asking.value?.subject ?? strange.value,
    onUnit: (subject) => {
      const { unit, material } = subject;
      if (scanned.value.has(unit.unit)) {
        return feedback.say({ kind: "duplicate", line: flowWords.count.already(unit.unit) });
      }
      // A pallet is seen; what stands on it has labels of its own.
      const isEnough = material !== null || (unit.known && unit.item === null);
      return checks.scanned(subject, () => (isEnough ? save(subject) : void (strange.value = subject)));
    },
  });
  const finish = async (): Promise<void> => {
    const expected = (await phone.unitsAt([here])).filter((unit) => unit.item === null || unit.quantity > 0n);
    missing.value = expected.filter(
      ({ unit, parent }) => !scanned.value.has(unit) && (parent === null || !scanned.value.has(parent)),
    );
  };
  return { scanned, missing, strange, checks, save, finish };
}

/** What was counted in it; null: nobody looked into it. */
function lookedIn({ material }: Subject): bigint | null {
  return material === null || material.obtained === "assumed" ? null : BigInt(material.quantity);
}

/** A unit that holds material was counted there; one that holds others was put there, whoever did it. */
function sighting({ unit, material }: Subject, place: string): Draft {
  if (material !== null) return seen(unit.unit, material, place);
  return moved({ unit: unit.unit, kind: unitKind(unit.kind), material: null }, unit.place ?? location(place), place);
}

interface WhatProps {
  subject: Subject;
  books: Books;
  onDone: (subject: Subject) => void;
  onCancel: () => void;
}

/** A stranger is described; of one reported empty only the quantity is asked. */
function WhatIsInIt({ subject, books, onDone, onCancel }: WhatProps): JSX.Element {
  const { unit, item } = subject;
  const whole = asKnown({ ...unit, quantity: 1n }, item, books.company);
  if (whole === null || item === undefined) {
    return <Describe subject={subject} books={books} onDone={onDone} onCancel={onCancel} />;
  }
  return <HowMuch subject={subject} onCancel={onCancel} onDone={(given) => onDone({ ...subject, material: given })} whole={whole} />;
}

interface HowMuchProps {
  subject: Subject;
  whole: NonNullable<Subject["material"]>;
  onDone: (material: NonNullable<Subject["material"]>) => void;
  onCancel: () => void;
}

function HowMuch({ subject, whole, onDone, onCancel }: HowMuchProps): JSX.Element | null {
  useEscape(onCancel);
  if (subject.item === undefined) return null;
  return (
    <QuantityStep
      instruction={flowWords.count.howMuch}
      item={subject.item}
      lead={lineOf(subject)}
      obtained="counted"
      actions={[{ text: flowWords.count.next, take: (given) => onDone(ofQuantity(whole, given)) }]}
    />
  );
}

interface ResultProps {
  scanned: ReadonlyMap<string, Exclude<Group, "missing">>;
  missing: Signal<Unit[] | null>;
  books: Books;
  place: string;
  onDone: () => void;
}

const ICONS: Record<Group, IconName> = { found: "tick", missing: "cross", unexpected: "bang" };

function Result({ scanned, missing, books, place, onDone }: ResultProps): JSX.Element {
  const record = useSave();
  const again = (): void => {
    missing.value = null;
  };
  useEscape(again);
  const lost = missing.value ?? [];
  const drafts = lost.flatMap((unit) => {
    const contents = asKnown(unit, unit.item === null ? undefined : books.items.get(unit.item), books.company);
    return contents === null ? [] : [missed(unit.unit, contents, place, flowWords.count.missingReason)];
  });
  const report = (): void => {
    const said = { ...saved(flowWords.count.reported(drafts.length), null), kind: "attention" as const };
    void record(drafts, said).then((kept) => {
      if (kept !== null) onDone();
    });
  };
  const names = (group: Group): string[] =>
    group === "missing"
      ? lost.map(({ unit }) => unit)
      : [...scanned].filter(([, one]) => one === group).map(([unit]) => unit);
  return (
    <Step
      instruction={flowWords.count.result}
      keepsFocus
      foot={
        lost.length === 0 ? (
          <Button look="primary" icon="tick" isDefault onPress={onDone}>
            {flowWords.count.done}
          </Button>
        ) : (
          <>
            <Button look="primary" icon="look" isDefault onPress={again}>
              {flowWords.count.again}
            </Button>
            {drafts.length > 0 ? (
              <Button icon="cross" testId="report-missing" onPress={report}>
                {flowWords.count.report(drafts.length)}
              </Button>
            ) : (
              <Button onPress={onDone}>{flowWords.count.done}</Button>
            )}
          </>
        )
      }
    >
      {(["missing", "unexpected", "found"] as const).map((group) => (
        <Tally key={group} group={group} names={names(group)} />
      ))}
      {drafts.length < lost.length && <p class="lead">{flowWords.count.noReport}</p>}
    </Step>
  );
}

function Tally({ group, names }: { group: Group; names: string[] }): JSX.Element {
  return (
    <section class={`tally ${group}`} data-testid={`tally-${group}`} data-count={names.length}>
      <h3>
        <Icon name={ICONS[group]} />
        {flowWords.count.groups[group]}
        <strong>{names.length}</strong>
      </h3>
      {group !== "found" && (
        <ul>
          {names.map((unit) => (
            <li key={unit} class="code">
              {unit}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
