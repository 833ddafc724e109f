/** The questions Receive may ask about one unit: on which transfer, is this it, how much was counted. */
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Transfer } from "../device/phone";
import { useEscape } from "../ui/keys";
import { Button, Choice, Step } from "../ui/parts";
import { words } from "../words/words";
import { placeName, type Books } from "./books";
import { ofQuantity } from "./drafts";
import { QuantityStep } from "./quantity-step";
import { lineOf, type Subject } from "./subject";
import { UnitCard } from "./unit-card";

/** Let every sound scan be saved without asking, for a truck full of drums. */
export function SaveAtOnce({ isOn }: { isOn: Signal<boolean> }): JSX.Element {
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={isOn.value}
      onClick={() => (isOn.value = !isOn.value)}
    >
      <span class="switch-track" />
      <span>
        <strong>{words.scan.atOnce}</strong>
        <small>{words.scan.atOnceHint}</small>
      </span>
    </button>
  );
}

interface TransferProps {
  books: Books;
  transfers: Transfer[];
  onChoose: (transfer: string | null) => void;
  onCancel: () => void;
}

/** Choose among the transfers bound for this site. */
export function WhichTransfer({ books, transfers, onChoose, onCancel }: TransferProps): JSX.Element {
  useEscape(onCancel);
  return (
    <Step
      instruction={words.receive.which}
      foot={<Button onPress={() => onChoose(null)}>{words.receive.noTransfer}</Button>}
    >
      <ul class="choices">
        {transfers.map(({ transfer, fromPlace }) => (
          <Choice
            key={transfer}
            icon="truck"
            title={transfer}
            line={words.receive.from(placeName(books, fromPlace))}
            onPress={() => onChoose(transfer)}
          />
        ))}
      </ul>
    </Step>
  );
}

interface ConfirmProps {
  subject: Subject;
  books: Books;
  transfer: string | null;
  onReceive: () => void;
  onCount: () => void;
  onCancel: () => void;
}

/** Show what it is; one tap or Enter receives it. */
export function Confirm({ subject, books, transfer, onReceive, onCount, onCancel }: ConfirmProps): JSX.Element {
  useEscape(onCancel);
  return (
    <Step
      instruction={words.receive.question}
      keepsFocus
      foot={
        <>
          <Button look="primary" icon="tick" isDefault onPress={onReceive}>
            {words.receive.confirm}
          </Button>
          <div class="button-row">
            {subject.material !== null && subject.unit.known && (
              <Button onPress={onCount}>{words.receive.other}</Button>
            )}
            <Button onPress={onCancel}>{words.action.cancel}</Button>
          </div>
        </>
      }
    >
      <UnitCard subject={subject} books={books} />
      {transfer !== null && subject.unit.place !== `transfer:${transfer}` && (
        <p class="lead">{words.send.on(transfer)}</p>
      )}
    </Step>
  );
}

interface CountProps {
  subject: Subject;
  onCount: (subject: Subject) => Promise<void>;
  onCancel: () => void;
}

/** Enter what was counted instead of what was sent. */
export function Count({ subject, onCount, onCancel }: CountProps): JSX.Element | null {
  useEscape(onCancel);
  const { item, material } = subject;
  if (item === undefined || material === null) return null;
  return (
    <QuantityStep
      instruction={words.receive.counted}
      item={item}
      lead={lineOf(subject)}
      obtained="counted"
      actions={[
        {
          text: words.receive.confirm,
          icon: "tick",
          take: (given) => void onCount({ ...subject, material: ofQuantity(material, given) }),
        },
      ]}
    />
  );
}
