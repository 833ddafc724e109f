/**
 * Everything a screen may ask of the phone: who is here, what is on this label, keep this scan.
 *
 * Screens never see a database or the network. A scan is *recorded* first and sent later by itself; whatever a screen
 * shows comes from the phone's own copy of the books, so it works the same with and without a network. The one promise
 * to hold on to: when `record` resolves, the scan survives a pulled battery; when it throws, nothing was kept.
 */
import type { Signal } from "@preact/signals";
import type { ExceptionRow, Lending, Told } from "./books";
import type { SignatureIs } from "./label-signature";

export type { Lending } from "./books";
export { openPhone } from "./open-phone";
export { NotSaved, Problem } from "./problem";

/** How far a scan has come: on this phone, held by the server, judged, or waiting for a person's look. */
export type ScanState = "saved" | "sent" | "settled" | "attention" | "undone";

/** The device this phone is to its server, given once at enrolment. */
export interface Identity {
  device: string;
  deviceCode: string;
  name: string;
  site: string;
  company: string;
  isDemo: boolean;
  inc: string;
}

export interface Person {
  person: string;
  name: string;
  role: string;
  site: string;
  grant: number;
  isActive: boolean;
  hasPin: boolean;
  /** Ten wrong PINs: this person needs the office, the phone and everybody else go on. */
  lockedUntilOffice: boolean;
}

export interface Item {
  item: string;
  name: string;
  unitOfMeasure: string;
  /** Smallest units in one unit of measure. */
  perUnit: bigint;
  /** What comes in or is made of it may not be used or sent before quality has released it. */
  waitsForQuality: boolean;
  /** The article number in its supplier's GS1 codes, 14 digits. */
  gtin: string | null;
}

/** What a supplier's label says of the goods it stands on; "" where it says nothing. */
export interface SupplierGoods {
  /** Null: no item of ours carries its article number. */
  item: Item | null;
  gtin: string;
  sscc: string;
  serial: string;
  lot: string;
  /** YYYY-MM-DD */
  expiresOn: string;
  count: string;
  measure: string;
  unitOfMeasure: string;
}

export interface Place {
  place: string;
  name: string;
  type: string;
  site: string;
}

export interface Transfer {
  transfer: string;
  fromPlace: string;
  toPlace: string;
  isOpen: boolean;
}

export interface Run {
  run: string;
  place: string;
  item: string;
  batch: string;
  /** The batch's number as the papers have it. */
  batchNumber: string;
  isOpen: boolean;
}

/** A handling unit as this phone believes it to be: the pulled books with its own unsent scans on top. */
export interface Unit {
  unit: string;
  kind: string | null;
  item: string | null;
  batch: string | null;
  owner: string | null;
  status: string | null;
  quantity: bigint;
  place: string | null;
  parent: string | null;
  isEnded: boolean;
  supplierLot: string | null;
  /** It, or its whole lot, is on hold. */
  isHeld: boolean;
  /** The last day it may be used on, YYYY-MM-DD; null: nobody has said. */
  expiresOn: string | null;
  /** What the container weighs empty, with its unit of measure: `2.1 kg`; null: never weighed. */
  tare: string | null;
  /** The latest events known of this unit, own unsent ones included. */
  heads: string[];
  /** Includes own scans the server has not judged yet. */
  isPending: boolean;
  /** False: a sound serial nobody has told this phone about. */
  known: boolean;
}

/** What a scanned or typed text turned out to be. */
export interface Found {
  kind: "unit" | "lot" | "unknown" | "refused";
  text: string;
  /**
   * Why a text was refused: `empty`, `foreign_barcode`, `check_character_wrong`, `too_long`, `gs1_wrong`,
   * `gs1_article_unknown`, `gs1_pallet_unknown`, `separator_lost`, `label_forged` or `gs1_goods_new`.
   */
  code?: string;
  /** What the label's signature tells; not there: it carries none. */
  signature?: SignatureIs;
  /** The number of a pallet (SSCC) that is not known here, from a GS1 label that says nothing else. */
  newPallet?: string;
  unit?: Unit;
  /** The item's code, known from a label even when the phone knows no item of that name. */
  itemCode?: string;
  item?: Item;
  batch?: string;
  /** Which print of its label was scanned; not there when the symbol does not say. */
  labelCopy?: number;
  /** Whether the label's web address is this installation's own; null for a text without an address. */
  originIsOurs: boolean | null;
}

