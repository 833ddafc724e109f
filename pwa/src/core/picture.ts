/**
 * The picture a phone has of a handling unit: the pulled books with its own unjudged scans on top.
 *
 * This is the *optimistic view*, good enough to guide the next scan while offline. It is deliberately simple (place,
 * quantity, ended); what a scan means in the end is folded by the server alone, and the next pull replaces the picture.
 * It also keeps the unit's *heads*: the latest events this phone knows of, which every new scan names in `after`.
 */
import { AFTER_MAX, unitsOf } from "./event";
import type { EventDraft, Material } from "./event";
import { baseQuantity } from "./quantity";

/** A unit as the books say, in the shape of the wire; the quantity is in smallest units. */
export interface Picture {
  unit: string;
  kind: string | null;
  item: string | null;
  batch: string | null;
  owner: string | null;
  status: string | null;
  quantity: bigint;
  place: string | null;
  parent: string | null;
  is_ended: boolean;
  supplier_lot: string | null;
  /** It, or its whole lot, is on hold. */
  is_held: boolean;
  expires_on: string | null;
  /** What the container weighs empty, with its unit of measure: `2.1 kg`. */
  tare: string | null;
  heads: string[];
}

/** An own scan the replica does not show yet. */
export interface OwnScan {
  id: string;
  after: readonly string[];
  draft: EventDraft;
}

/** Give the picture of a unit nobody has told this phone about. */
export function blank(unit: string): Picture {
  return {
    unit,
    kind: null,
    item: null,
    batch: null,
    owner: null,
    status: null,
    quantity: 0n,
    place: null,
    parent: null,
    is_ended: false,
    supplier_lot: null,
    is_held: false,
    expires_on: null,
    tare: null,
    heads: [],
  };
}

/** Put own scans, in the order they were made, on top of the books' picture of a unit. */
export function withOwnScans(books: Picture, own: readonly OwnScan[]): Picture {
  const undone = new Set(own.flatMap(({ draft }) => (draft.type === "voided" ? [draft.target] : [])));
  let picture = books;
  for (const scan of own) {
    const heads = [...picture.heads.filter((head) => head !== scan.id && !scan.after.includes(head)), scan.id];
    const shows = scan.draft.type !== "voided" && !undone.has(scan.id);
    picture = { ...(shows ? weighed(applied(picture, scan.draft), scan.draft) : picture), heads };
  }
  return picture;
}

/** List what a new event is after: for an undo its target, what the screen knew, and the heads of its units. */
export function afterOf(draft: EventDraft, heads: (unit: string) => readonly string[], target?: EventDraft): string[] {
  const units = target === undefined ? unitsOf(draft) : unitsOf(target);
  const first = draft.type === "voided" ? [draft.target] : [];
  return [...new Set([...first, ...(draft.after ?? []), ...units.flatMap(heads)])].slice(0, AFTER_MAX);
}

function applied(picture: Picture, draft: EventDraft): Picture {
  switch (draft.type) {
    case "commissioned":
      return {
        ...labelled(picture, draft.kind, draft.material),
        place: draft.to,
        supplier_lot: draft.supplier_lot ?? null,
        expires_on: draft.expires_on ?? null,
      };
    case "produced":
      return {
        ...labelled(picture, draft.kind, draft.material),
        place: draft.to,
        expires_on: draft.expires_on ?? null,
      };
    case "dispatched":
    case "received":
      // A unit this phone never heard of is what its label and the operator say it is.
      return { ...(picture.item === null ? labelled(picture, draft.kind, draft.material) : picture), place: draft.to };
    case "moved":
      // Seen elsewhere than the larger unit it was in, it has left that.
      return {
        ...(picture.item === null ? labelled(picture, draft.kind, draft.material) : picture),
        place: draft.to,
        parent: picture.place === draft.to ? picture.parent : null,
      };
    case "consumed":
    case "scrapped":
      return consumed(picture, amount(draft.material ?? null), draft.emptied ?? false);
    case "packed":
      return { ...picture, place: draft.to, parent: draft.unit === picture.unit ? draft.into : picture.parent };
    case "unpacked":
      return { ...picture, place: draft.to, parent: draft.unit === picture.unit ? null : picture.parent };
    case "counted":
      return counted(picture, draft.material, draft.to);
    default:
      return picture;
  }
}

function weighed(picture: Picture, draft: EventDraft): Picture {
  const material = "material" in draft ? (draft.material ?? null) : null;
  if (material?.tare === undefined || material.tare === null) return picture;
  return { ...picture, tare: `${material.tare} ${material.entered.unit_of_measure}` };
}

function labelled(picture: Picture, kind: string | null = null, material: Material | null = null): Picture {
  if (material === null) return { ...picture, kind: kind ?? picture.kind };
  const { item, batch, owner, status } = material;
  return { ...picture, kind: kind ?? picture.kind, item, batch, owner, status, quantity: amount(material) };
}

/** A quantity the server will not count moves nothing here either. */
function amount(material: Material | null): bigint {
  const quantity = baseQuantity(material?.quantity ?? "0");
  return typeof quantity === "bigint" ? quantity : 0n;
}

/** Who only saw it knows where it is; who looked into it knows how much it holds as well. */
function counted(picture: Picture, material: Material, place: string): Picture {
  const seen = { ...(picture.item === null ? labelled(picture, null, material) : picture), place };
  return material.obtained === "assumed" ? seen : { ...seen, quantity: amount(material), is_ended: false };
}

function consumed(picture: Picture, taken: bigint, emptied: boolean): Picture {
  if (emptied) return { ...picture, quantity: 0n, is_ended: true };
  return { ...picture, quantity: picture.quantity - taken };
}
