/** Pack: scan the pallet, or begin a new one; then each scan puts something on it, until it is full. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { signalClass } from "../ui/sound";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { AtOnceAnswer, useAtOnce } from "./at-once";
import { WithBooks, type Books } from "./books";
import { Contents, lotsOf, useContents } from "./contents";
import { location, newPallet, packed } from "./drafts";
import { Context, Frame } from "./frame";
import { fits, holdsOthers } from "./larger-unit";
import { saved, useSave } from "./saving";
import { ScanStep } from "./scan-panel";
import { lineOf, type Subject } from "./subject";
import { UnitCard } from "./unit-card";
import { useUnitScans } from "./unit-scans";

/** The larger unit that is being filled. */
interface Into {
  unit: string;
  kind: string | null;
}

/** The screen. */
export function Pack(): JSX.Element {
  return (
    <Frame title={flowWords.tiles.pack.title}>
      <WithBooks>{(books) => <WithPallet books={books} />}</WithBooks>
    </Frame>
  );
}

function WithPallet({ books }: { books: Books }): JSX.Element {
  const into = useSignal<Into | null>(null);
  if (into.value === null) return <WhichPallet books={books} onPallet={(pallet) => (into.value = pallet)} />;
  return <Packing key={into.value.unit} books={books} into={into.value} onDone={() => (into.value = null)} />;
}

function WhichPallet({ books, onPallet }: { books: Books; onPallet: (into: Into) => void }): JSX.Element {
  const { phone, feedback } = useApp();
  const strange = useSignal<string | null>(null);
  const record = useSave();
  const begin = async (known: string | null): Promise<void> => {
    const said = saved("", null);
    let unit = known ?? "";
    const kept = await record(async () => {
      if (known === null) unit = await phone.mintPallet();
      // One with a label on it already needs no number written on it.
      said.line = known === null ? flowWords.pack.begun(unit) : flowWords.pack.begunUnder(unit);
      return [newPallet(unit, books.here)];
    }, said);
    if (kept !== null) onPallet({ unit, kind: "pallet" });
  };
  useUnitScans({
    books,
    waiting: () => null,
    takesNewPallets: true,
    onUnit: async (subject) => {
      const { unit } = subject;
      if (!unit.known && (await isWrongPalletNumber(unit.unit))) {
        feedback.say({ kind: "refused", line: words.refusals["check_character_wrong"] ?? words.refusedUnknown });
      } else if (!unit.known) strange.value = unit.unit;
      else if (holdsOthers(subject)) onPallet(unit);
      else feedback.say({ kind: "refused", line: flowWords.pack.notLarger(words.kind(unit.kind)) });
    },
  });
  return (
    <>
      <ScanStep
        instruction={flowWords.pack.scanInto}
        isOpen={strange.value === null}
        expected={[location(books.here)]}
        action={
          <Button icon="plus" command="ok" testId="new-pallet" onPress={() => void begin(null)}>
            {flowWords.pack.begin}
          </Button>
        }
      />
      {strange.value !== null && (
        <IsNew unit={strange.value} onYes={(unit) => void begin(unit)} onNo={() => (strange.value = null)} />
      )}
    </>
  );
}

/** Eighteen digits are a number of GS1 (SSCC): a slip in one would begin a pallet that no label names. */
async function isWrongPalletNumber(text: string): Promise<boolean> {
  if (!/^[0-9]{18}$/.test(text)) return false;
  const { checkDigit } = await import("../scan/gs1/checks");
  return checkDigit(text) !== null;
}

function IsNew({ unit, onYes, onNo }: { unit: string; onYes: (unit: string) => void; onNo: () => void }): JSX.Element {
  useEscape(onNo);
  return (
    <Step
      instruction={flowWords.pack.isNew(unit)}
      keepsFocus
      foot={
        <>
          <Button look="primary" icon="pallet" isDefault onPress={() => onYes(unit)}>
            {flowWords.pack.yesNew}
          </Button>
          <Button command="cancel" onPress={onNo}>
            {words.action.cancel}
          </Button>
        </>
      }
    >
      <p class="lead">{flowWords.pack.isNewLine}</p>
    </Step>
  );
}

