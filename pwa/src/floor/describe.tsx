/** Ask what is in a unit this phone has never met: item, batch, quantity; what its label says is not asked. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Item } from "../device/phone";
import { useScans } from "../ui/door";
import { useEscape } from "../ui/keys";
import { Button, Field, Step } from "../ui/parts";
import { words } from "../words/words";
import type { Books } from "./books";
import { asCode, isCode } from "../ui/codes";
import { material, type Given } from "./drafts";
import { ItemList } from "./item-list";
import { QuantityStep } from "./quantity-step";
import type { Subject } from "./subject";

interface LotProps {
  subject: Subject;
  books: Books;
  onLot: (item: Item, batch: string) => void;
  /** A way on without knowing, where the flow has one. */
  onUnknown?: () => void;
  onCancel: () => void;
}

/** Ask for item and batch. */
export function WhichLot({ subject, books, onLot, onUnknown, onCancel }: LotProps): JSX.Element {
  const item = useSignal<Item | null>(subject.item ?? null);
  const { batch } = subject.unit;
  useEscape(() => {
    if (item.value !== null && subject.item === undefined) item.value = null;
    else onCancel();
  });
  const chosen = item.value;
  if (chosen !== null) return <WhichBatch onBatch={(text) => onLot(chosen, text)} />;
  return (
    <Step
      instruction={words.describe.item}
      foot={
        onUnknown !== undefined && (
          <Button icon="pallet" onPress={onUnknown}>
            {words.describe.unknown}
          </Button>
        )
      }
    >
      <p class="lead">{words.describe.title(subject.unit.unit)}</p>
      <ItemList
        items={[...books.items.values()]}
        onItem={(found) => {
          if (batch === null) item.value = found;
          else onLot(found, batch);
        }}
      />
    </Step>
  );
}

function WhichBatch({ onBatch }: { onBatch: (batch: string) => void }): JSX.Element {
  const text = useSignal("");
  const error = useSignal<string | null>(null);
  const take = (batch: string): void => {
    if (isCode(asCode(batch))) onBatch(asCode(batch));
    else error.value = words.goodsIn.lotWrong;
  };
  useScans((found) => take(found.batch ?? found.unit?.batch ?? found.text));
  return (
    <Step
      instruction={words.describe.batch}
      keepsFocus
      onSubmit={() => take(text.value)}
      foot={
        <Button look="primary" isSubmit>
          {words.action.next}
        </Button>
      }
    >
      <Field
        label={words.describe.batchLabel}
        value={text.value}
        error={error.value}
        onInput={(value) => (text.value = value)}
        autoCapitalize="characters"
        maxLength={20}
        isCode
        isDefault
      />
    </Step>
  );
}

interface DescribeProps {
  subject: Subject;
  books: Books;
  onDone: (subject: Subject) => void;
  onCancel: () => void;
}

/** Ask for all that is missing, or take the unit with contents nobody knows yet. */
export function Describe({ subject, books, onDone, onCancel }: DescribeProps): JSX.Element {
  const lot = useSignal(
    subject.item !== undefined && subject.unit.batch !== null
      ? { item: subject.item, batch: subject.unit.batch }
      : null,
  );
  useEscape(onCancel, lot.value !== null);
  const unknown = (): void => onDone({ ...subject, material: null });
  if (lot.value === null) {
    return (
      <WhichLot
        subject={subject}
        books={books}
        onLot={(item, batch) => (lot.value = { item, batch })}
        onUnknown={unknown}
        onCancel={onCancel}
      />
    );
  }
  const { item, batch } = lot.value;
  const take = (given: Given): void =>
    onDone({
      unit: { ...subject.unit, item: item.item, batch },
      item,
      material: material({ item, batch, owner: books.company, ...given }),
    });
  return (
    <QuantityStep
      instruction={words.describe.quantity}
      item={item}
      lead={
        <>
          {item.name}, <span class="code">{batch}</span>
        </>
      }
      obtained="typed"
      actions={[{ text: words.action.next, take }]}
      other={<Button onPress={unknown}>{words.describe.notCounted}</Button>}
    />
  );
}
