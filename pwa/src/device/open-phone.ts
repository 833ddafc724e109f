/** Puts the phone together: databases, own scans, books, the loop to the server, and the signals screens watch. */
import { incarnationTag } from "../core/chain";
import { isDraft, unitsOf } from "../core/event";
import type { Author, EventDraft } from "../core/event";
import { incarnation } from "../core/identifier";
import { mintSerial, parse } from "../scan/grammar";
import type { Source } from "../scan/grammar";
import { splitSignature, type Signed } from "../scan/label-signature";
import { goodsOn } from "./supplier-goods";
import { CallFailed } from "./call";
import { kept } from "./database";
import { DeviceSession } from "./device-session";
import { askEnrolment, persists, runChecks } from "./enrolment";
import { makeKeys } from "./keys";
import { judgeSignature } from "./label-signature";
import { batchNumbered, itemOf, look, unitOf } from "./look";
import { Noticeboard } from "./noticeboard";
import { OutboxStore, asKept } from "./outbox-store";
import type { Scene } from "./outbox-store";
import { OwnScans } from "./own-scans";
import type {
  Draft,
  Found,
  Item,
  Lending,
  Person,
  Phone,
  Place,
  Printer,
  PrintWish,
  PrintWord,
  Recorded,
  Run,
  SupplierGoods,
  Transfer,
  Unit,
} from "./phone";
import { PalletNumberStore } from "./pallet-numbers";
import { PhotoStore } from "./photos";
import { PrintQueue } from "./print-queue";
import { NotSaved, Problem } from "./problem";
import { Replica } from "./replica";
import { Rescue, outboxOf } from "./rescue";
import { RightOfWay } from "./right-of-way";
import { SecondCopy } from "./second-copy";
import { writeScanFile } from "./scan-file";
import { LEASE_MS, checkAnswer, checkPin, personOf } from "./sign-in";
import { AFTER_SCAN_MS, SyncLoop } from "./sync-loop";
import { answerTo } from "./telephone";
import type { Caller } from "./sync-loop";
import { browserWorld } from "./world";
import type { World } from "./world";

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
  private readonly own = new OwnScans();
  private readonly way: RightOfWay;
  private readonly replica: Replica;
  private readonly outbox: OutboxStore;
  private readonly copy: SecondCopy;
  private readonly rescue: Rescue;
  private readonly board: Noticeboard;
  private readonly loop: SyncLoop;
  private readonly session: DeviceSession;
  private readonly prints: PrintQueue;
  private readonly pallets: PalletNumberStore;
  private readonly photos: PhotoStore;
  private readonly tabs: BroadcastChannel;
  /** Which print of its label was scanned last, by unit, until something is recorded of it. */
  private readonly labelCopies = new Map<string, number>();
  /** Photos by the unit they are of, until something is recorded of it. */
  private readonly photosOf = new Map<string, string[]>();
  private caller: Caller | null = null;

  readonly enrolled: Phone["enrolled"];
  readonly storageLost: Phone["storageLost"];
  readonly rescued: Phone["rescued"];
  readonly person: Phone["person"];
  readonly unsent: Phone["unsent"];
  readonly dataAt: Phone["dataAt"];
  readonly connection: Phone["connection"];
  readonly scans: Phone["scans"];
  readonly notSaved: Phone["notSaved"];
  readonly exceptions: Phone["exceptions"];
  readonly printWishes: Phone["printWishes"];
  readonly printers: Phone["printers"];

  constructor(private readonly world: World) {
    this.tabs = new BroadcastChannel(kept(CHANNEL, world.role));
    this.replica = new Replica(world);
    this.outbox = new OutboxStore(outboxOf(world), world, this.own, () => this.replica.drop());
    this.way = new RightOfWay(world);
    this.copy = new SecondCopy(world, this.outbox, this.way);
    this.rescue = new Rescue(world, this.outbox, this.copy);
    this.board = new Noticeboard(world, this.outbox, this.replica, this.way);
    this.loop = new SyncLoop(world, this.outbox, this.replica, this.way, {
      connected: (connection) => {
        this.connection.value = connection;
        if (connection.state === "online") void this.prints.flush();
      },
      changed: () => {
        this.tellAll();
        void this.photos.flush().catch(console.warn);
        void this.layIn().catch(console.warn);
      },
      heard: (wall) => (this.dataAt.value = wall),
    });
    this.session = new DeviceSession(world, this.outbox, this.loop);
    this.prints = new PrintQueue(world, this.outbox, {
      ask: (path, body) => this.asked(path, body),
      changed: () => this.tabs.postMessage("printed"),
    });
    this.pallets = new PalletNumberStore(world, this.outbox, (path, body) => this.asked(path, body));
    this.photos = new PhotoStore(world, this.outbox, (path, body) => this.asked(path, body));
    this.printWishes = this.prints.wishes;
    this.printers = this.prints.printers;
    ({
      enrolled: this.enrolled,
      storageLost: this.storageLost,
      rescued: this.rescued,
      person: this.person,
      unsent: this.unsent,
      dataAt: this.dataAt,
      connection: this.connection,
      scans: this.scans,
      notSaved: this.notSaved,
      exceptions: this.exceptions,
    } = this.board);
  }

  async open(): Promise<void> {
    this.storageLost.value = await this.rescue.restore();
    this.tabs.onmessage = () => {
      void this.prints.open();
      this.replica.forget();
      this.board.refreshSoon();
      // Another tab may just have made this phone a device.
      void this.startCalling();
    };
    await this.board.refresh();
    await this.prints.open();
    await this.startCalling();
    void this.rescue.handIn((rescued) => (this.rescued.value = rescued));
  }

  // --- who this phone is, and who holds it

  checks() {
    return runChecks(this.world);
  }

  async enrol(code: string, name: string): Promise<void> {
    if (this.enrolled.value !== null) throw new Problem("already_enrolled");
    const unfit = (await this.checks()).find(({ ok, blocking }) => blocking && !ok);
    if (unfit !== undefined) throw new Problem(unfit.name);
    // Kept before it is shown to anybody: if the answer gets lost, the same key can ask again.
    const keys = (await this.outbox.get("keys")) ?? (await makeKeys());
    await this.outbox.put("keys", keys);
    const enrolled = await askEnrolment(this.world, code, name, keys);
    await this.outbox.enrol(enrolled, keys);
    await persists();
    this.storageLost.value = false;
    await this.board.refresh();
    await this.startCalling();
    await this.loop.now();
    await this.board.refresh();
  }

  async people(): Promise<Person[]> {
    const rows = await this.replica.all("person");
    const people = await Promise.all(rows.filter((row) => row.is_active).map((row) => personOf(this.outbox, row)));
    return people.sort((one, other) => one.name.localeCompare(other.name));
  }

  async confirm(person: string, pin: string): Promise<"ok" | "wrong" | "locked"> {
    return checkPin(this.outbox, await this.replica.one("person", person), pin);
  }

  async lendings(): Promise<Lending[]> {
    const lent = this.own.lendings(await this.replica.all("lending")).filter(({ until }) => until > this.now());
    return [...new Map(lent.map((one) => [one.event, one])).values()];
  }

  async answerTo(person: string, challenge: string): Promise<string | null> {
    const pin = (await this.replica.one("person", person))?.pin ?? null;
    return pin === null ? null : answerTo(challenge, pin);
  }

  async checkAnswer(person: string, challenge: string, answer: string): Promise<"ok" | "wrong" | "locked"> {
    return checkAnswer(this.outbox, await this.replica.one("person", person), challenge, answer);
  }

  now(): number {
    return this.world.clocks().wall + (this.loop.learned?.offset ?? 0);
  }

  today(): string {
    const now = new Date(this.now());
    const two = (part: number): string => part.toString().padStart(2, "0");
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  }

  async signIn(person: string, pin: string): Promise<"ok" | "wrong" | "locked"> {
    const row = await this.replica.one("person", person);
    const answer = await checkPin(this.outbox, row, pin);
    if (answer === "ok" && row !== null) {
      this.person.value = await personOf(this.outbox, row);
      await this.board.refresh();
      void this.tellLost().catch(console.warn);
    }
    return answer;
  }

  actAs(person: Person | null): void {
    this.person.value = person;
    this.board.refreshSoon();
    if (person !== null) void this.tellLost().catch(console.warn);
  }

  signOut(): void {
    this.person.value = null;
    this.photosOf.clear();
    this.board.refreshSoon();
  }

  // --- what the phone knows

  scanComing(): () => void {
    return this.way.take();
  }

  async look(text: string, source: Source): Promise<Found> {
    const origins = [this.world.origin, this.board.company?.public_url ?? ""].map((origin) => origin.toUpperCase());
    const year = Number(this.today().slice(0, 4));
    const signed = splitSignature(text.trim().toUpperCase());
    const verdict = signed === null ? null : await judgeSignature(bare(signed), this.board.company?.label_keys ?? {});
    if (verdict === "forged") return { kind: "refused", text, code: "label_forged", originIsOurs: null };
    const read = await look({ replica: this.replica, own: this.own, origins, year }, signed?.text ?? text, source);
    const found: Found = verdict === null ? read : { ...read, signature: verdict };
    // A label that can be read after all begins anew: a photo of a step that was given up is of something else.
    if (source !== "typed") this.photosOf.delete(found.unit?.unit ?? "");
    if (found.unit !== undefined && found.labelCopy !== undefined) {
      this.labelCopies.set(found.unit.unit, found.labelCopy);
    }
    return found;
  }

  async goodsOn(text: string): Promise<SupplierGoods | "wrong" | null> {
    return goodsOn(this.replica, text, Number(this.today().slice(0, 4)));
  }

  async batchNamed(text: string): Promise<string | null> {
    const typed = parse(text, "typed");
    return typed.kind === "bare" ? typed.text : batchNumbered(this.replica, text);
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
    const [rows, numbers] = await Promise.all([this.replica.all("run"), this.replica.all("batch_number")]);
    const numberOf = new Map(numbers.map(({ batch: lot, number }) => [lot, number]));
    return rows.map(({ run, place, item, batch: lot, is_open }) => {
      return { run, place, item, batch: lot, batchNumber: numberOf.get(lot) ?? lot, isOpen: is_open };
    });
  }

  async unitsHere(): Promise<Unit[]> {
    const places = (await this.replica.all("place")).filter(({ site }) => site === this.enrolled.value?.site);
    return this.unitsAt(places.map(({ place }) => `location:${place}`));
  }

  async unitsAt(places: readonly string[]): Promise<Unit[]> {
    const units = await this.unitsAround(places);
    return units.filter(({ place, isEnded }) => place !== null && places.includes(place) && !isEnded);
  }

  async contentsOf(unit: string): Promise<Unit[]> {
    // What is in a unit stands, in the books, where the unit stands.
    const place = (await this.replica.one("unit", unit))?.place ?? null;
    const units = await this.unitsAround(place === null ? [] : [place]);
    return units.filter(({ parent, isEnded }) => parent === unit && !isEnded);
  }

  /** Give the units that the books have at these places, and all with own scans waiting, by name. */
  private async unitsAround(places: readonly string[]): Promise<Unit[]> {
    const rows = new Map((await this.replica.unitsAt(places)).map((row) => [row.unit, row]));
    const waiting = await this.replica.many("unit", this.own.units());
    const names = new Set([...rows.keys(), ...this.own.units()]);
    const units = [...names].map((name) => unitOf(this.own, name, rows.get(name) ?? waiting.get(name) ?? null));
    const whereabouts = new Map(units.map(({ unit, place }) => [unit, place]));
    // What stands in a larger unit goes where that goes.
    return units
      .map((unit) => (unit.parent === null ? unit : { ...unit, place: whereabouts.get(unit.parent) ?? unit.place }))
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

  async addPhoto(unit: string, photo: Blob): Promise<void> {
    const hash = await this.photos.keep(await photo.arrayBuffer());
    this.photosOf.set(unit, [...(this.photosOf.get(unit) ?? []), hash]);
  }

  async mintPallet(): Promise<string> {
    const number = await this.pallets.take();
    if (number !== null) return number;
    const [serial = ""] = await this.mintSerials(1);
    return serial;
  }

  async record(drafts: Draft[]): Promise<Recorded[]> {
    try {
      const events = drafts.map(({ body }) => this.withPhotos(this.withLabelCopy(draftOf(body))));
      const scene = await this.scene(events);
      const start = performance.now();
      const rows = await this.outbox.record(events, scene);
      performance.measure("outbox_write", { start, end: performance.now() });
      this.board.recorded(rows);
      void this.bindPhotos(events, rows).catch(console.warn);
      if (this.caller !== null) this.copy.take(rows.map(asKept), this.caller);
      this.tabs.postMessage("changed");
      this.loop.nudge(AFTER_SCAN_MS);
      return rows.map(({ id, seq }) => ({ id, seq }));
    } catch (error) {
      const failed = error instanceof NotSaved ? error : new NotSaved("storage_failed", error);
      this.notSaved.value = failed.reason;
      throw failed;
    }
  }

  /** Say which photos were taken of what is scanned. */
  private withPhotos(draft: EventDraft): EventDraft {
    const [unit = ""] = unitsOf(draft);
    const photos = this.photosOf.get(unit);
    return photos === undefined ? draft : { ...draft, photos };
  }

  /** The scan is kept, and its photos are its own from now on. */
  private async bindPhotos(events: readonly EventDraft[], rows: readonly { id: string }[]): Promise<void> {
    for (const [at, draft] of events.entries()) {
      if (draft.photos === undefined) continue;
      this.photosOf.delete(unitsOf(draft)[0] ?? "");
      await this.photos.bind(draft.photos, rows[at]?.id ?? "");
    }
  }

  /** Say which print of its label was scanned, if it was, since the last scan of that unit. */
  private withLabelCopy(draft: EventDraft): EventDraft {
    const [unit] = draft.type === "label_voided" ? [] : unitsOf(draft);
    const copy = unit === undefined ? undefined : this.labelCopies.get(unit);
    if (unit === undefined || copy === undefined) return draft;
    this.labelCopies.delete(unit);
    return { ...draft, label_copy: copy };
  }

  async undo(id: string): Promise<Recorded> {
    await this.board.refresh();
    const row = this.scans.value.find((scan) => scan.id === id);
    if (row === undefined || row.state === "undone" || row.type === "voided") {
      throw new Problem("undo_not_possible");
    }
    const [recorded] = await this.record([{ body: { type: "voided", target: id } }]);
    if (recorded === undefined) throw new NotSaved("storage_failed");
    return recorded;
  }

  syncNow(): void {
    this.loop.nudge();
  }

  async scanFile(): Promise<Blob | null> {
    if (this.caller === null) throw new Problem("not_enrolled");
    const text = await writeScanFile(this.outbox, this.caller);
    return text === null ? null : new Blob([text], { type: "application/json" });
  }

  // --- what is printed

  async labels(job: string, units: string[], reason = ""): Promise<Blob> {
    if (this.caller === null) throw new Problem("not_enrolled");
    const wish = { ...this.wish(null, units, reason), job };
    const { job: answer, pdf } = await this.session.labels(this.caller, { job, units, reason, actor: wish.actor });
    await this.prints.take(wish, answer);
    return pdf;
  }

  async findPrinters(): Promise<void> {
    await this.prints.findPrinters();
  }

  async print(printer: Printer, units: string[], reason = ""): Promise<void> {
    await this.prints.add(this.wish(printer, units, reason));
  }

  async printAgain(job: string, reason: string): Promise<void> {
    const old = this.prints.known(job);
    if (old?.printer == null) return;
    const wish = this.wish({ printer: old.printer, name: old.name }, old.units, reason);
    await this.prints.add(wish, job);
  }

  async sayOfPrint(job: string, word: PrintWord | "spoiled"): Promise<void> {
    const wish = this.prints.known(job);
    if (wish === undefined) return;
    if (word === "spoiled" && wish.state === "sent") {
      const fate = "spoiled";
      await this.record(wish.copies.map(({ unit, copy }) => ({ body: { type: "label_voided", unit, copy, fate } })));
    }
    await this.prints.say(job, word);
  }

  async dropPrint(job: string): Promise<void> {
    await this.prints.drop(job);
  }

  private wish(printer: Printer | null, units: string[], reason: string): PrintWish {
    const job = incarnation(this.world.random);
    const actor = this.person.value?.person ?? null;
    const asked = { job, printer: printer?.printer ?? null, name: printer?.name ?? "", units, reason, actor };
    return { ...asked, state: "waiting", tried: null, copies: [], word: null, maySendAgain: false, line: null };
  }

  // --- inside

  private async startCalling(): Promise<void> {
    if (this.caller !== null) return;
    const enrolled = await this.outbox.get("enrolled");
    const keys = await this.outbox.get("keys");
    if (enrolled === undefined || keys === undefined || this.caller !== null) return;
    this.caller = { enrolled, keys };
    void this.rescue.prepare(this.caller);
    this.loop.start(this.caller, (await this.outbox.get("learned")) ?? null);
    this.world.onWake(() => this.loop.nudge());
  }

  /** With the server at hand, take in what will be needed without it. */
  private async layIn(): Promise<void> {
    // Nobody packs at a desk.
    if (this.world.role === "desk") return;
    const [company] = await this.replica.all("company");
    await this.pallets.layIn(company?.gs1_prefix ?? null);
  }

  private asked(path: string, body?: unknown): Promise<unknown> {
    if (this.caller === null) return Promise.reject(new CallFailed("offline", "not_enrolled"));
    return this.session.ask(this.caller, path, body);
  }

  private async scene(drafts: readonly EventDraft[]): Promise<Scene> {
    if (this.enrolled.value === null) throw new NotSaved("not_enrolled");
    const person = this.person.value;
    if (person === null) throw new NotSaved("not_signed_in");
    const units = [...new Set((await Promise.all(drafts.map((draft) => this.actedOn(draft)))).flat())];
    const books = await this.inTime(this.replica.picture(units), { cursor: null, heard: null, units: new Map() });
    const author: Author = {
      actor: person.person,
      grant: person.grant,
      site: this.enrolled.value.site,
      basis: books.cursor === null ? null : [books.cursor.epoch, books.cursor.pos],
      picture_at: books.heard?.server ?? null,
      for_review: this.isLeaseOver(books.heard?.server ?? null),
    };
    return { author, learned: this.loop.learned, bookHeads: (unit) => books.units.get(unit)?.heads ?? [] };
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

  /** Say which scans are gone for good, once; it takes somebody to say it. What comes after all makes it void. */
  private async tellLost(): Promise<void> {
    const gaps = (await this.outbox.get("lost")) ?? [];
    if (gaps.length === 0) return;
    await this.record(gaps.map((gap) => ({ body: { type: "lost", ...gap } })));
    await this.outbox.put("lost", []);
  }

  private tellAll(): void {
    this.tabs.postMessage("changed");
    this.board.refreshSoon();
  }
}

function draftOf(body: Draft["body"]): EventDraft {
  if (!isDraft(body)) throw new NotSaved("not_an_event");
  return body;
}

/** A scanner may say in front what kind of symbol it was; that was never signed. */
function bare(signed: Signed): Signed {
  return { ...signed, text: signed.text.replace(/^\][A-Z][0-9]/, "") };
}
