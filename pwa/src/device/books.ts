/** The rows of the books as they come over the wire (`data` of a pulled change). Names are the wire's. */

export interface CompanyRow {
  code: string;
  name: string;
  is_demo: boolean;
  public_url: string | null;
}

export interface ItemRow {
  item: string;
  name: string;
  unit_of_measure: string;
  per_unit: string;
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
  heads: string[];
}

/** What became of a scan, when it is not simply settled. */
export interface OutcomeRow {
  event: string;
  outcome: "superseded" | "attention" | "voided" | "no_effect";
  code: string;
  sentence: string;
  by: string | null;
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
}

export type Kind = keyof Books;
