/**
 * The words in which a floor screen says what happened: bodies of events (`core/event.ts`), less what the phone adds.
 *
 * Each carries everything its effect needs, as the operator saw it. Nothing here decides; that is for the rules before
 * and the server after.
 */
import type { EventDraft, Material, Status, UnitKind } from "../core/event";
import { shown } from "../core/quantity";
import type { Operation } from "../core/rules";
import type { Draft, Item, Run, Transfer, Unit } from "../device/phone";
import { randomId } from "../ui/random-id";

/** A unit as an event speaks of it. */
export interface Handled {
  unit: string;
  kind: UnitKind | null;
  material: Material | null;
}

/** How much of what lot, and whose. */
export interface Lot extends Given {
  item: Item;
  batch: string;
  owner: string;
}

/** "location:…" of a place. */
export const location = (place: string): string => `location:${place}`;

const draft = (body: EventDraft): Draft => ({ body: { ...body } });

/** Say what is in a unit; one nobody has judged yet waits for quality if its item does. */
export function material(lot: Lot, status: string | null = null): Material {
  return {
    item: lot.item.item,
    batch: lot.batch,
    quantity: lot.base.toString(),
    entered: { quantity: lot.entered, unit_of_measure: lot.item.unitOfMeasure },
    owner: lot.owner,
    status: isStatus(status) ? status : lot.item.waitsForQuality ? "quarantine" : "available",
    obtained: lot.obtained,
  };
}

/** Say what a known unit holds, unseen: its whole quantity as the books have it. Null: it holds other units. */
export function asKnown(unit: Unit, item: Item | undefined, company: string): Material | null {
  if (item === undefined || unit.batch === null || unit.quantity <= 0n) return null;
  const entered = shown(unit.quantity, item.perUnit);
  const owner = unit.owner ?? company;
  return material({ item, batch: unit.batch, base: unit.quantity, entered, owner, obtained: "assumed" }, unit.status);
}

/** A quantity as a person gave it: what was entered, and how many smallest units that is. */
export interface Given {
  base: bigint;
  entered: string;
  obtained: Material["obtained"];
  /** What the scale showed, in the unit of measure of the entered quantity. */
  weights?: { gross: string; tare: string; net: string };
}

/** The same material in the quantity a person gave. */
export function ofQuantity(whole: Material, { base, entered, obtained, weights }: Given): Material {
  const { unit_of_measure } = whole.entered;
  return { ...whole, quantity: base.toString(), entered: { quantity: entered, unit_of_measure }, obtained, ...weights };
}

function isStatus(status: string | null): status is Status {
  return status === "available" || status === "quarantine" || status === "rejected";
}

/** Read a kind of unit that came from outside. */
export function unitKind(kind: string | null): UnitKind | null {
  return KINDS.find((known) => known === kind) ?? null;
}

export const KINDS: readonly UnitKind[] = ["drum", "bag", "carton", "tote", "pallet", "container"];

/** New units of one lot, all alike. */
export interface NewUnits {
  serials: string[];
  kind: UnitKind;
  material: Material;
  here: string;
}

/** What a supplier's label says; "" where it says nothing. */
export interface SupplierLabel {
  supplier: string;
  supplierLot: string;
  /** YYYY-MM-DD */
  expiresOn: string;
}

/** Goods in without our label: each unit gets its identity. */
export function commissioned(units: NewUnits, { supplier, supplierLot, expiresOn }: SupplierLabel): Draft[] {
  return units.serials.map((unit, index) =>
    draft({
      type: "commissioned",
      unit,
      kind: units.kind,
      material: units.material,
      from: "supplier",
      to: location(units.here),
      container: [index + 1, units.serials.length],
      supplier_lot: supplierLot,
      ...(supplier === "" ? {} : { supplier }),
      ...(expiresOn === "" ? {} : { expires_on: expiresOn }),
    }),
  );
}

/** A run made something: each unit gets its identity. */
export function produced(units: NewUnits, run: Run): Draft[] {
  return units.serials.map((unit, index) =>
    draft({
      type: "produced",
      unit,
      kind: units.kind,
      material: units.material,
      from: "made",
      to: location(units.here),
      run: run.run,
      container: [index + 1, units.serials.length],
    }),
  );
}

