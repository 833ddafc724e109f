/** The rows of the books as they come over the wire (`data` of a pulled change). Names are the wire's. */

export interface CompanyRow {
  code: string;
  name: string;
  is_demo: boolean;
  public_url: string | null;
  /** Absent in books of an older server. */
  label_keys?: LabelKeys;
  /** Under which pallets are numbered; absent as well. */
  gs1_prefix?: string | null;
}

/** The public keys of labels by their letters, in base64url; null: revoked. */
export type LabelKeys = Readonly<Record<string, string | null>>;

export interface ItemRow {
  item: string;
  name: string;
  unit_of_measure: string;
  per_unit: string;
  /** What comes in or is made of it may not be used or sent before quality has released it. */
  waits_for_quality: boolean;
  /** The article number in its supplier's GS1 codes, 14 digits; absent in books of an older server. */
  gtin?: string | null;
}

/** A batch whose number on the papers is not the code in its symbols. */
export interface BatchNumberRow {
  batch: string;
  number: string;
}

/** What a supplier's own code means, taught at the desk. */
export interface SupplierCodeRow {
  beginning: string;
  length: number;
  item: string;
  lot_to: number;
}

export interface PlaceRow {
  place: string;
  name: string;
  type: string;
  site: string;
}

export interface PersonRow {
  person: string;
  name: string;
  role: string;
  site: string;
  grant: number;
  pin: { salt: string; iterations: number; hash: string } | null;
  is_active: boolean;
}

/** A right to lead others past a stop that was lent at this site; an older server tells of none. */
export interface Lending {
  lending: string;
  /** The event that lent it. */
  event: string;
  person: string;
  /** ms, server time. */
  until: number;
  by: string;
}

export interface TransferRow {
  transfer: string;
  from_place: string;
  to_place: string;
  is_open: boolean;
}

export interface RunRow {
  run: string;
  place: string;
  item: string;
  batch: string;
  is_open: boolean;
}

export interface UnitRow {
  unit: string;
  kind: string | null;
  item: string | null;
  batch: string | null;
  owner: string | null;
  status: string | null;
  quantity: string;
  place: string | null;
  parent: string | null;
  is_ended: boolean;
  supplier_lot: string | null;
  is_held: boolean;
  expires_on: string | null;
  /** A server of before does not tell it. */
  tare?: string | null;
  heads: string[];
}

/** What became of a scan, when it is not simply settled. */
export interface OutcomeRow {
  event: string;
  outcome: "superseded" | "attention" | "voided" | "no_effect";
  code: string;
  /** In English, for a phone that has no words for the code. */
  sentence: string;
  /** What the sentence names; a server of before does not tell it. */
  told?: Told;
  by: string | null;
}

/** What a sentence about a scan names, as far as the server knows it; `at` in ms by the clock of the other scan. */
export interface Told {
  unit: string | null;
  who: string | null;
  at: number | null;
  place: string | null;
}

/** One side of an exception: a scan that takes part in it, as people read it. */
export interface EvidenceRow {
  event: string;
  device: string;
  site: string;
  is_desk: boolean;
  type: string;
  who: string;
  /** Between these two moments (ms, server time), by the clock of its phone; both 0 if it cannot be read. */
  from: number;
  to: number;
  /** When its bytes reached the server. */
  received_at: number;
  /** When the picture its author had was last compared with the server's; null: never, or not told. */
  picture_at: number | null;
  /** The other scans of the exception that its author knew of. */
  knew: string[];
  units: string[];
  material: { item: string; batch: string; quantity: string; obtained: string } | null;
  place_from: string | null;
  place_to: string | null;
  reason: string | null;
  /** What stopped its author, by code; that went on all the same, for the reason given. */
  stops: string[];
  overruled_by: string | null;
  /** An older server does not tell it. */
  overruled_how?: "role" | "lent" | "telephone" | null;
  already_done: boolean;
  note: string | null;
  /** The hashes of its photos; a server of before does not tell them. */
  photos?: string[];
  /** What a desk decided, where this is a decision. */
  choice: string | null;
  is_undone: boolean;
  /** Whether a desk may take it back. */
  can_take_back: boolean;
}

/** Something that does not fit, and that somebody at a desk decides. */
export interface ExceptionRow {
  exception: string;
  kind: string;
  name: string;
  severity: "stop" | "check" | "note";
  sentence: string;
  /** What the floor can do about it. */
  advice: string;
  subject: string;
  about: { unit: string | null; item: string | null; batch: string | null; place: string | null };
  /** Smallest units; null where it is not about how much. */
  difference: { found: string; expected: string } | null;
  is_within_tolerance: boolean;
  evidence: string;
  sites: string[];
  since: number;
  scans: EvidenceRow[];
  decision: EvidenceRow | null;
  /** The decision asks the floor for something. */
  asks_floor: boolean;
  /** What the decision says, in words. */
  decided: string | null;
}

export interface Books {
  company: CompanyRow;
  item: ItemRow;
  place: PlaceRow;
  person: PersonRow;
  transfer: TransferRow;
  run: RunRow;
  unit: UnitRow;
  outcome: OutcomeRow;
  exception: ExceptionRow;
  batch_number: BatchNumberRow;
  supplier_code: SupplierCodeRow;
  lending: Lending;
}

export type Kind = keyof Books;