function Packing({ books, into, onDone }: { books: Books; into: Into; onDone: () => void }): JSX.Element {
  const { feedback, phone } = useApp();
  const contents = useContents(into.unit) ?? [];
  /** How many are on it with the one that is scanned now. */
  const count = useRef(0);
  const newest = useSignal<string[]>([]);
  const mixing = useSignal<Subject | null>(null);
  /** Asked once for a pallet. */
  const mayMix = useRef(false);
  useEscape(onDone);
  const admit = async (subject: Subject): Promise<boolean> => {
    const { unit } = subject;
    // Read anew: labels may be scanned faster than the screen hears what is on it.
    const inside = await phone.contentsOf(into.unit);
    count.current = inside.length + 1;
    const isOn = inside.some((on) => on.unit === unit.unit);
    const lots = lotsOf(inside);
    const isOther = lots.length === 1 && lotsOf([...inside, unit]).length > 1;
    if (unit.unit === into.unit) feedback.say({ kind: "refused", line: flowWords.pack.itself });
    else if (!fits(unit.kind, into.kind)) {
      const line = flowWords.pack.tooLarge(words.kind(unit.kind), words.kind(into.kind));
      feedback.say({ kind: "refused", line });
    } else if (isOn) feedback.say({ kind: "duplicate", line: flowWords.pack.already(unit.unit) });
    else if (isOther && !mayMix.current) mixing.value = subject;
    else return true;
    return false;
  };
  const flow = useAtOnce({
    books,
    operation: "pack",
    once: { type: "packed", isDone: ({ unit }) => unit.parent === into.unit },
    admit,
    tell: (subject) => {
      newest.value = [subject.unit.unit, ...newest.value];
      return {
        draft: packed(subject.unit.unit, into.unit, books.here),
        line: flowWords.pack.line(lineOf(subject), count.current),
      };
    },
    describes: false,
  });
  return (
    <>
      <ScanStep
        instruction={flowWords.pack.scan}
        isOpen={flow.isOpen && mixing.value === null}
        expected={[location(books.here)]}
        action={
          <Button icon="tick" command="ok" testId="pallet-full" onPress={onDone}>
            {flowWords.pack.full}
          </Button>
        }
      >
        <Context label={flowWords.pack.into} value={into.unit} onChange={onDone} />
        <Contents units={contents} newest={newest.value} books={books} />
      </ScanStep>
      {mixing.value === null ? (
        <AtOnceAnswer flow={flow} books={books} />
      ) : (
        <MayMix
          mixing={mixing}
          books={books}
          onMix={(subject) => {
            mayMix.current = true;
            void flow.checks.scanned(subject, () => flow.save(subject));
          }}
        />
      )}
    </>
  );
}

interface MixProps {
  mixing: Signal<Subject | null>;
  books: Books;
  onMix: (subject: Subject) => void;
}

/** A second lot on a pallet is asked about once, in amber. */
function MayMix({ mixing, books, onMix }: MixProps): JSX.Element | null {
  const subject = mixing.value;
  const leave = (): void => {
    mixing.value = null;
  };
  useEscape(leave);
  useEffect(() => signalClass("attention"), []);
  if (subject === null) return null;
  return (
    <Step
      instruction={words.remarkTitle}
      foot={
        <>
          <Button
            look="primary"
            onPress={() => {
              leave();
              onMix(subject);
            }}
          >
            {flowWords.pack.mixGo}
          </Button>
          <Button command="cancel" onPress={leave}>
            {words.remarkStop}
          </Button>
        </>
      }
    >
      <div class="remarks" role="alert">
        <div class="result attention">
          <Icon name="bang" />
          <div>
            <strong>{flowWords.pack.mixTitle}</strong>
            <p>{flowWords.pack.mix}</p>
          </div>
        </div>
      </div>
      <UnitCard subject={subject} books={books} />
    </Step>
  );
}
