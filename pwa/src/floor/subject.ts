/** What a scan is about: the unit, what the phone knows to be in it, and how to say that in one line. */
import type { Material } from "../core/event";
import { shown } from "../core/quantity";
import type { Found, Item, Unit } from "../device/phone";
import { words } from "../words/words";
import { placeName, type Books } from "./books";
import { asKnown } from "./drafts";

export interface Subject {
  unit: Unit;
  item: Item | undefined;
  /** Null: it holds other units, or nobody has said yet what is in it. */
  material: Material | null;
}

/** Take a found code as a unit; a lot label stands for many and gives nothing. */
export function subjectOf(found: Found, books: Books): Subject | null {
  if (found.kind === "lot" || found.kind === "refused") return null;
  const unit = found.unit ?? strange(found.text);
  const item = found.item ?? (unit.item === null ? undefined : books.items.get(unit.item));
  const batch = unit.batch ?? found.batch ?? null;
  return { unit: { ...unit, batch }, item, material: unit.known ? asKnown(unit, item, books.company) : null };
}

/** A number in somebody else's style that this phone has never met. */
function strange(text: string): Unit {
  return {
    unit: text,
    kind: null,
    item: null,
    batch: null,
    owner: null,
    status: null,
    quantity: 0n,
    place: null,
    parent: null,
    isEnded: false,
    supplierLot: null,
    isHeld: false,
    expiresOn: null,
    tare: null,
    heads: [],
    isPending: false,
    known: false,
  };
}

/** Whether an item is measured on a scale. */
export function isWeighed(item: Item): boolean {
  return /^(kg|g|mg|t|lb|oz)$/i.test(item.unitOfMeasure);
}

/** Say how much of an item: "24.5 kg". */
export function amount(base: bigint, item: Item): string {
  return `${shown(base, item.perUnit)} ${item.unitOfMeasure}`;
}

/** Say what it is in one line: "24.5 kg Neem extract, drum U…". */
export function lineOf(subject: Subject, material: Material | null = subject.material): string {
  const { unit, item } = subject;
  const name = `${words.kind(unit.kind)} ${unit.unit}`;
  if (material === null || item === undefined) return name.charAt(0).toUpperCase() + name.slice(1);
  return `${amount(BigInt(material.quantity), item)} ${item.name}, ${name}`;
}

/** Say where a unit is, in words. */
export function whereIs(place: string | null, books: Books): string {
  if (place === null) return words.unit.nowhere;
  const [kind = "", code] = place.split(":");
  if (code === undefined) return words.unit.outside[kind] ?? place;
  if (kind === "location") return placeName(books, code);
  return kind === "transfer" ? words.unit.onTheWay(code) : words.unit.inRun(code);
}
