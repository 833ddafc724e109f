/** Send back: a dispatch that takes unused, wrong or rejected material back where it came from; it is never stopped. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Transfer } from "../device/phone";
import { useEscape } from "../ui/keys";
import { Choice, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { AtOnceAnswer, useAtOnce } from "./at-once";
import { placeName, WithBooks, type Books } from "./books";
import { dispatched, location, unitKind } from "./drafts";
import { Context, Empty, Frame } from "./frame";
import { ScanStep } from "./scan-panel";
import { isReturn } from "./send";
import { Reason } from "./stop";
import { lineOf } from "./subject";

/** The screen. */
export function GiveBack(): JSX.Element {
  return (
    <Frame title={flowWords.tiles.return.title}>
      <WithBooks>{(books) => <Steps books={books} />}</WithBooks>
    </Frame>
  );
}

function Steps({ books }: { books: Books }): JSX.Element {
  const chosen = useSignal<string | null>(null);
  const reason = useSignal<string | null>(null);
  const transfer = books.transfers.find(({ transfer: code }) => code === chosen.value);
  if (transfer === undefined) return <WhichTransferBack books={books} onTransfer={(code) => (chosen.value = code)} />;
  if (reason.value === null) {
    return (
      <Reason
        instruction={flowWords.giveBack.why}
        reasons={flowWords.giveBack.reasons}
        onReason={(why) => (reason.value = why)}
        onBack={() => (chosen.value = null)}
      />
    );
  }
  return (
    <Returning books={books} transfer={transfer} reason={reason.value} onChange={() => (reason.value = null)} />
  );
}

function WhichTransferBack({ books, onTransfer }: { books: Books; onTransfer: (code: string) => void }): JSX.Element {
  const back = books.transfers.filter(
    (transfer) => books.own.some(({ place }) => place === transfer.fromPlace) && isReturn(transfer, books),
  );
  return (
    <Step instruction={flowWords.giveBack.which}>
      {back.length === 0 && <Empty>{flowWords.giveBack.none}</Empty>}
      <ul class="choices">
        {back.map(({ transfer, toPlace }) => (
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

interface ReturningProps {
  books: Books;
  transfer: Transfer;
  reason: string;
  onChange: () => void;
}

function Returning({ books, transfer, reason, onChange }: ReturningProps): JSX.Element {
  useEscape(onChange);
  const flow = useAtOnce({
    books,
    operation: "return",
    once: { type: "dispatched", isDone: ({ unit }) => unit.place === `transfer:${transfer.transfer}` },
    tell: (subject, answer) => {
      const { unit, material } = subject;
      const handled = { unit: unit.unit, kind: unitKind(unit.kind), material };
      const draft = dispatched(handled, transfer, books.here, answer);
      return {
        draft: { body: { ...draft.body, reason } },
        line: flowWords.giveBack.line(lineOf(subject), transfer.transfer),
      };
    },
    describes: true,
  });
  return (
    <>
      <ScanStep instruction={flowWords.giveBack.scan} isOpen={flow.isOpen} expected={[location(books.here)]}>
        <Context
          label={words.send.transferLabel}
          value={transfer.transfer}
          line={`${words.send.to(placeName(books, transfer.toPlace))}, ${reason}`}
          onChange={onChange}
        />
      </ScanStep>
      <AtOnceAnswer flow={flow} books={books} />
    </>
  );
}
