/**
 * What is on this label, as far as this phone can know: grammar, books and own waiting scans. Never the network.
 */
import { blank, withOwnScans } from "../core/picture";
import type { Picture } from "../core/picture";
import { isMintedSerial, isSerialSound, parse } from "../scan/grammar";
import type { LotIdentity, Source, UnitIdentity } from "../scan/grammar";
import type { ItemRow, UnitRow } from "./books";
import type { OwnScans } from "./own-scans";
import type { Found, Item, SupplierGoods, Unit } from "./phone";
import type { Replica } from "./replica";
import { goodsOn } from "./supplier-goods";

/** Where a look may look. */
export interface Sight {
  replica: Replica;
  own: OwnScans;
  /** The web address printed on this installation's labels. */
  origins: readonly string[];
  /** The present year: a GS1 label says only its last two digits. */
  year: number;
}

/** Tell what a text names. */
export async function look(sight: Sight, text: string, source: Source): Promise<Found> {
  const scanned = parse(text, source);
  switch (scanned.kind) {
    case "refused":
      return (await foundByNumber(sight, text)) ?? { ...scanned, originIsOurs: null };
    case "unit":
      return foundUnit(sight, text, scanned);
    case "lot":
      return foundLot(sight, text, scanned);
    case "bare":
      return foundBare(sight, scanned.text);
  }
}

/** Give a unit's picture: the books with own waiting scans on top. */
export function unitOf(own: OwnScans, unit: string, row: UnitRow | null): Unit {
  const scans = own.on(unit);
  const picture = withOwnScans(row === null ? blank(unit) : pictureOf(row), scans);
  const { is_ended, supplier_lot, is_held, expires_on, ...rest } = picture;
  const isKnown = row !== null || picture.item !== null || picture.place !== null;
  return {
    ...rest,
    isEnded: is_ended,
    supplierLot: supplier_lot,
    isHeld: is_held || own.holds(unit, picture.item, picture.batch),
    expiresOn: expires_on,
    isPending: scans.length > 0,
    known: isKnown,
  };
}

export function itemOf({ item, name, unit_of_measure, per_unit, waits_for_quality, gtin = null }: ItemRow): Item {
  const perUnit = BigInt(per_unit);
  return { item, name, unitOfMeasure: unit_of_measure, perUnit, waitsForQuality: waits_for_quality, gtin };
}

function pictureOf(row: UnitRow): Picture {
  return { ...row, tare: row.tare ?? null, quantity: BigInt(row.quantity) };
}

async function foundUnit(sight: Sight, text: string, label: UnitIdentity): Promise<Found> {
  const unit = unitOf(sight.own, label.unit, await sight.replica.one("unit", label.unit));
  // A unit nobody has told of is at least what its label says.
  const told = unit.item === null ? { ...unit, item: label.item, batch: label.batch } : unit;
  return {
    kind: "unit",
    text,
    unit: told,
    ...(await lotOf(sight, told.item, told.batch)),
    labelCopy: label.copy ?? 1,
    originIsOurs: isOurs(sight, label),
  };
}

async function foundLot(sight: Sight, text: string, label: LotIdentity): Promise<Found> {
  return { kind: "lot", text, ...(await lotOf(sight, label.item, label.batch)), originIsOurs: isOurs(sight, label) };
}

/** A code alone is a unit if the phone knows one of that name, else a batch if it knows one, else a stranger. */
async function foundBare(sight: Sight, code: string): Promise<Found> {
  const unit = unitOf(sight.own, code, await sight.replica.one("unit", code));
  if (unit.known || isMintedSerial(code)) {
    return { kind: "unit", text: code, unit, ...(await lotOf(sight, unit.item, unit.batch)), originIsOurs: null };
  }
  return (await itemsOfBatch(sight, code)).length === 0
    ? { kind: "unknown", text: code, originIsOurs: null }
    : foundBatch(sight, code);
}

/** Give a batch; its item too, if the phone knows only one. */
async function foundBatch(sight: Sight, batch: string): Promise<Found> {
  const [only, ...others] = await itemsOfBatch(sight, batch);
  const item = others.length === 0 ? (only ?? null) : null;
  return { kind: "lot", text: batch, ...(await lotOf(sight, item, batch)), originIsOurs: null };
}

/** A number that no symbol of ours can carry may still be that of a batch, as the papers have it. */
async function foundByNumber(sight: Sight, text: string): Promise<Found | null> {
  const batch = await batchNumbered(sight.replica, text);
  if (batch !== null) return foundBatch(sight, batch);
  const goods = await goodsOn(sight.replica, text, sight.year);
  return goods === null ? null : foundGoods(sight, text, goods);
}

/** The symbol of a label of ours that is GS1's: its address, and which print it is. */
const OWN_LINK = /^\s*(?:\][A-Z][0-9])?(HTTPS:\/\/[^/]+)\/0[01]\/[^?]*(?:\?C=([2-9]|[1-9][0-9]{1,3})$)?/;

