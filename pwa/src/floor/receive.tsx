/**
 * Receive: scan what arrived, see what it is, say so.
 *
 * A receipt is never stopped: presence beats plan. A unit nobody has told this phone about is received as well; what
 * came before its papers settles when the papers arrive.
 */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Transfer } from "../device/phone";
import { words } from "../words/words";
import { WithBooks, type Books } from "./books";
import { Describe } from "./describe";
import { location, received, unitKind } from "./drafts";
import { Context, Frame } from "./frame";
import { Count, Confirm, SaveAtOnce, WhichTransfer } from "./receive-steps";
import { AnswerFirst, useChecks, type Checks } from "./remarks";
import { saved, useSave } from "./saving";
import { ScanStep } from "./scan-panel";
import { lineOf, type Subject } from "./subject";
import { useUnitScans } from "./unit-scans";

type Stage = { at: "ready" } | { at: "transfer" | "describe" | "confirm" | "count"; subject: Subject };

const READY: Stage = { at: "ready" };

/** The screen. */
export function Receive(): JSX.Element {
  return (
    <Frame title={words.flow.receive.title}>
      <WithBooks>{(books) => <Receiving books={books} />}</WithBooks>
    </Frame>
  );
}

function Receiving({ books }: { books: Books }): JSX.Element {
  const flow = useReceiving(books);
  const { stage, checks } = flow;
  const cancel = (): void => {
    checks.cancel();
    stage.value = READY;
  };
  const asking = checks.asking.value;
  return (
    <>
      <ScanStep
        instruction={words.receive.scan}
        isOpen={asking === null && stage.value.at === "ready"}
        expected={flow.arriving.map(({ transfer }) => `transfer:${transfer}`)}
      >
        {flow.chosen.value !== null && (
          <Context
            label={words.send.transferLabel}
            value={flow.chosen.value || words.receive.noTransfer}
            onChange={() => (flow.chosen.value = null)}
          />
        )}
        <SaveAtOnce isOn={flow.isAtOnce} />
      </ScanStep>
      {asking !== null ? (
        <AnswerFirst asking={asking} books={books} onCancel={cancel} />
      ) : (
        <Answer flow={flow} books={books} onCancel={cancel} />
      )}
    </>
  );
}

/** The one question that is open about the scanned unit. */
function Answer({ flow, books, onCancel }: { flow: Flow; books: Books; onCancel: () => void }): JSX.Element | null {
  const stage = flow.stage.value;
  if (stage.at === "ready") return null;
  const { subject } = stage;
  switch (stage.at) {
    case "transfer":
      return (
        <WhichTransfer
          books={books}
          transfers={flow.arriving}
          onChoose={(transfer) => flow.choose(subject, transfer)}
          onCancel={onCancel}
        />
      );
    case "describe":
      return <Describe subject={subject} books={books} onDone={flow.confirm} onCancel={onCancel} />;
    case "confirm":
      return (
        <Confirm
          subject={subject}
          books={books}
          transfer={flow.transferOf(subject)}
          onReceive={() => void flow.save(subject)}
          onCount={() => (flow.stage.value = { at: "count", subject })}
          onCancel={onCancel}
        />
      );
    case "count":
      return <Count subject={subject} onCount={flow.save} onCancel={() => flow.confirm(subject)} />;
  }
}

interface Flow {
  stage: Signal<Stage>;
  checks: Checks;
  isAtOnce: Signal<boolean>;
  /** What the truck brings: answered once, it holds for the units after it. "": it came without a transfer. */
  chosen: Signal<string | null>;
  /** The open transfers bound for this site. */
  arriving: Transfer[];
  transferOf: (subject: Subject) => string | null;
  choose: (subject: Subject, transfer: string | null) => void;
  confirm: (subject: Subject) => void;
  save: (subject: Subject) => Promise<void>;
}

const AT_ONCE = "batchspine.receive_at_once";

function useReceiving(books: Books): Flow {
  const stage = useSignal<Stage>(READY);
  const checks = useChecks("receive", books);
  const isAtOnce = useSignal(localStorage.getItem(AT_ONCE) === "yes");
  const chosen = useSignal<string | null>(null);
  const record = useSave();
  const arriving = books.transfers.filter(({ toPlace }) => books.own.some(({ place }) => place === toPlace));

  const transferOf = ({ unit }: Subject): string | null => transferIn(unit.place) ?? (chosen.value || null);
  const confirm = (subject: Subject): void => {
    stage.value = { at: "confirm", subject };
  };
  const proceed = async (subject: Subject): Promise<void> => {
    if (!subject.unit.known) stage.value = { at: "describe", subject };
    else if (isAtOnce.value && transferIn(subject.unit.place) !== null) await save(subject);
    else confirm(subject);
  };
  const choose = (subject: Subject, transfer: string | null): void => {
    chosen.value = transfer ?? "";
    void proceed(subject);
  };
  /** Ask for the transfer only when neither the books nor an earlier answer nor the lack of choice tells it. */
  const toTransfer = (subject: Subject): void | Promise<void> => {
    if (transferIn(subject.unit.place) !== null || chosen.value !== null) return proceed(subject);
    const [only, ...others] = arriving;
    if (others.length === 0) return choose(subject, only?.transfer ?? null);
    stage.value = { at: "transfer", subject };
  };
  const save = async (subject: Subject): Promise<void> => {
    const { unit, material } = subject;
    const counted = material === null || material.obtained === "assumed" ? null : BigInt(material.quantity);
    await checks.before(subject, counted, async ({ note }) => {
      const transfer = transferOf(subject);
      const from = transfer === null ? (unit.place ?? "supplier") : `transfer:${transfer}`;
      const draft = received({ unit: unit.unit, kind: unitKind(unit.kind), material }, from, transfer, books.here);
      const line = words.receive.line(lineOf(subject));
      const kept = await record([draft], saved(line, note));
      if (kept !== null) stage.value = READY;
    });
  };
  useUnitScans({
    books,
    waiting: () => checks.asking.value?.subject ?? (stage.value.at === "ready" ? null : stage.value.subject),
    once: { type: "received", isDone: ({ unit }) => unit.place === location(books.here) },
    onUnit: (subject) => checks.scanned(subject, () => toTransfer(subject)),
  });
  useEffect(() => localStorage.setItem(AT_ONCE, isAtOnce.value ? "yes" : "no"), [isAtOnce.value]);
  return { stage, checks, isAtOnce, chosen, arriving, transferOf, choose, confirm, save };
}

/** The transfer whose inside a place is; null for any other place. */
function transferIn(place: string | null): string | null {
  return place?.startsWith("transfer:") === true ? place.slice("transfer:".length) : null;
}
