/**
 * The desk's calls to the server: a person signs in with a password and works online.
 *
 * The token is kept in memory and in the tab's own storage, so a reload does not sign anybody out and a closed tab
 * does. Every call throws Problem with the server's sentence; `isSignedIn` falls when the server no longer knows us.
 */
import { signal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import type { ExceptionRow, ItemRow, PlaceRow, RunRow, TransferRow, UnitRow } from "./books";
import { CallFailed, callFile, callJson } from "./call";
import type { Asked } from "./call";
import { asProblem } from "./enrolment";
import { Problem } from "./problem";
import { handInScanFile } from "./scan-file";
import type { HandedIn } from "./scan-file";
import type { World } from "./world";

export interface Installation {
  company: { code: string; name: string } | null;
  is_demo: boolean;
  needs_setup: boolean;
  /** What the page behind a label tells a stranger: that it is ours, or its item and batch too. */
  label_link: "plain" | "batch";
  epoch: string;
  public_url: string | null;
  proto: number;
}

export interface PhotoOf {
  photo: string;
  unit: string;
  who: string;
  at: number;
  reason: string | null;
}

export interface OfficePerson {
  person: string;
  name: string;
  role: string;
  site: string;
  grant: number;
  login: string | null;
  has_pin: boolean;
  is_active: boolean;
}

export interface OfficeDevice {
  device: string;
  device_code: string;
  name: string;
  site: string;
  is_desk: boolean;
  enrolled_at: number;
  last_seen: number | null;
  /** Scans it said it still had to hand in, when last seen. */
  pending: number | null;
  standing: "active" | "revoked" | "retired";
  /** How far the server holds each of its chains: what a revocation names. */
  chains: { inc: string; seq: number; hash: string }[];
  /** Scans that came after it was switched off and do not count. */
  cut_off: number;
}

/** What a desk may decide, and the facts it records together with the decision. */
export interface ChoiceRow {
  choice: string;
  label: string;
  effects: ({ type: string; after: string[] } & Record<string, unknown>)[];
}

export interface OpenException extends ExceptionRow {
  choices: ChoiceRow[];
  /** Every decision made on it so far, whatever it was made on. */
  earlier_decisions: string[];
}

export interface ExceptionCounts {
  counts: Record<string, number>;
  open: number;
  within_tolerance: number;
}

export interface ExceptionList extends ExceptionCounts {
  exceptions: OpenException[];
  left_out: number;
}

export interface ExceptionFilter {
  site?: string;
  kind?: string;
  hours?: string;
  decided?: boolean;
}

export interface ToleranceRow {
  item: string | null;
  place: string | null;
  percent: string | null;
  /** Smallest units. */
  quantity: string | null;
}

export interface EnrolmentCode {
  code: string;
  expires_at: number;
  link: string;
  qr_svg: string;
}

export interface StockRow {
  place: string;
  place_name: string;
  place_type: string;
  state: "on_hand" | "in_transit" | "in_process" | "outside";
  item: string;
  item_name: string;
  batch: string;
  owner: string;
  status: string;
  /** Smallest units as a decimal string; `shown` is for people. */
  quantity: string;
  shown: string;
  unit_of_measure: string;
  is_below_zero: boolean;
}

export interface BatchAnswer {
  batch: string;
  batch_number: string;
  lots: { item: string; item_name: string; batch: string; is_held: boolean; hold_heads: string[] }[];
  stock: StockRow[];
  units: UnitRow[];
}

export interface LotAnswer {
  item: string;
  batch: string;
  supplier_lots: string[];
  stock: StockRow[];
  units: UnitRow[];
}

export interface SetupForm {
  token: string;
  company: { code: string; name: string };
  site: { code: string; name: string; type: string };
  person: { name: string; login: string; password: string; pin: string };
}

export interface NewPerson {
  name: string;
  role: string;
  site: string;
  pin: string | null;
  login: string | null;
  password: string | null;
}

/** What a supplier's own code means, with the example it was taught by and the lot in that. */
export interface SupplierCode {
  supplier_code: number;
  beginning: string;
  length: number;
  item: string;
  lot_from: number;
  lot_to: number;
  example: string;
  lot: string;
}

/** A run with its batch's number as the papers have it. */
export interface OfficeRun extends RunRow {
  batch_number: string;
}

export interface PrinterRow {
  printer: string;
  name: string;
  site: string;
  kind: "network" | "folder";
  host: string | null;
  port: number | null;
  format: string;
  stock: string;
  dpi: number;
}

export interface NewPrinter {
  code: string;
  name: string;
  site: string;
  kind: string;
  host: string | null;
  port: number;
  format: string;
  stock: string;
  dpi: number;
  /** How far it prints off (mm): to the right, and down. */
  offset_x_mm: number;
  offset_y_mm: number;
}

/** What the labels of a roll are for. */
export type RollKind = "unit" | "pallet";

/** A roll of labels that were printed before their units were there. */
export interface Roll {
  kind: RollKind;
  site: string;
  at: number;
  person: string | null;
  first: string;
  last: string;
  count: number;
  issued: number;
  used: number;
  spoiled: number;
  returned: number;
  open: number;
}

/** Labels for what is no material. */
export type SignKind = "location" | "operator" | "command" | "scanner";

/** What labels can be printed on. */
export interface LabelStock {
  stock: string;
  title: string;
  /** Null: a roll. */
  per_sheet: number | null;
}

/** On what a file of labels is laid out: the first free place of a started sheet counts from 1. */
export interface OnStock {
  stock: string;
  first_position: number;
}

export type PrintWord = "came_out" | "did_not_come_out" | "send_again" | "withdraw";

export interface PrintJob {
  job: string;
  /** Null: handed out as a file. */
  printer: string | null;
  site: string;
  person: string | null;
  device: string | null;
  asked_at: number;
  reason: string;
  /** `sent`: the printer may have printed it, and nobody has looked yet. */
  state: "queued" | "sending" | "sent" | "confirmed" | "failed";
  sentence: string;
  /** What may be said of it now. */
  may: PrintWord[];
  labels: { unit: string | null; item: string; batch: string; copy: number; is_missing: boolean }[];
}

export type LabelFate = "used" | "spoiled" | "returned" | "open" | "missing" | "not_printed";

/** The print ledger of a batch. */
export interface LabelLedger {
  batch: string;
  sums: { item: string; issued: number; used: number; spoiled: number; returned: number; open: number }[];
  labels: {
    unit: string | null;
    item: string;
    copy: number;
    fate: LabelFate;
    person: string | null;
    device: string | null;
    at: number;
    reason: string;
  }[];
}

/** What is to be printed. */
export type Printable = ({ units: string[] } | { item: string; batch: string }) & {
  /** None: the usual label. */
  kind?: string;
  stated?: { report_number?: string };
};

export type StockFilter = Partial<Record<"batch" | "item" | "place" | "owner" | "status" | "state", string>>;

const KEPT_AT = "batchspine.office";

interface Session {
  token: string;
  expires_at: number;
  person: OfficePerson | null;
}

export class Office {
  private readonly session = signal<Session | null>(null);

  constructor(
    private readonly world: World,
    private readonly tab: Pick<Storage, "getItem" | "setItem" | "removeItem"> = sessionStorage,
  ) {
    this.session.value = kept(tab.getItem(KEPT_AT), world.clocks().wall);
  }

  /** Whether somebody is signed in at this desk. */
  get isSignedIn(): boolean {
    return this.session.value !== null;
  }

  /** Who is signed in. */
  get person(): OfficePerson | null {
    return this.session.value?.person ?? null;
  }

  /** The session as a signal, for screens that change when it ends. */
  get changes(): ReadonlySignal<unknown> {
    return this.session;
  }

  async signIn(login: string, password: string): Promise<void> {
    this.keep((await this.ask("/session", { body: { login, password } })) as Session);
  }

  signOut(): void {
    this.session.value = null;
    this.tab.removeItem(KEPT_AT);
  }

  /** Take charge of an empty installation; whoever does is signed in. */
  async setup(form: SetupForm): Promise<void> {
    this.keep((await this.ask("/setup", { body: form })) as Session);
  }

  async installation(): Promise<Installation> {
    return (await this.ask("/installation")) as Installation;
  }

  async people(): Promise<OfficePerson[]> {
    return ((await this.ask("/people")) as { people: OfficePerson[] }).people;
  }

  async addPerson(person: NewPerson): Promise<OfficePerson> {
    return (await this.ask("/people", { body: person })) as OfficePerson;
  }

  async items(): Promise<ItemRow[]> {
    return ((await this.ask("/items")) as { items: ItemRow[] }).items;
  }

  async setGtin(item: string, gtin: string | null): Promise<ItemRow> {
    return (await this.ask(`/items/${encodeURIComponent(item)}/gtin`, { body: { gtin } })) as ItemRow;
  }

  async addItem(item: {
    code: string;
    name: string;
    unit_of_measure: string;
    per_unit: number;
    waits_for_quality: boolean;
    gtin: string | null;
  }): Promise<ItemRow> {
    return (await this.ask("/items", { body: item })) as ItemRow;
  }

  async places(): Promise<PlaceRow[]> {
    return ((await this.ask("/places")) as { places: PlaceRow[] }).places;
  }

  async addPlace(place: { code: string; name: string; type: string; site: string }): Promise<PlaceRow> {
    return (await this.ask("/places", { body: place })) as PlaceRow;
  }

  async transfers(): Promise<TransferRow[]> {
    return ((await this.ask("/transfers")) as { transfers: TransferRow[] }).transfers;
  }

  async addTransfer(transfer: { code: string; from_place: string; to_place: string }): Promise<TransferRow> {
    return (await this.ask("/transfers", { body: transfer })) as TransferRow;
  }

  async supplierCodes(): Promise<SupplierCode[]> {
    return ((await this.ask("/supplier-codes")) as { supplier_codes: SupplierCode[] }).supplier_codes;
  }

  async teachSupplierCode(lesson: { example: string; item: string; lot_from: number; lot_to: number }): Promise<SupplierCode> {
    return (await this.ask("/supplier-codes", { body: lesson })) as SupplierCode;
  }

  async forgetSupplierCode(supplierCode: number): Promise<void> {
    await this.ask(`/supplier-codes/${supplierCode}/removal`, { body: {} });
  }

  async runs(): Promise<OfficeRun[]> {
    return ((await this.ask("/runs")) as { runs: OfficeRun[] }).runs;
  }

  async addRun(run: { code: string; place: string; item: string; batch: string }): Promise<OfficeRun> {
    return (await this.ask("/runs", { body: run })) as OfficeRun;
  }

  async devices(): Promise<OfficeDevice[]> {
    return ((await this.ask("/devices")) as { devices: OfficeDevice[] }).devices;
  }

  /** Make a one-time code that turns one phone into a device of a site. */
  async beginEnrolment(site: string, isDesk = false): Promise<EnrolmentCode> {
    return (await this.ask("/devices/enrolments", { body: { site, is_desk: isDesk } })) as EnrolmentCode;
  }

  async exceptions({ site = "", kind = "", hours = "", decided = false }: ExceptionFilter): Promise<ExceptionList> {
    const named = Object.entries({ site, kind, hours, decided: decided ? "true" : "" });
    const query = new URLSearchParams(named.filter(([, text]) => text !== ""));
    return (await this.ask(`/exceptions?${query}`)) as ExceptionList;
  }

  async exception(id: string): Promise<OpenException> {
    return (await this.ask(`/exceptions/${encodeURIComponent(id)}`)) as OpenException;
  }

  async exceptionCounts(): Promise<ExceptionCounts> {
    return (await this.ask("/exceptions/count")) as ExceptionCounts;
  }

  async tolerances(): Promise<ToleranceRow[]> {
    return ((await this.ask("/tolerances")) as { tolerances: ToleranceRow[] }).tolerances;
  }

  async setTolerance(tolerance: ToleranceRow): Promise<void> {
    await this.ask("/tolerances", { body: tolerance });
  }

  async removeTolerance({ item, place }: Pick<ToleranceRow, "item" | "place">): Promise<void> {
    await this.ask("/tolerances/removals", { body: { item, place } });
  }

  async stock(filter: StockFilter = {}): Promise<StockRow[]> {
    const query = new URLSearchParams(Object.entries(filter).filter(([, text]) => text !== ""));
    return ((await this.ask(`/stock?${query}`)) as { rows: StockRow[] }).rows;
  }

  /** The photos of a batch's units, newest first. */
  async photos(batch: string): Promise<PhotoOf[]> {
    return ((await this.ask(`/photos?batch=${encodeURIComponent(batch)}`)) as { photos: PhotoOf[] }).photos;
  }

  /** One photo; throws Problem while its phone has not handed it in. */
  async photo(photo: string): Promise<Blob> {
    return this.guarded((asked) => callFile(this.world, `/photos/${photo}`, asked));
  }

  async batch(batch: string): Promise<BatchAnswer> {
    return (await this.ask(`/batches/${encodeURIComponent(batch)}`)) as BatchAnswer;
  }

  async lot(item: string, batch: string): Promise<LotAnswer> {
    return (await this.ask(`/lots/${encodeURIComponent(item)}/${encodeURIComponent(batch)}`)) as LotAnswer;
  }

  async unit(unit: string): Promise<UnitRow> {
    return (await this.ask(`/units/${encodeURIComponent(unit)}`)) as UnitRow;
  }

  async printers(): Promise<PrinterRow[]> {
    return ((await this.ask("/printers")) as { printers: PrinterRow[] }).printers;
  }

  async addPrinter(printer: NewPrinter): Promise<PrinterRow> {
    return (await this.ask("/printers", { body: printer })) as PrinterRow;
  }

  async removePrinter(code: string): Promise<void> {
    await this.guarded((asked) => callFile(this.world, "/printers/removals", { ...asked, body: { code } }));
  }

  async labelStocks(): Promise<LabelStock[]> {
    return ((await this.ask("/label-stocks")) as { stocks: LabelStock[] }).stocks;
  }

  /** Have a printer print edges and rulers; what came of it, in words. */
  async tryPrinter(code: string): Promise<{ state: PrintJob["state"]; sentence: string }> {
    return (await this.ask("/printers/test-pages", { body: { code } })) as Pick<PrintJob, "state" | "sentence">;
  }

  async printJobs(): Promise<PrintJob[]> {
    return ((await this.ask("/print-jobs")) as { jobs: PrintJob[] }).jobs;
  }

  /** Have labels printed; `job` is the caller's own id for it, so that asking twice is asking once. */
  async print(job: string, what: Printable, at: string | OnStock, reason: string): Promise<PrintJob> {
    const where = typeof at === "string" ? { printer: at } : { printer: null, ...at };
    return (await this.ask("/print-jobs", { body: { job, reason, ...where, ...what } })) as PrintJob;
  }

  /** The labels of a job that is for no printer. */
  async printedFile(job: string): Promise<Blob> {
    return this.guarded((asked) => callFile(this.world, `/print-jobs/${job}/file`, asked));
  }

  /** Labels of a site's places, badges of its people, labels of all commands, or the steps that set up a scanner. */
  async signFile(kind: SignKind, site: string, stock: string): Promise<Blob> {
    const query = new URLSearchParams({ kind, site, stock });
    return this.guarded((asked) => callFile(this.world, `/signs?${query.toString()}`, asked));
  }

  /** The same at a printer; what came of it, in words. */
  async printSigns(kind: SignKind, site: string, printer: string): Promise<Pick<PrintJob, "state" | "sentence">> {
    return (await this.ask("/signs", { body: { kind, site, printer } })) as Pick<PrintJob, "state" | "sentence">;
  }

  async rolls(): Promise<Roll[]> {
    return ((await this.ask("/rolls")) as { rolls: Roll[] }).rolls;
  }

  /** Have a roll printed; `job` as for `print`. */
  async printRoll(
    job: string,
    roll: Pick<Roll, "kind" | "count" | "site">,
    at: string | OnStock,
  ): Promise<PrintJob> {
    const where = typeof at === "string" ? { printer: at } : { printer: null, ...at };
    return (await this.ask("/rolls", { body: { job, ...where, ...roll } })) as PrintJob;
  }

  async labelLedger(batch: string): Promise<LabelLedger> {
    return (await this.ask(`/batches/${encodeURIComponent(batch)}/labels`)) as LabelLedger;
  }

  async sayOfPrint(job: string, word: PrintWord, missing: string[] = []): Promise<PrintJob> {
    return (await this.ask(`/print-jobs/${job}/words`, { body: { word, missing } })) as PrintJob;
  }

  private ask(path: string, asked: Asked = {}): Promise<unknown> {
    return this.guarded((signed) => callJson(this.world, path, { ...asked, ...signed }));
  }

  /** Hand in scans that a phone has saved as a file; the phone's own signature vouches for them. */
  async handInScans(file: Blob): Promise<HandedIn> {
    try {
      return await handInScanFile(this.world, await file.text());
    } catch (error) {
      throw asProblem(error);
    }
  }

  private async guarded<T>(call: (asked: Asked) => Promise<T>): Promise<T> {
    const token = this.session.value?.token;
    try {
      return await call(token === undefined ? {} : { token });
    } catch (error) {
      // A wrong password is answered 401 too, but then nobody was signed in.
      if (error instanceof CallFailed && error.status === 401 && token !== undefined) this.signOut();
      throw asProblem(error);
    }
  }

  private keep(session: Session): void {
    if (typeof session.token !== "string") throw new Problem("answer_unreadable");
    this.session.value = session;
    this.tab.setItem(KEPT_AT, JSON.stringify(session));
  }
}

function kept(text: string | null, wall: number): Session | null {
  if (text === null) return null;
  try {
    const session = JSON.parse(text) as Session;
    return session.expires_at > wall ? session : null;
  } catch {
    return null;
  }
}