/**
 * What happened, as a screen knows it: the body of an event (`core/event.ts`) without `v`, `actor`, `grant`, `site`,
 * `clock`, `after`, `basis` and `for_review`, which `record` fills in.
 */
export interface Draft {
  body: Record<string, unknown> & { type: string };
}

export interface Printer {
  printer: string;
  name: string;
}

/** A label of a wish, as the server's print ledger counts it. */
export interface Copy {
  unit: string;
  copy: number;
}

/** What somebody who looked says of labels. `withdraw` and `send_again`: of labels of which nothing can have come out. */
export type PrintWord = "came_out" | "did_not_come_out" | "send_again" | "withdraw";

/**
 * Labels that somebody wants, until somebody has said what came of them.
 *
 *     waiting         on this phone; `tried`: the server may have it, for its answer did not come
 *     with_server     the server has it and takes it to the printer
 *     sent            it may have come out: only who looks can say, and nothing prints it again by itself
 *     not_out         nothing came out, and nothing will by itself
 *     spoiled         it came out and cannot be used
 *     unsure          the server's records are older than this wish: it may have come out
 *     needs_reason    one of the labels was printed before: why once more?
 *     refused         it cannot be printed; `line` says why
 */
export interface PrintWish {
  job: string;
  /** null: as a file. */
  printer: string | null;
  /** What people call the printer. */
  name: string;
  units: string[];
  reason: string;
  actor: string | null;
  state: "waiting" | "with_server" | "sent" | "not_out" | "spoiled" | "unsure" | "needs_reason" | "refused";
  /** The history of the server in which it was first handed over; null: never tried. */
  tried: string | null;
  copies: Copy[];
  /** What somebody said, while the server has not heard it. */
  word: PrintWord | null;
  /** May be taken to the printer once more by the server: no byte of it has left. */
  maySendAgain: boolean;
  line: string | null;
}

export interface Recorded {
  id: string;
  seq: number;
}

/** One line in the list of my scans. */
export interface ScanRow {
  id: string;
  seq: number;
  type: string;
  body: Record<string, unknown>;
  /** By the phone's wall clock, ms. */
  madeAt: number;
  state: ScanState;
  /** The server's reason, when there is one (`superseded` shows its sentence and still counts as settled). */
  code: string | null;
  sentence: string | null;
  /** What the server names beside the code; null if it told nothing. */
  told: Told | null;
  /** Own, less than two minutes old, not undone yet, and something that was done. */
  canUndo: boolean;
}

/** One thing a phone must be able to do before it is trusted with scans. */
export interface Check {
  name: "secure_context" | "service_worker" | "persistence" | "camera" | "space" | "keys";
  ok: boolean;
  /** A phone that fails this one cannot enrol. */
  blocking: boolean;
}

export interface Connection {
  /** `trouble`: the server answers, but not as it should; `code` says how. */
  state: "online" | "offline" | "trouble";
  code: string | null;
  lastSuccessAt: number | null;
  lastFailureAt: number | null;
}

export interface Phone {
  readonly enrolled: Signal<Identity | null>;
  /** This phone once held scans and its database is empty now: they are gone, and people must be told. */
  readonly storageLost: Signal<boolean>;
  /** Scans that a second copy still holds of a phone whose storage is gone, and how many of them the server has. */
  readonly rescued: Signal<{ found: number; sent: number } | null>;
  readonly person: Signal<Person | null>;
  readonly unsent: Signal<number>;
  /** When the replica last heard from the server (ms), null if never. */
  readonly dataAt: Signal<number | null>;
  readonly connection: Signal<Connection>;
  /** Newest first, at most 100, live. */
  readonly scans: Signal<ScanRow[]>;
  /** Set when a record failed: the full red screen. The screen sets it back to null when the operator has seen it. */
  readonly notSaved: Signal<string | null>;
  /** What somebody must look at, of this phone's site; decided ones too, as long as they stand. */
  readonly exceptions: Signal<ExceptionRow[]>;

  checks(): Promise<Check[]>;
  /** Make this browser a device of the installation; throws Problem. */
  enrol(code: string, name: string): Promise<void>;

