/** What is this? Any known code tells what it is, and what can be done with it; nothing is recorded. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Found } from "../device/phone";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { age } from "../ui/format";
import { Icon, type IconName } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { now } from "../ui/status";
import { words } from "../words/words";
import { WithBooks, type Books } from "./books";
import { Empty, Frame } from "./frame";
import { ScanStep } from "./scan-panel";
import { subjectOf, type Subject } from "./subject";
import { UnitCard } from "./unit-card";

/** The screen. */
export function Look(): JSX.Element {
  return (
    <Frame title={words.flow.look.title}>
      <WithBooks>{(books) => <Looking books={books} />}</WithBooks>
    </Frame>
  );
}

function Looking({ books }: { books: Books }): JSX.Element {
  const { router, door, feedback } = useApp();
  const found = useSignal<Found | null>(null);
  useScans((next) => {
    feedback.clear();
    found.value = next;
  });
  useEffect(() => {
    const brought = router.route.value.hash[1];
    if (brought !== undefined) void door.arrive(decodeURIComponent(brought), "typed");
  }, [router, door]);
  const again = (): void => {
    found.value = null;
  };
  return (
    <>
      <ScanStep instruction={words.look.scan} isOpen={found.value === null} />
      {found.value !== null && <Answer key={found.value.text} found={found.value} books={books} onAgain={again} />}
    </>
  );
}

interface AnswerProps {
  found: Found;
  books: Books;
  onAgain: () => void;
}

function Answer({ found, books, onAgain }: AnswerProps): JSX.Element {
  useEscape(onAgain);
  const subject = subjectOf(found, books);
  return (
    <Step
      instruction={words.look.found}
      stepKey={found.text}
      foot={
        <>
          {subject !== null && !subject.unit.isEnded && <Next unit={found.text} />}
          <Button icon="look" onPress={onAgain}>
            {words.look.another}
          </Button>
        </>
      }
    >
      {subject === null ? <LotCard found={found} /> : <Known subject={subject} text={found.text} books={books} />}
      {found.signature !== undefined && found.signature !== "forged" && (
        <p class="small" data-testid="signature" data-is={found.signature}>
          {words.look[found.signature]}
        </p>
      )}
    </Step>
  );
}

function Known({ subject, text, books }: { subject: Subject; text: string; books: Books }): JSX.Element {
  const { phone } = useApp();
  if (!subject.unit.known && subject.unit.batch === null) return <Empty>{words.look.unknown(text)}</Empty>;
  const dataAt = phone.dataAt.value;
  return (
    <UnitCard subject={subject} books={books}>
      <p class="small">
        {dataAt === null ? words.status.noData : words.look.asOf(age(dataAt, now.value))}
        {subject.unit.isPending && `, ${words.unit.pending}`}
      </p>
    </UnitCard>
  );
}

function LotCard({ found }: { found: Found }): JSX.Element {
  return (
    <article class="unit-card">
      <p class="unit-top">
        <Icon name="label" />
        <span>{words.look.lot}</span>
      </p>
      <p class="unit-amount code">{found.batch}</p>
      {found.item !== undefined && <p class="unit-item">{found.item.name}</p>}
      <p class="small">{words.look.lotLine}</p>
    </article>
  );
}

const ACTS: readonly { name: "receive" | "use" | "send"; icon: IconName }[] = [
  { name: "receive", icon: "receive" },
  { name: "use", icon: "use" },
  { name: "send", icon: "send" },
];

function Next({ unit }: { unit: string }): JSX.Element {
  const { router } = useApp();
  return (
    <nav class="next" aria-label={words.look.next}>
      {ACTS.map(({ name, icon }) => (
        <button
          key={name}
          type="button"
          class="button small"
          onClick={() => router.go(`/#${name}/${encodeURIComponent(unit)}`)}
        >
          <Icon name={icon} />
          <span>{words.flow[name].title}</span>
        </button>
      ))}
    </nav>
  );
}
