/** Puts the phone together: databases, own scans, books, the loop to the server, and the signals screens watch. */
import { batch, signal } from "@preact/signals";
import { incarnationTag } from "../core/chain";
import { isDraft, unitsOf } from "../core/event";
import type { Author, EventDraft } from "../core/event";
import { mintSerial } from "../scan/grammar";
import type { Source } from "../scan/grammar";
import { OutboxDatabase } from "./database";
import { DeviceSession } from "./device-session";
import { askEnrolment, persists, runChecks } from "./enrolment";
import { makeKeys } from "./keys";
import { itemOf, look, unitOf } from "./look";
import { changesInMs, scanRows } from "./my-scans";
import { OutboxStore } from "./outbox-store";
import type { Enrolled, Scene } from "./outbox-store";
import { OwnScans } from "./own-scans";
import type { Connection, Draft, Found, Identity, Item, Person, Phone, Place, Recorded, Run, ScanRow, Transfer, Unit } from "./phone";
import { NotSaved, Problem } from "./problem";
import { Replica } from "./replica";
import { LEASE_MS, checkPin, personOf } from "./sign-in";
import { AFTER_SCAN_MS, SyncLoop } from "./sync-loop";
import type { Caller } from "./sync-loop";
import { browserWorld } from "./world";
import type { World } from "./world";

const SCANS_SHOWN = 100;
/** A scan waits no longer than this for what the books know of its unit. */
const BOOKS_WAIT_MS = 500;
const CHANNEL = "batchspine";

/** Open this phone: its databases, its keys and its loop to the server. */
export async function openPhone(world: World = browserWorld()): Promise<Phone> {
  const phone = new OpenPhone(world);
  await phone.open();
  return phone;
}

class OpenPhone implements Phone {
  readonly enrolled = signal<Identity | null>(null);
  readonly storageLost = signal(false);
  readonly person = signal<Person | null>(null);
  readonly unsent = signal(0);
  readonly dataAt = signal<number | null>(null);
  readonly connection = signal<Connection>({ state: "offline", code: null, lastSuccessAt: null, lastFailureAt: null });
  readonly scans = signal<ScanRow[]>([]);
  readonly notSaved = signal<string | null>(null);

  private readonly own = new OwnScans();
  private readonly replica: Replica;
  private readonly outbox: OutboxStore;
  private readonly loop: SyncLoop;
  private readonly session: DeviceSession;
  private readonly tabs = new BroadcastChannel(CHANNEL);
  private caller: Caller | null = null;
  private refreshing: Promise<void> | null = null;
  private isStale = false;
  private ageing: number | null = null;

  constructor(private readonly world: World) {
    this.replica = new Replica(world);
    this.outbox = new OutboxStore(new OutboxDatabase(world), world, this.own, () => this.replica.drop());
    this.loop = new SyncLoop(world, this.outbox, this.replica, {
      connected: (connection) => (this.connection.value = connection),
      changed: () => this.tellAll(),
      heard: (wall) => (this.dataAt.value = wall),
    });
    this.session = new DeviceSession(world, this.outbox, this.loop);
  }

  async open(): Promise<void> {
    this.tabs.onmessage = () => void this.refresh();
    this.storageLost.value = await this.outbox.isBehindCanary();
    if (this.storageLost.value) await this.goOnAfterLoss();
    await this.refresh();
    await this.startCalling();
  }

  // --- who this phone is, and who holds it

  checks() {
    return runChecks(this.world);
  }

  async enrol(code: string, name: string): Promise<void> {
    if (this.enrolled.value !== null) throw new Problem("already_enrolled", "This phone is set up already.");
    const unfit = (await this.checks()).find(({ ok, blocking }) => blocking && !ok);
    if (unfit !== undefined) throw new Problem(unfit.name, unfit.cure);
    // Kept before it is shown to anybody: if the answer gets lost, the same key can ask again.
    const keys = (await this.outbox.get("keys")) ?? (await makeKeys());
    await this.outbox.put("keys", keys);
    const enrolled = await askEnrolment(this.world, code, name, keys);
    await this.outbox.enrol(enrolled, keys);
    await this.outbox.leaveCanary();
    await persists();
    this.storageLost.value = false;
    await this.refresh();
    await this.startCalling();
    await this.loop.now();
    await this.refresh();
  }

  async people(): Promise<Person[]> {
    const rows = await this.replica.all("person");
    const people = await Promise.all(rows.filter((row) => row.is_active).map((row) => personOf(this.outbox, row)));
    return people.sort((one, other) => one.name.localeCompare(other.name));
  }

