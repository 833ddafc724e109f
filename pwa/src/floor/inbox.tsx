/**
 * Needs attention: what does not fit at this site, with both sides, and what the floor can do about it.
 *
 * It comes from the phone's own copy of the books and works without a network. Nothing is decided here: that is for a
 * desk. What the office asks for stands here too, and a count is recorded like any scan.
 */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { ExceptionRow } from "../device/books";
import { useApp } from "../ui/context";
import { SeverityTag, Sides, aboutOf, differenceOf, type Names } from "../ui/evidence";
import { when } from "../ui/format";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { decidedWords, exceptionWords } from "../ui/reasons";
import { now } from "../ui/status";
import { words } from "../words/words";
import { WithBooks, placeName, type Books } from "./books";
import { counted } from "./drafts";
import { Empty, Frame } from "./frame";
import { QuantityStep } from "./quantity-step";
import { saved, useSave } from "./saving";
import { amount, lineOf, subjectOf, type Subject } from "./subject";

/** What is in the inbox, by what it asks for. */
interface Sorted {
  toLookAt: ExceptionRow[];
  asked: ExceptionRow[];
  within: ExceptionRow[];
}

const GRAVITY: readonly ExceptionRow["severity"][] = ["stop", "check", "note"];

/** Sort exceptions: the gravest and oldest first; what a tolerance covers is folded away and not counted. */
export function sorted(exceptions: readonly ExceptionRow[]): Sorted {
  const open = exceptions.filter(({ decision }) => decision === null);
  const gravity = ({ severity }: ExceptionRow): number => GRAVITY.indexOf(severity);
  const toLookAt = open
    .filter((row) => !row.is_within_tolerance)
    .sort((one, other) => gravity(one) - gravity(other) || one.since - other.since);
  const asked = exceptions.filter((row) => row.asks_floor);
  return { toLookAt, asked, within: open.filter((row) => row.is_within_tolerance) };
}

/** How many things this site is asked to look at. */
export function useInboxCount(): number {
  const { phone } = useApp();
  const { toLookAt, asked } = sorted(phone.exceptions.value);
  return toLookAt.length + asked.length;
}

/** The screen: the list, or one of it. */
export function Inbox(): JSX.Element {
  return (
    <Frame title={words.inbox.head}>
      <WithBooks>{(books) => <Open books={books} />}</WithBooks>
    </Frame>
  );
}

function Open({ books }: { books: Books }): JSX.Element {
  const { phone } = useApp();
  const chosen = useSignal<string | null>(null);
  const names = namesOf(books);
  const row = phone.exceptions.value.find(({ exception }) => exception === chosen.value);
  if (row === undefined) return <List names={names} onOpen={(exception) => (chosen.value = exception)} />;
  return <One key={row.exception} row={row} books={books} names={names} onBack={() => (chosen.value = null)} />;
}

function namesOf(books: Books): Names {
  return { item: (code) => books.items.get(code) ?? null, place: (code) => placeName(books, code) };
}

function List({ names, onOpen }: { names: Names; onOpen: (exception: string) => void }): JSX.Element {
  const { phone } = useApp();
  const { toLookAt, asked, within } = sorted(phone.exceptions.value);
  return (
    <Step instruction={words.inbox.count(toLookAt.length + asked.length)} stepKey="inbox">
      {toLookAt.length + asked.length + within.length === 0 && <Empty>{words.inbox.none}</Empty>}
      {asked.length > 0 && (
        <>
          <h3>{words.inbox.asked(asked.length)}</h3>
          <Lines rows={asked} names={names} onOpen={onOpen} />
        </>
      )}
      <Lines rows={toLookAt} names={names} onOpen={onOpen} />
      {within.length > 0 && (
        <details class="folded">
          <summary>{words.inbox.within(within.length)}</summary>
          <Lines rows={within} names={names} onOpen={onOpen} />
        </details>
      )}
    </Step>
  );
}