  people(): Promise<Person[]>;
  signIn(person: string, pin: string): Promise<"ok" | "wrong" | "locked">;
  signOut(): void;
  /** Check the PIN of a second person; who is signed in stays so. A wrong one counts against that person only. */
  confirm(person: string, pin: string): Promise<"ok" | "wrong" | "locked">;
  /** Give the rights that are lent at this site now, as far as this phone has heard. */
  lendings(): Promise<Lending[]>;
  /** Give what a person answers on the telephone to what another phone shows; null: there is no such person here. */
  answerTo(person: string, challenge: string): Promise<string | null>;
  /** Check what a person answers on the telephone to what this phone shows; a wrong one counts as a wrong PIN does. */
  checkAnswer(person: string, challenge: string, answer: string): Promise<"ok" | "wrong" | "locked">;
  /** The time (ms) by the phone's clock as the server has corrected it. */
  now(): number;
  /** The date here, YYYY-MM-DD, by the phone's clock as the server has corrected it. */
  today(): string;
  /** At a desk: who works there is who has signed in to the office. */
  actAs(person: Person | null): void;

  /** A scan is coming, and what can wait does; call what is given back when it has been answered. */
  scanComing(): () => void;
  /** Tell what a text names, from grammar, replica and own scans; never from the network. */
  look(text: string, source: "camera" | "wedge" | "typed"): Promise<Found>;
  /** Tell what a supplier's label says; `wrong`: a GS1 code that breaks GS1's rules; null: a text with no such meaning. */
  goodsOn(text: string): Promise<SupplierGoods | "wrong" | null>;
  /** Give the code of the batch that a text names, as its code or as the papers do; null: no text for a batch. */
  batchNamed(text: string): Promise<string | null>;
  items(): Promise<Item[]>;
  places(): Promise<Place[]>;
  transfers(): Promise<Transfer[]>;
  runs(): Promise<Run[]>;
  /** Units that stand at a place of this phone's site and are not ended. */
  unitsHere(): Promise<Unit[]>;
  /** Units at any of these places ("location:X", "transfer:Y") that are not ended. */
  unitsAt(places: readonly string[]): Promise<Unit[]>;
  /** What stands in a larger unit, as far as this phone knows. */
  contentsOf(unit: string): Promise<Unit[]>;
  company(): Promise<{ code: string; name: string } | null>;

  /** Serials for new handling units, never given twice, not even after a crash. */
  mintSerials(count: number): Promise<string[]>;
  /** The number of a new pallet: an SSCC if the company has a prefix and this phone has laid numbers in, else a serial. */
  mintPallet(): Promise<string>;
  /** Keep a photo (JPEG) for the next scan of this unit; throws Problem where there is no room. */
  addPhoto(unit: string, photo: Blob): Promise<void>;
  /** Keep scans, all or none, in one durable transaction; throws NotSaved. */
  record(drafts: Draft[]): Promise<Recorded[]>;
  /** Say that an own scan should not have been recorded: a new `voided` event, the old one stays visible. */
  undo(id: string): Promise<Recorded>;
  syncNow(): void;
  /** All unsent scans as a file that anybody may hand in for this phone; null: nothing is unsent. Throws Problem. */
  scanFile(): Promise<Blob | null>;
  /**
   * The labels of these units as PDF; throws Problem when the server cannot be reached. `job` is the caller's id for it,
   * so that asking twice is asking once; a second print needs a reason.
   */
  labels(job: string, units: string[], reason?: string): Promise<Blob>;
  /** What this phone wants printed, until somebody has said what came of it. */
  readonly printWishes: Signal<readonly PrintWish[]>;
  /** The printers of this site, as far as this phone has heard. */
  readonly printers: Signal<readonly Printer[]>;
  /** Ask which printers there are; without a network the last answer stands. */
  findPrinters(): Promise<void>;
  /** Have labels printed, now or when there is a network again; resolves when the wish is kept. */
  print(printer: Printer, units: string[], reason?: string): Promise<void>;
  /** Ask once more for labels of which it is known what came of them; each gets its next copy number. */
  printAgain(job: string, reason: string): Promise<void>;
  /** Say what came of a wish: it is kept, and told to the server when there is a network. */
  sayOfPrint(job: string, word: PrintWord | "spoiled"): Promise<void>;
  /** Want a wish no more that nothing can come of by itself. */
  dropPrint(job: string): Promise<void>;
}