  async signIn(person: string, pin: string): Promise<"ok" | "wrong" | "locked"> {
    const row = await this.replica.one("person", person);
    const answer = await checkPin(this.outbox, row, pin);
    if (answer === "ok" && row !== null) {
      this.person.value = await personOf(this.outbox, row);
      await this.refresh();
    }
    return answer;
  }

  signOut(): void {
    this.person.value = null;
    void this.refresh();
  }

  // --- what the phone knows

  async look(text: string, source: Source): Promise<Found> {
    await this.catchUp();
    const [company] = await this.replica.all("company");
    const origins = [this.world.origin, company?.public_url ?? ""].filter((origin) => origin !== "");
    return look({ replica: this.replica, own: this.own, origins: origins.map((origin) => origin.toUpperCase()) }, text, source);
  }

  async items(): Promise<Item[]> {
    return (await this.replica.all("item")).map(itemOf);
  }

  async places(): Promise<Place[]> {
    return this.replica.all("place");
  }

  async transfers(): Promise<Transfer[]> {
    const rows = await this.replica.all("transfer");
    return rows.map(({ transfer, from_place, to_place, is_open }) => ({
      transfer,
      fromPlace: from_place,
      toPlace: to_place,
      isOpen: is_open,
    }));
  }

  async runs(): Promise<Run[]> {
    const rows = await this.replica.all("run");
    return rows.map(({ run, place, item, batch: lot, is_open }) => ({ run, place, item, batch: lot, isOpen: is_open }));
  }

  async unitsHere(): Promise<Unit[]> {
    await this.catchUp();
    const places = (await this.replica.all("place")).filter(({ site }) => site === this.enrolled.value?.site);
    const here = new Set(places.map(({ place }) => `location:${place}`));
    const rows = new Map((await this.replica.unitsAt([...here])).map((row) => [row.unit, row]));
    const waiting = await this.replica.many("unit", this.own.units());
    const names = new Set([...rows.keys(), ...this.own.units()]);
    const units = [...names].map((name) => unitOf(this.own, name, rows.get(name) ?? waiting.get(name) ?? null));
    return units
      .filter(({ place, isEnded }) => place !== null && here.has(place) && !isEnded)
      .sort((one, other) => one.unit.localeCompare(other.unit));
  }

  async company(): Promise<{ code: string; name: string } | null> {
    const [company] = await this.replica.all("company");
    return company === undefined ? null : { code: company.code, name: company.name };
  }

  // --- what is recorded

  async mintSerials(count: number): Promise<string[]> {
    const identity = this.enrolled.value;
    if (identity === null) throw new NotSaved("not_enrolled");
    const first = await this.outbox.takeSerials(count);
    const tag = incarnationTag(identity.inc);
    return Array.from({ length: count }, (_, n) => mintSerial(identity.deviceCode, tag, first + n));
  }

  async record(drafts: Draft[]): Promise<Recorded[]> {
    try {
      const events = drafts.map(({ body }) => draftOf(body));
      const scene = await this.scene(events);
      const start = performance.now();
      const rows = await this.outbox.record(events, scene);
      performance.measure("outbox_write", { start, end: performance.now() });
      this.afterRecord();
      return rows.map(({ id, seq }) => ({ id, seq }));
    } catch (error) {
      const failed = error instanceof NotSaved ? error : new NotSaved("storage_failed", error);
      this.notSaved.value = failed.reason;
      throw failed;
    }
  }

  async undo(id: string): Promise<Recorded> {
    await this.refresh();
    const row = this.scans.value.find((scan) => scan.id === id);
    if (row === undefined || row.state === "undone" || row.type === "voided") {
      throw new Problem("undo_not_possible", "This scan cannot be taken back here. Tell the office what happened.");
    }
    const [recorded] = await this.record([{ body: { type: "voided", target: id } }]);
    if (recorded === undefined) throw new NotSaved("storage_failed");
    return recorded;
  }

  syncNow(): void {
    this.loop.nudge();
  }

  async labels(units: string[]): Promise<Blob> {
    if (this.caller === null) throw new Problem("not_enrolled", "This phone is not set up yet.");
    return this.session.labels(this.caller, units);
  }

  // --- inside

  private async goOnAfterLoss(): Promise<void> {
    const head = await this.outbox.get("head");
    // An older copy of the database would give numbers a second time: it goes on under a new incarnation.
    if (head !== undefined) await this.outbox.beginIncarnation(head.inc);
  }

  private async startCalling(): Promise<void> {
    const enrolled = await this.outbox.get("enrolled");
    const keys = await this.outbox.get("keys");
    if (enrolled === undefined || keys === undefined || this.caller !== null) return;
    this.caller = { enrolled, keys };
    this.loop.start(this.caller, (await this.outbox.get("learned")) ?? null);
    this.world.onWake(() => this.loop.nudge());
  }

