/** Count loose stock: which lot, in which state, how much. Nothing of the books is shown before it is entered. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Status } from "../core/event";
import type { Item } from "../device/phone";
import { useApp } from "../ui/context";
import { useScans } from "../ui/door";
import { useEscape } from "../ui/keys";
import { Button, Choice, Step } from "../ui/parts";
import { flowWords } from "../words/flow-words";
import { words } from "../words/words";
import { placeName, type Books } from "./books";
import { WhichLot } from "./describe";
import { countedLoose, material, type Given } from "./drafts";
import { Context } from "./frame";
import { ItemList } from "./item-list";
import { QuantityStep } from "./quantity-step";
import { Camera } from "./scan-panel";
import { saved, useSave } from "./saving";
import { amount, subjectOf } from "./subject";

interface Lot {
  item: Item;
  batch: string | null;
  status: Status | null;
}

interface LooseProps {
  books: Books;
  place: string;
  onChange: () => void;
}

const STATUSES: readonly Status[] = ["available", "quarantine", "rejected"];

/** The steps, again and again. */
export function CountLoose({ books, place, onChange }: LooseProps): JSX.Element {
  const lot = useSignal<Lot | null>(null);
  const record = useSave();
  useEscape(() => (lot.value = null), lot.value !== null);
  const now = lot.value;
  if (now === null) return <WhichItem books={books} place={place} onLot={(found) => (lot.value = found)} onChange={onChange} />;
  const { item, batch } = now;
  if (batch === null) return <BatchOf item={item} books={books} onBatch={(text) => (lot.value = { ...now, batch: text })} onCancel={() => (lot.value = null)} />;
  if (now.status === null) return <WhichStatus onStatus={(status) => (lot.value = { ...now, status })} />;
  const { status } = now;
  const save = (given: Given): void => {
    const contents = material({ item, batch, owner: books.company, ...given }, status);
    const line = flowWords.count.looseLine2(`${amount(given.base, item)} ${item.name}, ${batch}`);
    void record([countedLoose(contents, place)], saved(line, null)).then((kept) => {
      if (kept !== null) lot.value = null;
    });
  };
  return (
    <QuantityStep
      instruction={flowWords.count.looseHowMuch}
      item={item}
      lead={
        <>
          {item.name}, <span class="code">{batch}</span>
        </>
      }
      obtained="counted"
      actions={[{ text: flowWords.count.next, icon: "tick", take: save }]}
      other={
        <Button onPress={() => save({ base: 0n, entered: "0", obtained: "counted" })}>{flowWords.count.noneThere}</Button>
      }
    />
  );
}

interface WhichItemProps extends LooseProps {
  onLot: (lot: Lot) => void;
}

function WhichItem({ books, place, onLot, onChange }: WhichItemProps): JSX.Element {
  const { feedback } = useApp();
  const begin = (item: Item, batch: string | null): void => {
    // What waits for quality stands in several states: the books keep them apart, so the counter tells which.
    onLot({ item, batch, status: item.waitsForQuality ? null : "available" });
  };
  useScans((found) => {
    if (found.item !== undefined && found.kind === "lot") begin(found.item, found.batch ?? null);
    else if (subjectOf(found, books)?.unit.known === true) {
      feedback.say({ kind: "refused", line: flowWords.count.unitsLine });
    } else feedback.say({ kind: "refused", line: words.describe.itemUnknown });
  });
  return (
    <Step instruction={flowWords.count.whichLot} foot={<Camera isOpen look="plain" />}>
      <Context label={flowWords.count.place} value={placeName(books, place)} line={place} onChange={onChange} />
      <ItemList items={[...books.items.values()]} onItem={(item) => begin(item, null)} />
    </Step>
  );
}

interface BatchProps {
  item: Item;
  books: Books;
  onBatch: (batch: string) => void;
  onCancel: () => void;
}

/** Asked as of a unit the phone has never met. */
function BatchOf({ item, books, onBatch, onCancel }: BatchProps): JSX.Element | null {
  const subject = subjectOf({ kind: "unknown", text: item.item, originIsOurs: null }, books);
  if (subject === null) return null;
  return (
    <WhichLot subject={{ ...subject, item }} books={books} onLot={(_, batch) => onBatch(batch)} onCancel={onCancel} />
  );
}

function WhichStatus({ onStatus }: { onStatus: (status: Status) => void }): JSX.Element {
  return (
    <Step instruction={flowWords.count.status}>
      <ul class="choices">
        {STATUSES.map((status) => (
          <Choice key={status} title={words.quality[status] ?? status} onPress={() => onStatus(status)} />
        ))}
      </ul>
    </Step>
  );
}
