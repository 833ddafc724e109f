/** Make: what a run has made gets its identity and label; the batch number is the run's and stays the same everywhere. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { UnitKind } from "../core/event";
import type { Item, Run } from "../device/phone";
import { useApp } from "../ui/context";
import { useEscape } from "../ui/keys";
import { words } from "../words/words";
import { WithBooks, type Books } from "./books";
import { ChooseRun } from "./choose-run";
import { material, produced, type Given } from "./drafts";
import { Empty, Frame } from "./frame";
import { Facts, HowMany, LabelsStep, ReviewUnits, WhichKind, type Labelled } from "./new-units";
import { QuantityStep } from "./quantity-step";
import { useSave } from "./saving";
import { amount } from "./subject";

/** The screen. */
export function Make(): JSX.Element {
  return (
    <Frame title={words.flow.make.title}>
      <WithBooks>{(books) => <Steps books={books} />}</WithBooks>
    </Frame>
  );
}

const ORDER = ["run", "kind", "count", "each", "review"] as const;
type StepName = (typeof ORDER)[number];

interface Form {
  run: Run | null;
  kind: UnitKind | null;
  count: number;
  given: Given | null;
}

const EMPTY: Form = { run: null, kind: null, count: 0, given: null };

function Steps({ books }: { books: Books }): JSX.Element {
  const { router, feedback } = useApp();
  const form = useSignal<Form>(EMPTY);
  const at = useSignal<StepName>("run");
  const labelled = useSignal<Labelled | null>(null);
  const move = (by: number): void => {
    at.value = ORDER[ORDER.indexOf(at.value) + by] ?? "run";
  };
  useEscape(() => move(-1), at.value !== "run" && labelled.value === null);
  const { run } = form.value;
  if (labelled.value !== null && run !== null) {
    return (
      <LabelsStep
        {...labelled.value}
        lot={run.batch}
        again={words.make.again}
        onAgain={() => {
          feedback.clear();
          // The next ones are most likely of the same run.
          form.value = { ...EMPTY, run };
          labelled.value = null;
          at.value = "kind";
        }}
        onHome={() => router.replace("/")}
      />
    );
  }
  const next = (entered: Partial<Form>): void => {
    form.value = { ...form.value, ...entered };
    move(1);
  };
  return <Question at={at.value} form={form} books={books} next={next} onSaved={(made) => (labelled.value = made)} />;
}

interface QuestionProps {
  at: StepName;
  form: Signal<Form>;
  books: Books;
  next: (entered: Partial<Form>) => void;
  onSaved: (made: Labelled) => void;
}

function Question({ at, form, books, next, onSaved }: QuestionProps): JSX.Element | null {
  const { run, kind, count, given } = form.value;
  if (run === null || at === "run") {
    return <ChooseRun question={words.make.which} books={books} onRun={(chosen) => next({ run: chosen })} />;
  }
  const item = books.items.get(run.item);
  if (item === undefined) return <Empty>{words.make.itemMissing}</Empty>;
  if (kind === null || at === "kind") {
    return <WhichKind question={words.make.whichKind} onKind={(chosen) => next({ kind: chosen })} />;
  }
  if (at === "count") return <HowMany kind={kind} onCount={(entered) => next({ count: entered })} />;
  if (given === null || at === "each") {
    return (
      <QuantityStep
        instruction={words.goodsIn.howMuch(words.kind(kind))}
        item={item}
        lead={<Making run={run} item={item} />}
        obtained="typed"
        actions={[{ text: words.action.next, take: (entered) => next({ given: entered }) }]}
      />
    );
  }
  return <Review made={{ run, item, kind, count, given }} books={books} onSaved={onSaved} />;
}

function Making({ run, item }: { run: Run; item: Item }): JSX.Element {
  return (
    <>
      {item.name}, <span class="code">{run.batchNumber}</span>
    </>
  );
}

interface Made {
  run: Run;
  item: Item;
  kind: UnitKind;
  count: number;
  given: Given;
}

function Review({
  made,
  books,
  onSaved,
}: {
  made: Made;
  books: Books;
  onSaved: (made: Labelled) => void;
}): JSX.Element {
  const { phone } = useApp();
  const record = useSave();
  const { run, item, kind, count, given } = made;
  const what = words.kindCount(count, kind);
  const save = async (bound: string[] | null): Promise<boolean> => {
    const contents = material({ item, batch: run.batch, owner: books.company, ...given });
    let serials = bound ?? [];
    const kept = await record(
      async () => {
        serials = bound ?? (await phone.mintSerials(count));
        return produced({ serials, kind, material: contents, here: books.here }, run);
      },
      { kind: "saved", line: words.make.saved(what, run.batch) },
    );
    if (kept !== null) onSaved({ units: serials, areOn: bound !== null });
    return kept !== null;
  };
  return (
    <ReviewUnits kind={kind} count={count} onSave={save}>
      <Facts
        facts={[
          [words.use.runLabel, run.run],
          [words.unit.item, item.name],
          [words.unit.batch, run.batchNumber],
          [words.goodsIn.units, `${what} × ${amount(given.base, item)}`],
          [words.goodsIn.total, amount(given.base * BigInt(count), item)],
        ]}
      />
    </ReviewUnits>
  );
}