  private async scene(drafts: readonly EventDraft[]): Promise<Scene> {
    if (this.enrolled.value === null) throw new NotSaved("not_enrolled");
    const person = this.person.value;
    if (person === null) throw new NotSaved("not_signed_in");
    const units = [...new Set((await Promise.all(drafts.map((draft) => this.actedOn(draft)))).flat())];
    const books = await this.inTime(this.knownBooks(units), { cursor: null, heard: null, rows: new Map() });
    const author: Author = {
      actor: person.person,
      grant: person.grant,
      site: this.enrolled.value.site,
      basis: books.cursor === null ? null : [books.cursor.epoch, books.cursor.pos],
      for_review: this.isLeaseOver(books.heard?.server ?? null),
    };
    return { author, learned: this.loop.learned, bookHeads: (unit) => books.rows.get(unit)?.heads ?? [] };
  }

  private async knownBooks(units: readonly string[]) {
    const [cursor, heard, rows] = await Promise.all([
      this.replica.cursor(),
      this.replica.heard(),
      this.replica.many("unit", units),
    ]);
    return { cursor, heard, rows };
  }

  private async actedOn(draft: EventDraft): Promise<string[]> {
    if (draft.type !== "voided") return unitsOf(draft);
    const target = await this.outbox.byId(draft.target);
    return target === undefined ? [] : unitsOf(JSON.parse(target.body) as EventDraft);
  }

  /** Whether the server was not heard for so long that the sign-ins on this phone may be out of date. */
  private isLeaseOver(heardAt: number | null): boolean {
    const now = this.world.clocks().wall + (this.loop.learned?.offset ?? 0);
    return heardAt === null || now - heardAt > LEASE_MS;
  }

  private inTime<T>(wanted: Promise<T>, otherwise: T): Promise<T> {
    return new Promise((resolve) => {
      const timer = this.world.setTimer(() => resolve(otherwise), BOOKS_WAIT_MS);
      void wanted.then(resolve, () => resolve(otherwise)).finally(() => this.world.clearTimer(timer));
    });
  }

  private afterRecord(): void {
    this.loop.nudge(AFTER_SCAN_MS);
    this.tellAll();
    void this.outbox.leaveCanary();
  }

  private tellAll(): void {
    this.tabs.postMessage("changed");
    void this.refresh();
  }

  private async catchUp(): Promise<void> {
    await this.outbox.refreshOwn(await this.replica.judged());
  }

  /** Bring every signal up to date; calls that come meanwhile are answered by one more round. */
  private refresh(): Promise<void> {
    this.isStale = true;
    this.refreshing ??= this.refreshAll().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async refreshAll(): Promise<void> {
    while (this.isStale) {
      this.isStale = false;
      await this.refreshOnce();
    }
  }

  private async refreshOnce(): Promise<void> {
    const [enrolled, head, unsent, rows] = await Promise.all([
      this.outbox.get("enrolled"),
      this.outbox.get("head"),
      this.outbox.unsentCount(),
      this.outbox.newest(SCANS_SHOWN),
    ]);
    const [outcomes, judged, heard] = await Promise.all([
      this.replica.many("outcome", rows.map(({ id }) => id)),
      this.replica.judged(),
      this.replica.heard(),
    ]);
    const person = await this.currentPerson();
    const { wall } = this.world.clocks();
    const scans = scanRows(rows, { outcomes, judged, actor: person?.person ?? null, wall });
    batch(() => {
      if (enrolled !== undefined && head !== undefined) this.enrolled.value = identityOf(enrolled, head.inc);
      this.person.value = person;
      this.unsent.value = unsent;
      this.scans.value = scans;
      this.dataAt.value = heard?.wall ?? null;
    });
    this.ageLater(changesInMs(scans, wall));
  }

  /** The person signed in, with the rights the books give today; somebody switched off is signed out. */
  private async currentPerson(): Promise<Person | null> {
    const person = this.person.value;
    const row = person === null ? null : await this.replica.one("person", person.person);
    if (row === null) return person;
    return row.is_active ? personOf(this.outbox, row) : null;
  }

  /** Look at the list again when the next scan grows too old to be taken back. */
  private ageLater(ms: number | null): void {
    if (this.ageing !== null) this.world.clearTimer(this.ageing);
    this.ageing = ms === null ? null : this.world.setTimer(() => void this.refresh(), ms);
  }
}

function draftOf(body: Draft["body"]): EventDraft {
  if (!isDraft(body)) throw new NotSaved("not_an_event");
  return body;
}

function identityOf(enrolled: Enrolled, inc: string): Identity {
  const { device, device_code, name, site, company, is_demo } = enrolled;
  return { device, deviceCode: device_code, name, site, company, isDemo: is_demo, inc };
}
