/** Unpack: all of a pallet, all but some, or one by one; what stands alone in larger units comes out by one scan. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Unit } from "../device/phone";
import { useApp } from "../ui/context";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { AtOnceAnswer, useAtOnce } from "./at-once";
import { WithBooks, type Books } from "./books";
import { Contents, useContents } from "./contents";
import { location, unpacked } from "./drafts";
import { Context, Frame } from "./frame";
import { holdsOthers } from "./larger-unit";
import { saved, useSave } from "./saving";
import { ScanStep } from "./scan-panel";
import { lineOf } from "./subject";
import { useUnitScans } from "./unit-scans";

type Stage = { at: "which" } | { at: "how" | "one" | "all_but"; outOf: string };

/** The screen. */
export function Unpack(): JSX.Element {
  return (
    <Frame title={flowWords.tiles.unpack.title}>
      <WithBooks>{(books) => <Unpacking books={books} />}</WithBooks>
    </Frame>
  );
}

function Unpacking({ books }: { books: Books }): JSX.Element {
  const stage = useSignal<Stage>({ at: "which" });
  const now = stage.value;
  const leave = (): void => {
    stage.value = { at: "which" };
  };
  switch (now.at) {
    case "which":
      return <Which books={books} onLarger={(outOf) => (stage.value = { at: "how", outOf })} />;
    case "how":
      return <How key={now.outOf} outOf={now.outOf} books={books} stage={stage} onDone={leave} />;
    case "one":
      return <OneByOne outOf={now.outOf} books={books} onDone={leave} />;
    case "all_but":
      return <AllBut outOf={now.outOf} books={books} onDone={leave} />;
  }
}

/** Scan the larger unit, or just what comes out of it. */
function Which({ books, onLarger }: { books: Books; onLarger: (unit: string) => void }): JSX.Element {
  const { feedback, phone } = useApp();
  const flow = useAtOnce({
    books,
    operation: "unpack",
    once: { type: "unpacked", isDone: ({ unit }) => unit.parent === null },
    admit: async (subject) => {
      const { unit } = subject;
      if (holdsOthers(subject) || (await phone.contentsOf(unit.unit)).length > 0) onLarger(unit.unit);
      else if (unit.parent !== null) return true;
      else feedback.say({ kind: "refused", line: flowWords.unpack.inNothing(unit.unit) });
      return false;
    },
    tell: (subject) => {
      const outOf = subject.unit.parent ?? "";
      return {
        draft: unpacked(subject.unit.unit, outOf, books.here),
        line: flowWords.unpack.one(lineOf(subject), outOf),
      };
    },
    describes: false,
  });
  return (
    <>
      <ScanStep instruction={flowWords.unpack.scan} isOpen={flow.isOpen} expected={[location(books.here)]} />
      <AtOnceAnswer flow={flow} books={books} />
    </>
  );
}

interface LargerProps {
  outOf: string;
  books: Books;
  onDone: () => void;
}

function How({ outOf, books, stage, onDone }: LargerProps & { stage: Signal<Stage> }): JSX.Element | null {
  useEscape(onDone);
  const contents = useContents(outOf);
  const take = useTakeOut(outOf, books, onDone);
  if (contents === null) return null;
  const oneByOne = (): void => {
    stage.value = { at: "one", outOf };
  };
  const isEmpty = contents.length === 0;
  return (
    <Step
      instruction={flowWords.unpack.how}
      stepKey={`${outOf} ${isEmpty ? "" : "full"}`}
      keepsFocus
      foot={
        <>
          {isEmpty ? (
            <Button look="primary" isDefault onPress={oneByOne}>
              {flowWords.unpack.oneByOne}
            </Button>
          ) : (
            <>
              <Button look="primary" icon="unpack" isDefault command="all" onPress={() => take(contents)}>
                {flowWords.unpack.all(contents.length)}
              </Button>
              <div class="button-row">
                <Button onPress={() => (stage.value = { at: "all_but", outOf })}>{flowWords.unpack.allBut}</Button>
                <Button command="part" onPress={oneByOne}>
                  {flowWords.unpack.oneByOne}
                </Button>
              </div>
            </>
          )}
          <Button command="cancel" onPress={onDone}>
            {words.action.cancel}
          </Button>
        </>
      }
    >
      <p class="lead">
        {flowWords.pack.into} <span class="code">{outOf}</span>
      </p>
      {isEmpty ? <p class="lead">{flowWords.contents.nothing}</p> : <Contents units={contents} newest={[]} books={books} />}
    </Step>
  );
}