interface LinesProps {
  rows: readonly ExceptionRow[];
  names: Names;
  onOpen: (exception: string) => void;
}

function Lines({ rows, names, onOpen }: LinesProps): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <ul class="choices">
      {rows.map((row) => (
        <li key={row.exception}>
          <button
            type="button"
            class={`choice exception severity-${row.severity}`}
            data-testid="exception"
            onClick={() => onOpen(row.exception)}
          >
            <span class="choice-text">
              <strong>{exceptionWords(row).name}</strong>
              <small>{aboutOf(row, names)}</small>
              <small>{[differenceOf(row, names), words.inbox.since(when(row.since, now.value))].filter((part) => part !== null).join(", ")}</small>
            </span>
            <Icon name="forward" class="choice-go" />
          </button>
        </li>
      ))}
    </ul>
  );
}

interface OneProps {
  row: ExceptionRow;
  books: Books;
  names: Names;
  onBack: () => void;
}

function One({ row, books, names, onBack }: OneProps): JSX.Element {
  const { router } = useApp();
  const isCounting = useSignal(false);
  const subject = useSubject(row.about.unit, books);
  useEscape(isCounting.value ? () => (isCounting.value = false) : onBack);
  if (isCounting.value && subject?.item !== undefined) {
    return <Count subject={subject} books={books} onDone={() => (isCounting.value = false)} />;
  }
  const difference = differenceOf(row, names);
  const { unit } = row.about;
  const said = exceptionWords(row);
  const decided = decidedWords(row);
  return (
    <Step
      instruction={said.name}
      stepKey={row.exception}
      foot={
        <div class="button-row">
          {subject?.item !== undefined && !subject.unit.isEnded && (
            <Button icon="equals" onPress={() => (isCounting.value = true)}>
              {words.inbox.countNow}
            </Button>
          )}
          {unit !== null && (
            <Button icon="look" onPress={() => router.go(`/#look/${encodeURIComponent(unit)}`)}>
              {words.inbox.tell}
            </Button>
          )}
        </div>
      }
    >
      <p class="exception-head">
        <SeverityTag severity={row.severity} /> <span class="small">{words.inbox.since(when(row.since, now.value))}</span>
      </p>
      <p class="lead">{said.sentence}</p>
      <p>
        <strong>{aboutOf(row, names)}</strong>
        {difference !== null && <span class="difference">{difference}</span>}
      </p>
      {decided !== null && <p class="notice good">{words.inbox.asksYou(decided)}</p>}
      <h3>{words.inbox.whatYouCanDo}</h3>
      <p>{said.advice}</p>
      <p class="small">{words.inbox.whoDecides}</p>
      <h3>{words.inbox.sides}</h3>
      <Sides scans={row.scans} names={names} now={now.value} />
    </Step>
  );
}

/** What this phone knows of the unit; null while it looks, or where it knows nothing. */
function useSubject(unit: string | null, books: Books): Subject | null {
  const { phone } = useApp();
  const subject = useSignal<Subject | null>(null);
  useEffect(() => {
    if (unit === null) return;
    void phone.look(unit, "typed").then((found) => (subject.value = subjectOf(found, books)));
  }, [phone, unit, books, subject]);
  return subject.value;
}

function Count({ subject, books, onDone }: { subject: Subject; books: Books; onDone: () => void }): JSX.Element | null {
  const save = useSave();
  const { unit, item } = subject;
  if (item === undefined || unit.batch === null) return null;
  const { batch } = unit;
  return (
    <QuantityStep
      instruction={words.inbox.howMuch}
      item={item}
      obtained="counted"
      lead={lineOf(subject)}
      actions={[
        {
          text: words.inbox.countNow,
          icon: "tick",
          take: (given) => {
            const lot = { ...given, item, batch, owner: unit.owner ?? books.company };
            const line = words.inbox.counted(amount(given.base, item));
            void save([counted(unit, lot, books.here)], saved(line, null)).then((ids) => ids !== null && onDone());
          },
        },
      ]}
    />
  );
}
