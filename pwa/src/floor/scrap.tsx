/** Scrap, loss: all of a unit or a part of it is gone, and why. What happened is never refused. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useApp } from "../ui/context";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { WithBooks, type Books } from "./books";
import { WhichLot } from "./describe";
import { location, material, ofQuantity, scrapped, unitKind, type Given } from "./drafts";
import { Frame } from "./frame";
import { QuantityStep } from "./quantity-step";
import { AnswerFirst, useChecks, type Checks } from "./remarks";
import { saved, useSave } from "./saving";
import { ScanStep } from "./scan-panel";
import { Reason } from "./stop";
import { amount, lineOf, type Subject } from "./subject";
import { UnitCard } from "./unit-card";
import { useUnitScans } from "./unit-scans";

type Stage =
  | { at: "ready" }
  | { at: "lot" | "choice" | "part"; subject: Subject }
  /** `subject.material` is what is lost. */
  | { at: "reason"; subject: Subject; emptied: boolean };

const READY: Stage = { at: "ready" };

/** The screen. */
export function Scrap(): JSX.Element {
  return (
    <Frame title={flowWords.tiles.scrap.title}>
      <WithBooks>{(books) => <Scrapping books={books} />}</WithBooks>
    </Frame>
  );
}

function Scrapping({ books }: { books: Books }): JSX.Element {
  const flow = useScrapping(books);
  const { stage, checks } = flow;
  const asking = checks.asking.value;
  const cancel = (): void => {
    checks.cancel();
    stage.value = READY;
  };
  return (
    <>
      <ScanStep
        instruction={flowWords.scrap.scan}
        isOpen={asking === null && stage.value.at === "ready"}
        expected={[location(books.here)]}
      />
      {asking !== null ? (
        <AnswerFirst asking={asking} books={books} onCancel={cancel} />
      ) : (
        <Answer flow={flow} books={books} onCancel={cancel} />
      )}
    </>
  );
}

interface Flow {
  stage: Signal<Stage>;
  checks: Checks;
  /** Go on to the quantity of a unit whose lot is known. */
  ask: (subject: Subject) => void;
  /** Null: all of it, unseen. */
  lose: (subject: Subject, given: Given | null, emptied: boolean) => void;
  save: (subject: Subject, emptied: boolean, reason: string) => Promise<void>;
}

function Answer({ flow, books, onCancel }: { flow: Flow; books: Books; onCancel: () => void }): JSX.Element | null {
  const stage = flow.stage.value;
  if (stage.at === "ready") return null;
  const { subject } = stage;
  switch (stage.at) {
    case "lot":
      return (
        <WhichLot
          subject={subject}
          books={books}
          onLot={(item, batch) => flow.ask({ ...subject, item, unit: { ...subject.unit, item: item.item, batch } })}
          onCancel={onCancel}
        />
      );
    case "choice":
      return <HowMuch subject={subject} books={books} flow={flow} onCancel={onCancel} />;
    case "part":
      return <Part subject={subject} flow={flow} onCancel={onCancel} />;
    case "reason":
      return (
        <Reason
          instruction={flowWords.scrap.why}
          reasons={flowWords.scrap.reasons}
          onReason={(reason) => void flow.save(subject, stage.emptied, reason)}
          onBack={onCancel}
        />
      );
  }
}

interface StepProps {
  subject: Subject;
  flow: Flow;
  onCancel: () => void;
}

function HowMuch({ subject, books, flow, onCancel }: StepProps & { books: Books }): JSX.Element | null {
  useEscape(onCancel);
  const { item, unit } = subject;
  if (item === undefined) return null;
  return (
    <Step
      instruction={flowWords.scrap.question}
      keepsFocus
      foot={
        <>
          <Button look="primary" icon="scrap" isDefault command="all" onPress={() => flow.lose(subject, null, true)}>
            {words.use.all(amount(unit.quantity, item))}
          </Button>
          <div class="button-row">
            <Button command="part" onPress={() => (flow.stage.value = { at: "part", subject })}>
              {words.use.part}
            </Button>
            <Button command="cancel" onPress={onCancel}>
              {words.action.cancel}
            </Button>
          </div>
        </>
      }
    >
      <UnitCard subject={subject} books={books} />
    </Step>
  );
}

function Part({ subject, flow, onCancel }: StepProps): JSX.Element | null {
  useEscape(() => (subject.material === null ? onCancel() : (flow.stage.value = { at: "choice", subject })));
  const { item } = subject;
  if (item === undefined) return null;
  return (
    <QuantityStep
      instruction={flowWords.scrap.howMuch}
      item={item}
      lead={lineOf(subject)}
      obtained="typed"
      actions={[
        { text: flowWords.scrap.rest, take: (given) => flow.lose(subject, given, false) },
        { text: flowWords.scrap.emptied, take: (given) => flow.lose(subject, given, true) },
      ]}
    />
  );
}

function useScrapping(books: Books): Flow {
  const { feedback } = useApp();
  const stage = useSignal<Stage>(READY);
  const checks = useChecks("scrap", books);
  const record = useSave();
  const ask = (subject: Subject): void => {
    stage.value = { at: subject.material === null ? "part" : "choice", subject };
  };
  const start = (subject: Subject): void => {
    const { unit, item } = subject;
    if (item !== undefined && unit.batch !== null) return ask(subject);
    if (unit.item !== null) return feedback.say({ kind: "refused", line: words.describe.itemUnknown });
    if (unit.known) return feedback.say({ kind: "refused", line: flowWords.scrap.holds(unit.unit) });
    stage.value = { at: "lot", subject };
  };
  const lose = (subject: Subject, given: Given | null, emptied: boolean): void => {
    const lost = lostOf(subject, given, books.company);
    if (lost === null) return;
    void checks.before(subject, BigInt(lost.quantity), () => {
      stage.value = { at: "reason", subject: { ...subject, material: lost }, emptied };
    });
  };
  const save = (subject: Subject, emptied: boolean, reason: string): Promise<void> =>
    checks.before(subject, null, async ({ note }) => {
      const { unit } = subject;
      const handled = { unit: unit.unit, kind: unitKind(unit.kind), material: subject.material };
      const line = flowWords.scrap.line(lineOf(subject));
      const kept = await record([scrapped(handled, books.here, emptied, reason)], saved(line, note));
      if (kept !== null) stage.value = READY;
    });
  useUnitScans({
    books,
    waiting: () => checks.asking.value?.subject ?? (stage.value.at === "ready" ? null : stage.value.subject),
    once: { type: "scrapped", isDone: ({ unit }) => unit.isEnded },
    onUnit: (subject) => checks.scanned(subject, () => start(subject)),
  });
  return { stage, checks, ask, lose, save };
}

function lostOf({ unit, item, material: whole }: Subject, given: Given | null, company: string): Subject["material"] {
  if (given === null) return whole;
  if (whole !== null) return ofQuantity(whole, given);
  if (item === undefined || unit.batch === null) return null;
  return material({ item, batch: unit.batch, owner: unit.owner ?? company, ...given }, unit.status);
}
