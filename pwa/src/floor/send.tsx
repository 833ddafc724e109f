/** Send: choose the transfer once, then scan what goes on the truck; each sound scan is saved at once. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Transfer } from "../device/phone";
import { useApp } from "../ui/context";
import { Choice, Step } from "../ui/parts";
import { words } from "../words/words";
import { placeName, WithBooks, type Books } from "./books";
import { Describe } from "./describe";
import { dispatched, location, unitKind } from "./drafts";
import { Context, Empty, Frame } from "./frame";
import { AnswerFirst, useChecks, type Checks } from "./remarks";
import { saved, useSave } from "./saving";
import { ScanStep } from "./scan-panel";
import { lineOf, type Subject } from "./subject";
import { useUnitScans } from "./unit-scans";

/** The screen. */
export function Send(): JSX.Element {
  return (
    <Frame title={words.flow.send.title}>
      <WithBooks>{(books) => <WithTransfer books={books} />}</WithBooks>
    </Frame>
  );
}

function WithTransfer({ books }: { books: Books }): JSX.Element {
  const chosen = useSignal<string | null>(null);
  const transfer = books.transfers.find(({ transfer: code }) => code === chosen.value);
  if (transfer === undefined) return <ChooseTransfer books={books} onTransfer={(code) => (chosen.value = code)} />;
  return <Sending key={transfer.transfer} books={books} transfer={transfer} onChange={() => (chosen.value = null)} />;
}

function ChooseTransfer({ books, onTransfer }: { books: Books; onTransfer: (code: string) => void }): JSX.Element {
  const leaving = books.transfers.filter(({ fromPlace }) => books.own.some(({ place }) => place === fromPlace));
  return (
    <Step instruction={words.send.which}>
      {leaving.length === 0 && <Empty>{words.send.noTransfers}</Empty>}
      <ul class="choices">
        {leaving.map(({ transfer, toPlace }) => (
          <Choice
            key={transfer}
            icon="truck"
            title={transfer}
            line={words.send.to(placeName(books, toPlace))}
            onPress={() => onTransfer(transfer)}
          />
        ))}
      </ul>
    </Step>
  );
}

interface SendingProps {
  books: Books;
  transfer: Transfer;
}

function Sending({ books, transfer, onChange }: SendingProps & { onChange: () => void }): JSX.Element {
  const { phone } = useApp();
  const { strange, checks, save } = useSending(books, transfer);
  const asking = checks.asking.value;
  const cancel = (): void => {
    checks.cancel();
    strange.value = null;
  };
  const sent = phone.scans.value.filter(
    ({ type, state, body }) => type === "dispatched" && state !== "undone" && body["transfer"] === transfer.transfer,
  );
  return (
    <>
      <ScanStep
        instruction={words.send.scan}
        isOpen={asking === null && strange.value === null}
        expected={[location(books.here)]}
      >
        <Context
          label={words.send.transferLabel}
          value={transfer.transfer}
          line={words.send.to(placeName(books, transfer.toPlace))}
          onChange={onChange}
        />
        <p class="counter">
          <strong>{sent.length}</strong> {words.send.count(sent.length)}
        </p>
      </ScanStep>
      {asking !== null && <AnswerFirst asking={asking} books={books} onCancel={cancel} />}
      {asking === null && strange.value !== null && (
        <Describe subject={strange.value} books={books} onDone={save} onCancel={cancel} />
      )}
    </>
  );
}

/** Whether it takes material back from a contract manufacturer to a place of the principal's own. */
export function isReturn({ fromPlace, toPlace }: Transfer, { places }: Books): boolean {
  const isTheirs = (place: string): boolean => places.get(place)?.type === "contract_manufacturer";
  return isTheirs(fromPlace) && places.has(toPlace) && !isTheirs(toPlace);
}

interface Flow {
  /** A unit this phone has never met, while the operator says what is in it. */
  strange: Signal<Subject | null>;
  checks: Checks;
  save: (subject: Subject) => void;
}

function useSending(books: Books, transfer: Transfer): Flow {
  const strange = useSignal<Subject | null>(null);
  const checks = useChecks(isReturn(transfer, books) ? "return" : "dispatch", books);
  const record = useSave();
  const place = `transfer:${transfer.transfer}`;

  const save = async (subject: Subject): Promise<void> => {
    const { unit, material } = subject;
    await checks.before(subject, null, async ({ note, answer }) => {
      const handled = { unit: unit.unit, kind: unitKind(unit.kind), material };
      const draft = dispatched(handled, transfer, books.here, answer);
      const line = words.send.line(lineOf(subject), transfer.transfer);
      const kept = await record([draft], saved(line, note));
      if (kept !== null) strange.value = null;
    });
  };
  useUnitScans({
    books,
    waiting: () => checks.asking.value?.subject ?? strange.value,
    once: { type: "dispatched", isDone: ({ unit }) => unit.place === place },
    onUnit: (subject) =>
      checks.scanned(subject, async () => {
        if (subject.unit.known) await save(subject);
        else strange.value = subject;
      }),
  });
  return { strange, checks, save: (subject) => void save(subject) };
}