/** A Digital Link at our own address is a label of ours, also of a unit this phone has never met; null: it is not. */
async function foundOwn(sight: Sight, text: string, goods: SupplierGoods): Promise<Found | null> {
  const [, origin = "", copy = "1"] = OWN_LINK.exec(text.toUpperCase()) ?? [];
  const { item, sscc, serial, lot } = goods;
  if (!sight.origins.includes(origin) || item === null || lot === "") return null;
  const unit = serial || sscc;
  if (unit === "") return foundLot(sight, text, { kind: "lot", batch: lot, item: item.item, origin });
  if (!isSerialSound(unit)) return { kind: "refused", text, code: "check_character_wrong", originIsOurs: true };
  return foundUnit(sight, text, { kind: "unit", batch: lot, item: item.item, unit, origin, copy: Number(copy) });
}

/** A GS1 label names a unit if one is known by its pallet or serial number, else a batch; goods that are new here come in first. */
async function foundGoods(sight: Sight, text: string, goods: SupplierGoods | "wrong"): Promise<Found> {
  const refused = (code: string): Found => ({ kind: "refused", text, code, originIsOurs: null });
  if (goods === "wrong") return refused("gs1_wrong");
  const own = await foundOwn(sight, text, goods);
  if (own !== null) return own;
  const { item, sscc, serial, lot } = goods;
  for (const name of [sscc, serial].filter((each) => each !== "")) {
    const unit = unitOf(sight.own, name, await sight.replica.one("unit", name));
    const isIt = unit.known && (item === null || unit.item === item.item);
    if (isIt) return { kind: "unit", text, unit, ...(await lotOf(sight, unit.item, unit.batch)), originIsOurs: null };
  }
  if (item === null && goods.gtin === "") return { ...refused("gs1_pallet_unknown"), newPallet: sscc };
  if (item === null) return refused("gs1_article_unknown");
  const isOurLot = lot !== "" && (await itemsOfBatch(sight, lot)).includes(item.item);
  if (!isOurLot && (await lacksSeparator(sight, item.item, lot))) return refused("separator_lost");
  if (!isOurLot) return refused("gs1_goods_new");
  return { kind: "lot", text, ...(await lotOf(sight, item.item, lot)), originIsOurs: null };
}

/** What may stand behind a lot of any length: serial, dates, counts, net weight; without a separator it reads as more lot. */
const BEHIND_A_LOT = /^(?:21[!-z]{1,20}|1[1567][0-9]{6}|3[07][0-9]{1,8}|310[0-5][0-9]{6})(?:$|[1-3])/;

/** Say that a lot nobody knows looks like one of ours with the next elements glued to it, as of a scanner that loses them. */
async function lacksSeparator({ replica }: Sight, item: string, lot: string): Promise<boolean> {
  const [units, runs] = await Promise.all([replica.all("unit"), replica.all("run")]);
  const lots = new Set([...units, ...runs].filter((row) => row.item === item).map(({ batch }) => batch ?? ""));
  return [...lots].some((known) => known !== "" && lot.startsWith(known) && BEHIND_A_LOT.test(lot.slice(known.length)));
}

/** Give the code of the batch that has this number on its papers. */
export async function batchNumbered(replica: Replica, text: string): Promise<string | null> {
  const number = folded(text);
  const found = (await replica.all("batch_number")).find((row) => folded(row.number) === number);
  return found?.batch ?? null;
}

/** The form in which two ways of typing a number are the same; a scanner may say that it was bars (`]C0`). */
function folded(text: string): string {
  const blanks = text.replace(/^\s*\][A-Za-z]0/, "").replace(/\s+/g, " ");
  return blanks.trim().replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

async function itemsOfBatch({ replica, own }: Sight, batch: string): Promise<string[]> {
  const [units, runs] = await Promise.all([replica.ofBatch("unit", batch), replica.ofBatch("run", batch)]);
  const waiting = own
    .units()
    .map((unit) => unitOf(own, unit, null))
    .filter((unit) => unit.batch === batch);
  return [...new Set([...units, ...runs, ...waiting].flatMap(({ item }) => (item === null ? [] : [item])))];
}

async function lotOf(
  { replica }: Sight,
  item: string | null,
  batch: string | null,
): Promise<Pick<Found, "item" | "itemCode" | "batch">> {
  const row = item === null ? null : await replica.one("item", item);
  return {
    ...(item === null ? {} : { itemCode: item }),
    ...(row === null ? {} : { item: itemOf(row) }),
    ...(batch === null ? {} : { batch }),
  };
}

function isOurs({ origins }: Sight, { origin }: LotIdentity | UnitIdentity): boolean | null {
  return origin === null ? null : origins.includes(origin);
}
