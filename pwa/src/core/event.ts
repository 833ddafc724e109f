/**
 * The catalogue: one type per thing that can happen on a floor, and how it becomes signed text.
 *
 *     commissioned  a handling unit got its identity (goods in, opening stock, an empty pallet)
 *     produced      a run made something
 *     dispatched    something left for another place, under a transfer
 *     received      something arrived
 *     consumed      something was used, in part or until `emptied`
 *     moved         something was put somewhere else on the site
 *     scrapped      something was lost or thrown away
 *     packed        a unit was put into a larger one        unpacked   and taken out again
 *     counted       somebody looked how much is there
 *     held          a lot or unit must not be used          released   and may be used again
 *     voided        an earlier scan should not have been recorded
 *     lost          scans of this phone are gone for good
 *     stopped       somebody was stopped before a scan; nothing was done by this
 *     label_voided  a printed copy of a unit's label must not be used any more
 *     lent          somebody may lead others past a stop for a shift
 *     allowed       somebody led another past a stop by telephone
 *
 *     revoked       the office switched a phone off         retired    a phone was given back, all is in order
 *     admitted      scans of a phone that was switched off count after all
 *     decided       a person closed an exception
 *
 * A body is turned into text exactly once, here, and that text is what is hashed, signed, kept and sent; it is never
 * parsed and written again. Bodies are signed for ever: a field may be added, never removed or retyped. Twin of
 * `sync/event.py`, and the names are the wire's.
 */
import type { Reading } from "./clock";
import type { Operation } from "./rules";

/** The `v` this catalogue writes. */
export const VERSION = 1;
export const AFTER_MAX = 500;
/** The longest body the server's envelope takes, in bytes. */
export const BODY_BYTES_MAX = 64 * 1024;

export type Status = "available" | "quarantine" | "rejected";
export type Obtained = "assumed" | "counted" | "typed" | "wedge" | "scale" | "computed" | "from_paper";
export type UnitKind = "bag" | "drum" | "carton" | "tote" | "pallet" | "container";

/** A quantity as the operator put it, kept as evidence beside the base quantity. */
export interface Entered {
  quantity: string;
  unit_of_measure: string;
}

/** What was handled: which lot, how much, whose, in which state, and how the quantity came to be known. */
export interface Material {
  item: string;
  batch: string;
  /** Smallest units as a decimal string. */
  quantity: string;
  entered: Entered;
  owner: string;
  status: Status;
  obtained: Obtained;
  gross?: string | null;
  tare?: string | null;
  net?: string | null;
  scale?: string | null;
}

/** What a screen may say about any event. */
interface Told {
  reason?: string | null;
  /** A second person who checked, witnessed or overruled, and the version of that person's rights. */
  second?: string | null;
  second_grant?: number | null;
  claimed_at?: number | null;
  shift?: string | null;
  photos?: string[];
  note?: string | null;
  /** Which copy of its label was scanned; not there: the first, or typed. */
  label_copy?: number | null;
  /** Events the screen knew besides the latest ones of the units: a release names the holds it lifts. */
  after?: readonly string[];
}

interface HandledDraft extends Told {
  unit?: string | null;
  kind?: UnitKind | null;
  /** Null only for a unit that holds other units, such as a pallet. */
  material?: Material | null;
  from: string;
  to: string;
  transfer?: string | null;
  run?: string | null;
  step?: string | null;
  /** Container n of m. */
  container?: [number, number] | null;
  sealed?: boolean | null;
  seal?: string | null;
  /** The codes of what stopped the operator before this scan; `reason` says why it went on. */
  stops?: string[];
  /** The second person let it go on: by role, or by the word named here. */
  overruled?: boolean;
  /** The lending by which the second person may. */
  lending?: string;
  /** The second person was asked by telephone: what this phone showed. */
  challenge?: string;
  /** It had been done before the phone could stop it. */
  already_done?: boolean;
}

export interface CommissionedDraft extends HandledDraft {
  type: "commissioned";
  supplier?: string | null;
  supplier_lot?: string | null;
  maker_lot?: string | null;
  goods_receipt?: string | null;
  analytical_number?: string | null;
  made_on?: string | null;
  expires_on?: string | null;
  retest_on?: string | null;
}

export interface ProducedDraft extends HandledDraft {
  type: "produced";
  made_on?: string | null;
  expires_on?: string | null;
}

export interface DispatchedDraft extends HandledDraft {
  type: "dispatched";
  destination?: string | null;
}

export interface ReceivedDraft extends HandledDraft {
  type: "received";
}

export interface ConsumedDraft extends HandledDraft {
  type: "consumed";
  emptied?: boolean;
}

export interface MovedDraft extends HandledDraft {
  type: "moved";
}

export interface ScrappedDraft extends HandledDraft {
  type: "scrapped";
  emptied?: boolean;
}

export interface PackedDraft extends Told {
  type: "packed";
  unit: string;
  into: string;
  to: string;
}

export interface UnpackedDraft extends Told {
  type: "unpacked";
  unit: string;
  out_of: string;
  to: string;
}

