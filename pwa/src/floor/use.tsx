/** Use: a unit, or a part of it, goes into a run. The run is chosen once and stays. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Run } from "../device/phone";
import { useApp } from "../ui/context";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { words } from "../words/words";
import { WithBooks, type Books } from "./books";
import { ChooseRun, useChosenRun } from "./choose-run";
import { WhichLot } from "./describe";
import { consumed, heldOutput, location, material, ofQuantity, unitKind, type Given } from "./drafts";
import { Context, Frame } from "./frame";
import { later } from "./later";
import { QuantityStep } from "./quantity-step";
import { AnswerFirst, useChecks, type Checks } from "./remarks";
import { saved, useSave } from "./saving";
import { ScanStep } from "./scan-panel";
import { amount, isWeighed, lineOf, type Subject } from "./subject";
import { UnitCard } from "./unit-card";
import { useUnitScans } from "./unit-scans";

/** The screen. */
export function Use(): JSX.Element {
  return (
    <Frame title={words.flow.use.title}>
      <WithBooks>{(books) => <WithRun books={books} />}</WithBooks>
    </Frame>
  );
}

function WithRun({ books }: { books: Books }): JSX.Element {
  const { run, choose, change } = useChosenRun(books);
  if (run === null) return <ChooseRun question={words.use.which} books={books} onRun={choose} />;
  return <Using key={run.run} books={books} run={run} onChange={change} />;
}

type Stage = { at: "ready" } | { at: "lot" | "choice" | "part" | "weigh"; subject: Subject };

const READY: Stage = { at: "ready" };

function Using({ books, run, onChange }: { books: Books; run: Run; onChange: () => void }): JSX.Element {
  const flow = useUsing(books, run);
  const { stage, checks } = flow;
  const asking = checks.asking.value;
  const cancel = (): void => {
    checks.cancel();
    stage.value = READY;
  };
  return (
    <>
      <ScanStep
        instruction={words.use.scan}
        isOpen={asking === null && stage.value.at === "ready"}
        expected={[location(books.here)]}
      >
        <Context
          label={words.use.runLabel}
          value={run.run}
          line={`${books.items.get(run.item)?.name ?? run.item}, ${run.batch}`}
          onChange={onChange}
        />
      </ScanStep>
      {asking !== null ? (
        <AnswerFirst asking={asking} books={books} onCancel={cancel} />
      ) : (
        <Answer flow={flow} books={books} onCancel={cancel} />
      )}
    </>
  );
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
    case "weigh":
      return (
        <Weigh
          subject={subject}
          onWeighed={({ left, ...given }) => flow.save(subject, given, left === 0n)}
          onBack={() => (flow.stage.value = { at: "choice", subject })}
        />
      );
  }
}

const Weigh = later(async () => (await import("./weigh")).Weigh);

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
      instruction={words.use.question}
      keepsFocus
      foot={
        <>
          <Button look="primary" icon="tick" isDefault command="all" onPress={() => flow.save(subject, null, true)}>
            {words.use.all(amount(unit.quantity, item))}
          </Button>
          <div class="button-row">
            <Button command="part" onPress={() => (flow.stage.value = { at: "part", subject })}>
              {words.use.part}
            </Button>
            {isWeighed(item) && (
              <Button icon="scale" onPress={() => (flow.stage.value = { at: "weigh", subject })}>
                {words.use.weigh}
              </Button>
            )}
          </div>
          <Button command="cancel" onPress={onCancel}>
            {words.action.cancel}
          </Button>
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
      instruction={words.use.howMuch}
      item={item}
      lead={lineOf(subject)}
      obtained="typed"
      actions={[
        { text: words.use.rest, take: (given) => flow.save(subject, given, false) },
        { text: words.use.emptied, take: (given) => flow.save(subject, given, true) },
      ]}
    />
  );
}

interface Flow {
  stage: Signal<Stage>;
  checks: Checks;
  /** Go on to the quantity of a unit whose lot is known. */
  ask: (subject: Subject) => void;
  /** Null: all of it, unseen. */
  save: (subject: Subject, given: Given | null, emptied: boolean) => void;
}

function useUsing(books: Books, run: Run): Flow {
  const { feedback } = useApp();
  const stage = useSignal<Stage>(READY);
  const checks = useChecks("consume", books);
  const record = useSave();

  const ask = (subject: Subject): void => {
    stage.value = { at: subject.material === null ? "part" : "choice", subject };
  };
  const start = (subject: Subject): void => {
    const { unit, item } = subject;
    if (item !== undefined && unit.batch !== null) return ask(subject);
    if (unit.item !== null) return feedback.say({ kind: "refused", line: words.describe.itemUnknown });
    if (unit.known) return feedback.say({ kind: "refused", line: words.use.nothing(unit.unit) });
    stage.value = { at: "lot", subject };
  };
  const save = (subject: Subject, given: Given | null, emptied: boolean): void => {
    const used = usedOf(subject, given, books.company);
    if (used === null) return;
    const { unit } = subject;
    void checks.before(subject, BigInt(used.quantity), async ({ note, answer }) => {
      const handled = { unit: unit.unit, kind: unitKind(unit.kind), material: used };
      const draft = consumed(handled, run, books.here, emptied, answer);
      // In the same moment as the scan: what went in against a stop may spoil what comes out.
      const hold = answer?.already_done ? [heldOutput(run, answer.reason)] : [];
      const line = words.use.line(lineOf(subject, used), run.run);
      const kept = await record([draft, ...hold], saved(line, note));
      if (kept !== null) stage.value = READY;
    });
  };
  useUnitScans({
    books,
    waiting: () => checks.asking.value?.subject ?? (stage.value.at === "ready" ? null : stage.value.subject),
    once: { type: "consumed", isDone: ({ unit }) => unit.isEnded },
    onUnit: (subject) => checks.scanned(subject, () => start(subject)),
  });
  return { stage, checks, ask, save };
}

function usedOf(subject: Subject, given: Given | null, company: string): Subject["material"] {
  const { unit, item, material: whole } = subject;
  if (given === null) return whole;
  if (whole !== null) return ofQuantity(whole, given);
  if (item === undefined || unit.batch === null) return null;
  return material({ item, batch: unit.batch, owner: unit.owner ?? company, ...given }, unit.status);
}