/** Record that these were taken out, all in one act. */
function useTakeOut(outOf: string, books: Books, onDone: () => void): (units: readonly Unit[]) => void {
  const record = useSave();
  return (units) => {
    const drafts = units.map(({ unit }) => unpacked(unit, outOf, books.here));
    void record(drafts, saved(flowWords.unpack.line(units.length, outOf), null)).then((kept) => {
      if (kept !== null) onDone();
    });
  };
}

function OneByOne({ outOf, books, onDone }: LargerProps): JSX.Element {
  useEscape(onDone);
  const contents = useContents(outOf) ?? [];
  const flow = useAtOnce({
    books,
    operation: "unpack",
    once: { type: "unpacked", isDone: ({ unit }) => unit.parent === null },
    tell: (subject) => ({
      draft: unpacked(subject.unit.unit, outOf, books.here),
      line: flowWords.unpack.one(lineOf(subject), outOf),
    }),
    describes: false,
  });
  return (
    <>
      <ScanStep
        instruction={flowWords.unpack.scanOne}
        isOpen={flow.isOpen}
        expected={[location(books.here)]}
        action={
          <Button icon="tick" command="ok" onPress={onDone}>
            {flowWords.unpack.done}
          </Button>
        }
      >
        <Context label={flowWords.pack.into} value={outOf} onChange={onDone} />
        <Contents units={contents} newest={[]} books={books} />
      </ScanStep>
      <AtOnceAnswer flow={flow} books={books} />
    </>
  );
}

/** What stays is scanned, for it is less; nothing is saved before the last word. */
function AllBut({ outOf, books, onDone }: LargerProps): JSX.Element {
  useEscape(onDone);
  const { feedback, phone } = useApp();
  const contents = useContents(outOf) ?? [];
  const staying = useSignal<string[]>([]);
  const take = useTakeOut(outOf, books, onDone);
  useUnitScans({
    books,
    waiting: () => null,
    onUnit: async ({ unit }) => {
      // Read anew: the first label may be scanned before the screen has heard what is inside.
      if (!(await phone.contentsOf(outOf)).some((on) => on.unit === unit.unit)) {
        return feedback.say({ kind: "refused", line: flowWords.unpack.notInside(unit.unit) });
      }
      if (!staying.value.includes(unit.unit)) staying.value = [unit.unit, ...staying.value];
      const line = flowWords.unpack.stays(unit.unit);
      feedback.say({ kind: "duplicate", title: flowWords.unpack.staysTitle, line });
    },
  });
  const out = contents.filter(({ unit }) => !staying.value.includes(unit));
  return (
    <ScanStep
      instruction={flowWords.unpack.scanStaying}
      isOpen
      expected={[location(books.here)]}
      action={
        staying.value.length > 0 &&
        out.length > 0 && (
          <Button look="primary" icon="unpack" command="ok" testId="take-out" onPress={() => take(out)}>
            {flowWords.unpack.take(out.length, staying.value.length)}
          </Button>
        )
      }
    >
      <Context label={flowWords.pack.into} value={outOf} onChange={onDone} />
      <ul class="serials">
        {staying.value.map((unit) => (
          <li key={unit} class="code">
            {unit}
          </li>
        ))}
      </ul>
    </ScanStep>
  );
}