export interface CountedDraft extends Told {
  type: "counted";
  /** Null: loose. */
  unit: string | null;
  to: string;
  material: Material;
}

export interface HeldDraft extends Told {
  type: "held";
  item: string;
  batch: string;
  unit?: string | null;
}

export interface ReleasedDraft extends Told {
  type: "released";
  item: string;
  batch: string;
  unit?: string | null;
}

export interface RevokedDraft extends Told {
  type: "revoked";
  device: string;
  /** How far each chain of the phone stands, as its server holds it. */
  heads: { inc: string; seq: number }[];
}

export interface RetiredDraft extends Told {
  type: "retired";
  device: string;
}

export interface AdmittedDraft extends Told {
  type: "admitted";
  device: string;
  events: string[];
}

export interface DecidedDraft extends Told {
  type: "decided";
  exception: string;
  evidence: string;
  choice: string;
  /** Filled in by `record`: the facts recorded together with the decision, right before it. */
  effects?: string[];
}

export interface VoidedDraft extends Told {
  type: "voided";
  target: string;
}

/** Scans `first` to `last` of a chain of this phone were made and will never come. */
export interface LostDraft extends Told {
  type: "lost";
  inc: string;
  first: number;
  last: number;
}

export interface StoppedDraft extends Told {
  type: "stopped";
  operation: Operation;
  unit: string | null;
  stops: string[];
}

/** Who may lead others past a stop lends that right to `person`, at this site. */
export interface LentDraft extends Told {
  type: "lent";
  person: string;
  /** A random number, by which overrules name it. */
  lending: string;
  /** Its last moment, ms, server time. */
  until: number;
}

/** Somebody was led past the one stop that shows `challenge`, by telephone. */
export interface AllowedDraft extends Told {
  type: "allowed";
  challenge: string;
}

export interface LabelVoidedDraft extends Told {
  type: "label_voided";
  unit: string;
  copy: number;
  fate: "spoiled" | "returned";
}

/** What a screen says has happened; the phone adds who, where, when and after what. */
export type EventDraft =
  | CommissionedDraft
  | ProducedDraft
  | DispatchedDraft
  | ReceivedDraft
  | ConsumedDraft
  | MovedDraft
  | ScrappedDraft
  | PackedDraft
  | UnpackedDraft
  | CountedDraft
  | HeldDraft
  | ReleasedDraft
  | VoidedDraft
  | LostDraft
  | StoppedDraft
  | LentDraft
  | AllowedDraft
  | LabelVoidedDraft
  | DeskDraft;

/** What only a desk may say; on a floor phone's chain it has no effect. */
export type DeskDraft = RevokedDraft | RetiredDraft | AdmittedDraft | DecidedDraft;

/** What the phone adds to every draft. */
export interface Author {
  actor: string;
  grant: number;
  site: string;
  /** (epoch, position) of the author's picture: tells a person how old it was, decides nothing. */
  basis: [string, number] | null;
  /** When that picture was compared with the server's (ms, server time); null if never. */
  picture_at: number | null;
  for_review: boolean;
}

/** A whole event, as its text says. */
export type EventBody = EventDraft & Author & { v: number; clock: Reading; after: readonly string[] };

const TYPES: ReadonlySet<string> = new Set<EventDraft["type"]>([
  "commissioned",
  "produced",
  "dispatched",
  "received",
  "consumed",
  "moved",
  "scrapped",
  "packed",
  "unpacked",
  "counted",
  "held",
  "released",
  "voided",
  "lost",
  "stopped",
  "lent",
  "allowed",
  "label_voided",
  "revoked",
  "retired",
  "admitted",
  "decided",
]);

/** Say that a draft is of the catalogue; its fields are the business of the screen that made it. */
export function isDraft(body: { type: string }): body is EventDraft {
  return TYPES.has(body.type);
}

/** Write an event as the exact text that is hashed, signed, kept and sent. */
export function encode(draft: EventDraft, author: Author, clock: Reading, after: readonly string[]): string {
  const { type, ...told } = draft;
  const { actor, grant, site, basis, picture_at, for_review } = author;
  const head = { type, v: VERSION, actor, grant, site, clock, after: after.slice(0, AFTER_MAX), basis, picture_at };
  // What the phone fills in wins over anything a screen may have left under the same name.
  const body = JSON.stringify({ ...head, ...told, ...head, ...(for_review ? { for_review } : {}) });
  const size = new TextEncoder().encode(body).length;
  if (size > BODY_BYTES_MAX) throw new RangeError(`a body of ${size} bytes cannot be sent`);
  return body;
}

/** Name the handling units a draft acts on. */
export function unitsOf(draft: EventDraft): string[] {
  switch (draft.type) {
    case "packed":
      return [draft.unit, draft.into];
    case "unpacked":
      return [draft.unit, draft.out_of];
    case "held":
    case "released":
    case "voided":
    case "lost":
    case "lent":
    case "allowed":
    case "revoked":
    case "retired":
    case "admitted":
    case "decided":
      return [];
    default:
      return draft.unit ? [draft.unit] : [];
  }
}