/** Something arrived; without a transfer it came from wherever the books have it. */
export function received(handled: Handled, from: string, transfer: string | null, here: string): Draft {
  return draft({
    type: "received",
    ...handled,
    from,
    to: location(here),
    ...(transfer === null ? {} : { transfer }),
  });
}

/** Why a scan went on although the phone had stopped it. */
export interface StopAnswer {
  /** The codes that stood against it. */
  stops: string[];
  reason: string;
  overruled?: true;
  /** By which lending the second person may, or what this phone showed when that person was called. */
  lending?: string;
  challenge?: string;
  already_done?: true;
  /** Who overruled, and the version of that person's rights. */
  second?: string;
  second_grant?: number;
}

/** Somebody was stopped; by this alone nothing was done. */
export function stopped(unit: string, operation: Operation, stops: string[]): Draft {
  return draft({ type: "stopped", operation, unit, stops });
}

/** Somebody was led past the stop that shows this number. */
export function allowed(challenge: string): Draft {
  return draft({ type: "allowed", challenge });
}

/** Somebody may lead others past stops, until then (ms). */
export function lent(person: string, until: number): Draft {
  return draft({ type: "lent", person, lending: randomId(), until });
}

/** An earlier event should not count any more. */
export function voided(target: string): Draft {
  return draft({ type: "voided", target });
}

/** What a run makes must not be used or sent until the desk has released it. */
export function heldOutput(run: Run, reason: string): Draft {
  return draft({ type: "held", item: run.item, batch: run.batch, reason });
}

/** Something was used in a run, in part or until nothing was left. */
export function consumed(
  handled: Handled,
  run: Run,
  here: string,
  emptied: boolean,
  answer: StopAnswer | null = null,
): Draft {
  return draft({
    type: "consumed",
    ...handled,
    ...answer,
    from: location(here),
    to: `run:${run.run}`,
    run: run.run,
    emptied,
  });
}

/** Something was put somewhere else on the site. */
export function moved(handled: Handled, from: string, place: string): Draft {
  return draft({ type: "moved", ...handled, from, to: location(place) });
}

/** Something was lost or thrown away, in part or all that was left. */
export function scrapped(handled: Handled, here: string, emptied: boolean, reason: string): Draft {
  return draft({ type: "scrapped", ...handled, from: location(here), to: "scrapped", emptied, reason });
}

/** A pallet that nothing stands on yet gets its identity. */
export function newPallet(unit: string, here: string): Draft {
  return draft({ type: "commissioned", unit, kind: "pallet", material: null, from: "supplier", to: location(here) });
}

/** A unit was put into a larger one. */
export function packed(unit: string, into: string, here: string): Draft {
  return draft({ type: "packed", unit, into, to: location(here) });
}

/** A unit was taken out of a larger one. */
export function unpacked(unit: string, outOf: string, here: string): Draft {
  return draft({ type: "unpacked", unit, out_of: outOf, to: location(here) });
}

/** A unit was seen at a place; what it holds was assumed or counted, as the material says. */
export function seen(unit: string, contents: Material, place: string): Draft {
  return draft({ type: "counted", unit, to: location(place), material: contents });
}

/** A unit was looked for at a place and is not there. */
export function missed(unit: string, contents: Material, place: string, reason: string): Draft {
  const none = ofQuantity(contents, { base: 0n, entered: "0", obtained: "counted" });
  return draft({ type: "counted", unit, to: location(place), material: none, reason });
}

/** Somebody looked how much of a lot lies loose at a place. */
export function countedLoose(contents: Material, place: string): Draft {
  return draft({ type: "counted", unit: null, to: location(place), material: contents });
}

/** Somebody looked how much a unit holds. */
export function counted(unit: Unit, lot: Lot, here: string): Draft {
  return draft({ type: "counted", unit: unit.unit, to: location(here), material: material(lot, unit.status) });
}

/** Something left under a transfer. */
export function dispatched(
  handled: Handled,
  transfer: Transfer,
  here: string,
  answer: StopAnswer | null = null,
): Draft {
  return draft({
    type: "dispatched",
    ...handled,
    ...answer,
    from: location(here),
    to: `transfer:${transfer.transfer}`,
    transfer: transfer.transfer,
    destination: location(transfer.toPlace),
  });
}
