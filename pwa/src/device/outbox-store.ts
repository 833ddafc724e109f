/**
 * Where scans are kept until the end of time: one durable transaction per scan, and marks for what the server holds.
 *
 * A record reads the head of the chain, makes number, clock reading, id, text and hash, and puts event and head, all in
 * one transaction with nothing awaited from elsewhere; so two tabs can never give the same number, and several scans
 * are kept all or none. It resolves after the transaction is *complete* on the disk. Verdicts mark, a forgetful server
 * makes a scan unsent again, and only `letGo` takes one away: when server and backups hold it, after two weeks.
 */
import * as chain from "../core/chain";
import type { Link } from "../core/chain";
import * as clock from "../core/clock";
import type { Learned, Tick } from "../core/clock";
import { encode, unitsOf } from "../core/event";
import type { Author, EventBody, EventDraft } from "../core/event";
import { eventId, incarnation } from "../core/identifier";
import { counts, disposable, sameBases } from "../core/outbox";
import type { Ack, Assurance, Bases, Kept, PushAnswer } from "../core/outbox";
import { afterOf, blank, withOwnScans } from "../core/picture";
import type { OwnScan } from "../core/picture";
import type { ScanEntry } from "./copy-log";
import { isClosed, isStorageFull, kept } from "./database";
import type { EventRow, OutboxDatabase } from "./database";
import type { Judged, OwnScans } from "./own-scans";
import type { Printer, PrintWish } from "./phone";
import { NotSaved } from "./problem";
import type { World } from "./world";

/** The phone's identity as kept: what the enrolment answered. */
export interface Enrolled {
  device: string;
  device_code: string;
  name: string;
  site: string;
  certificate: string;
  company: string;
  is_demo: boolean;
  /** Not there: enrolled by an earlier release, which made no desks. */
  is_desk?: boolean;
}

/** The end of the current chain, the clock's last tick, and the ends of earlier incarnations. */
export interface Head extends Link {
  inc: string;
  at: Tick;
  earlier: { inc: string; seq: number; hash: string }[];
}

/** Wrong PINs of one person since the last right one; a new PIN from the office (another hash) starts anew. */
export interface Tries {
  hash: string;
  wrong: number;
}

/** Scans of one incarnation, by their numbers. */
export interface Gap {
  inc: string;
  first: number;
  last: number;
}

interface Meta {
  enrolled: Enrolled;
  keys: CryptoKeyPair;
  head: Head;
  serials: number;
  pallet_numbers: PalletNumbers;
  learned: Learned;
  print_wishes: readonly PrintWish[];
  /** The printers of this site, when they were last asked for. */
  printers: readonly Printer[];
  bases: Bases;
  /** The last scan of each incarnation that was let go: the base of the first one left. */
  let_go: Readonly<Record<string, Link>>;
  /** Scans of this phone that are gone for good, and nobody has said so yet. */
  lost: readonly Gap[];
  [tries: `tries:${string}`]: Tries;
}

/** Numbers for pallets (SSCC) that the server handed to this incarnation of the phone, to no other phone. */
export interface PalletNumbers {
  inc: string;
  /** What was asked for and not answered yet: asked again, it is the same block. */
  request: string | null;
  blocks: readonly PalletBlock[];
}

export interface PalletBlock {
  /** The company's prefix. */
  head: string;
  first: number;
  count: number;
  used: number;
}

/** Everything a record needs to know from outside the outbox. */
export interface Scene {
  author: Author;
  learned: Learned | null;
  /** The latest events on a unit that the books name. */
  bookHeads(unit: string): readonly string[];
}

type Rows = ReturnType<OutboxDatabase["events"]["toCollection"]>;

const CANARY = "batchspine.canary";
/** So many scans are let go in one transaction; the rest at the next answer. */
const LET_GO_MAX = 500;

export class OutboxStore {
  constructor(
    private database: OutboxDatabase,
    private readonly world: World,
    private readonly own: OwnScans,
    /** Frees space by throwing the replica away. */
    private readonly shed: () => Promise<void>,
  ) {}

  /** Keep scans, all or none; resolves when they are on the disk, throws NotSaved when they are not. */
  async record(drafts: readonly EventDraft[], scene: Scene): Promise<EventRow[]> {
    let first: string | null = null;
    const rows = await this.durably(() =>
      this.database.transaction("rw", this.database.events, this.database.meta, async () => {
        // An earlier try whose answer never came may have been completed after all.
        const done = first === null ? undefined : await this.database.events.get({ id: first });
        if (done !== undefined) return this.rowsFrom(done, drafts.length);
        const head = await this.head();
        const targets = await this.catchUp(head, drafts);
        const made = this.chained(head, drafts, targets, scene);
        first = made.rows[0]?.id ?? null;
        await Promise.all([this.database.events.bulkAdd(made.rows), this.database.meta.put(made.head, "head")]);
        return made.rows;
      }),
    );
    this.own.take(rows);
    return rows;
  }

  /** Take serial counters in the same durable way; a counter once given is never given again. */
  async takeSerials(count: number): Promise<number> {
    return this.durably(() =>
      this.database.transaction("rw", this.database.meta, async () => {
        const used = (await this.get("serials")) ?? 0;
        await this.database.meta.put(used + count, "serials");
        return used + 1;
      }),
    );
  }

  /** Take the number of a pallet, for good; null: none is left on this phone. */
  async takePalletNumber(): Promise<{ head: string; number: number } | null> {
    let taken: { head: string; number: number } | null = null;
    await this.changePalletNumbers((numbers) => {
      const [block, ...others] = numbers.blocks;
      taken = block === undefined ? null : { head: block.head, number: block.first + block.used };
      if (block === undefined) return numbers;
      const left = block.used + 1 < block.count ? [{ ...block, used: block.used + 1 }] : [];
      return { ...numbers, blocks: [...left, ...others] };
    });
    return taken;
  }

  /** Give the numbers for pallets that are left. */
  async palletNumbers(): Promise<PalletNumbers> {
    const { inc } = await this.head();
    const known = await this.get("pallet_numbers");
    return known?.inc === inc ? known : { inc, request: null, blocks: [] };
  }

  /** Change what is kept of pallet numbers, as durably as a scan; what an earlier incarnation had is not gone on with. */
  async changePalletNumbers(change: (numbers: PalletNumbers) => PalletNumbers): Promise<PalletNumbers> {
    return this.durably(() =>
      this.database.transaction("rw", this.database.meta, async () => {
        const changed = change(await this.palletNumbers());
        await this.database.meta.put(changed, "pallet_numbers");
        return changed;
      }),
    );
  }

  /** Change what is wanted of printers, as durably as a scan is kept; gives what is wanted now. */
  async changeWishes(change: (wishes: readonly PrintWish[]) => readonly PrintWish[]): Promise<readonly PrintWish[]> {
    return this.durably(() =>
      this.database.transaction("rw", this.database.meta, async () => {
        const changed = change((await this.get("print_wishes")) ?? []);
        await this.database.meta.put(changed, "print_wishes");
        return changed;
      }),
    );
  }

  /** Remember who this phone is and begin its first chain, at once and for good. */
  async enrol(enrolled: Enrolled, keys: CryptoKeyPair): Promise<void> {
    const inc = incarnation(this.world.random);
    const head: Head = { inc, ...chain.origin(enrolled.device, inc), at: [0, 0], earlier: [] };
    await this.database.transaction("rw", this.database.meta, async () => {
      if ((await this.get("enrolled")) !== undefined) throw new Error("this phone is a device already");
      await this.database.meta.bulkPut([enrolled, keys, head], ["enrolled", "keys", "head"]);
    });
  }

  /** Go on under a new incarnation, if `old` is still the current one. Its scans stay as they are and are still sent. */
  async beginIncarnation(old: string): Promise<void> {
    await this.database.transaction("rw", this.database.meta, async () => {
      const head = await this.head();
      const enrolled = await this.get("enrolled");
      if (enrolled === undefined || head.inc !== old) return;
      const earlier = [...head.earlier, { inc: head.inc, seq: head.seq, hash: head.hash }];
      const inc = this.otherIncarnation(earlier);
      await this.database.meta.put({ inc, ...chain.origin(enrolled.device, inc), at: head.at, earlier }, "head");
    });
  }

  /** Give the end of the current chain. */
  async head(): Promise<Head> {
    const head = await this.get("head");
    if (head === undefined) throw new NotSaved("not_enrolled");
    return head;
  }

  /** Give up to `count` unsent scans, in order of incarnation and number. */
  async unsent(count: number): Promise<Kept[]> {
    const rows = await this.database.events.where({ unsent: 1 }).limit(count).toArray();
    return rows.map(asKept);
  }

  async unsentCount(): Promise<number> {
    return this.database.events.where({ unsent: 1 }).count();
  }

  /** Give the link before a scan: its base when it is sent. */
  async before({ inc, seq }: Kept, device: string): Promise<Link> {
    if (seq === 1) return chain.origin(device, inc);
    const { before } = (await this.database.events.get([inc, seq])) ?? {};
    if (before !== undefined) return { seq: seq - 1, hash: before };
    const previous = (await this.database.events.get([inc, seq - 1])) ?? (await this.get("let_go"))?.[inc];
    if (previous?.seq !== seq - 1) throw new Error(`no scan ${seq - 1} before ${seq}`);
    return { seq: previous.seq, hash: previous.hash };
  }

  /** Mark scans that are in the server's custody. */
  async mark(acks: ReadonlyMap<string, Ack>): Promise<void> {
    if (acks.size === 0) return;
    await this.database.events
      .where("id")
      .anyOf([...acks.keys()])
      .modify((row) => {
        row.ack = acks.get(row.id) ?? row.ack;
        delete row.unsent;
      });
  }

  /** Make every scan unsent again whose verdict the server's history no longer covers; tell how many. */
  async applyBases(bases: Bases): Promise<number> {
    const known = await this.get("bases");
    // Nearly always, and then no writer need be kept waiting.
    if (known !== undefined && sameBases(known, bases)) return 0;
    return this.database.transaction("rw", this.database.events, this.database.meta, async () => {
      await this.database.meta.put(bases, "bases");
      return this.reopen(this.database.events.toCollection(), (row) => row.ack !== null && !counts(row.ack, bases));
    });
  }

  /** Let go of scans that need not be kept any longer, by an answer whose bases were applied; tell how many. */
  async letGo(told: Assurance): Promise<number> {
    const head = await this.get("head");
    if (head === undefined || told.durable_pos === undefined) return 0;
    let count = 0;
    for (const { inc } of [...head.earlier, head]) {
      // One look at the oldest scan is nearly always all it takes.
      if ((await this.disposable(inc, told, 1)).length > 0) count += await this.letGoOf(inc, told);
    }
    return count;
  }

  private async letGoOf(inc: string, told: Assurance): Promise<number> {
    return this.database.transaction("rw", this.database.events, this.database.meta, async () => {
      const gone = await this.disposable(inc, told, LET_GO_MAX);
      const last = gone.at(-1);
      if (last === undefined) return 0;
      await this.database.letGo(gone);
      await this.put("let_go", { ...(await this.get("let_go")), [inc]: { seq: last.seq, hash: last.hash } });
      return gone.length;
    });
  }

  private async disposable(inc: string, told: Assurance, count: number): Promise<Kept[]> {
    const from = (await this.get("let_go"))?.[inc]?.seq ?? 0;
    const behind = this.database.events.where("[inc+seq]").between([inc, from + 1], [inc, Infinity]);
    return disposable((await behind.limit(count).toArray()).map(asKept), from, told);
  }

  /** Make scans unsent again that the server says it misses, each once: `asked` remembers which. */
  async applyMissing(inc: string, missing: PushAnswer["missing"], asked: Set<string>): Promise<void> {
    for (const [first, last] of missing) {
      const hole = this.database.events.where("[inc+seq]").between([inc, first], [inc, last], true, true);
      await this.reopen(hole, (row) => {
        if (row.ack === null || asked.has(row.id)) return false;
        asked.add(row.id);
        return true;
      });
    }
  }

  /** Give the newest scans, newest first. */
  async newest(count: number): Promise<EventRow[]> {
    return this.database.events.orderBy("id").reverse().limit(count).toArray();
  }

  async byId(id: string): Promise<EventRow | undefined> {
    return this.database.events.get({ id });
  }

  /** Find the scan that names a photo; null: none does. Looks at all of them, so ask seldom. */
  async naming(photo: string): Promise<string | null> {
    return (await this.database.events.filter(({ body }) => body.includes(photo)).first())?.id ?? null;
  }

  /** Tell in one look who this phone is, how much is unsent, and the newest scans; `own` is brought up to date too. */
  async state(judged: Judged, count: number) {
    this.own.settle(judged);
    const { events, meta } = this.database;
    return this.database.transaction("r", events, meta, async () => {
      const head = await this.get("head");
      if (head !== undefined) await this.catchUp(head, []);
      return {
        head,
        enrolled: await this.get("enrolled"),
        unsent: await this.unsentCount(),
        rows: await this.newest(count),
      };
    });
  }

  async get<Key extends keyof Meta>(key: Key): Promise<Meta[Key] | undefined> {
    return (await this.database.meta.get(key)) as Meta[Key] | undefined;
  }

  async put<Key extends Exclude<keyof Meta, "head" | "serials" | "pallet_numbers" | "print_wishes">>(key: Key, value: Meta[Key]): Promise<void> {
    await this.database.meta.put(value, key);
  }

  /** Leave a sign outside IndexedDB that this phone holds scans. Best effort: it only helps to notice a loss. */
  leaveCanary({ inc, seq }: Head, unsent: number): void {
    try {
      this.world.canaries.setItem(kept(CANARY, this.world.role), JSON.stringify({ inc, seq, unsent }));
    } catch {
      // Storage that cannot even hold this line will say so at the next scan.
    }
  }

  /** Say whether the database is behind the sign left outside it: scans that were saved here are gone. */
  async isBehindCanary(): Promise<boolean> {
    return (await this.behindCanary()) !== null;
  }

  /** Give the scans that the sign left outside the database knows of and the database does not. */
  async behindCanary(): Promise<Gap | null> {
    const canary = this.canary();
    const head = await this.get("head");
    if (canary === null || (head !== undefined && canary.inc !== head.inc)) return null;
    return gapBehind(head?.seq ?? 0, canary);
  }

  /** Say whether this is a device's outbox; throws if the database cannot be read. */
  async isEnrolled(): Promise<boolean> {
    return (await this.get("enrolled")) !== undefined;
  }

  /** Leave a database that cannot be read as it is, and go on with another one. */
  setAside(next: OutboxDatabase): void {
    this.database.close();
    this.database = next;
  }

  /**
   * Fill an empty outbox from the second copy: all of it is unsent, and what is recorded from now on belongs to a new
   * incarnation, for numbers behind the copy may have been given. Tells whether the copy lacks scans that were saved.
   */
  async refill(enrolled: Enrolled, keys: CryptoKeyPair, scans: readonly ScanEntry[]): Promise<{ isShort: boolean }> {
    const canary = this.canary();
    const ends = new Map(scans.map(({ inc, seq, hash }) => [inc, { inc, seq, hash }]));
    const gap = canary === null ? null : gapBehind(ends.get(canary.inc)?.seq ?? 0, canary);
    // Announced to the server as what it was, so that the office hears what is missing.
    if (canary !== null && gap !== null) ends.set(canary.inc, { inc: canary.inc, seq: canary.seq, hash: "0".repeat(64) });
    const inc = this.otherIncarnation([...ends.values()]);
    const at = lastTick(scans, [0, 0]);
    const head: Head = { inc, ...chain.origin(enrolled.device, inc), at, earlier: [...ends.values()] };
    const firsts = new Map([...scans].reverse().map(({ inc: of, seq, before }) => [of, { seq: seq - 1, hash: before }]));
    await this.database.transaction("rw", this.database.events, this.database.meta, async () => {
      // Another tab was faster.
      if (await this.isEnrolled()) return;
      await this.database.events.bulkAdd(scans.map(rowOf));
      const known = [enrolled, keys, head, Object.fromEntries(firsts), gap === null ? [] : [gap]];
      await this.database.meta.bulkPut(known, ["enrolled", "keys", "head", "let_go", "lost"]);
    });
    return { isShort: gap !== null };
  }

  /** Take back from the second copy what lies behind the end of a database that was put back to an earlier state. */
  async takeBack(scans: readonly ScanEntry[]): Promise<void> {
    await this.database.transaction("rw", this.database.events, this.database.meta, async () => {
      const head = await this.head();
      const lost = scans.filter(({ inc, seq }) => inc === head.inc && seq > head.seq);
      const last = lost.at(-1);
      if (last === undefined) return;
      await this.database.events.bulkAdd(lost.map(rowOf));
      const at = lastTick(lost, head.at);
      await this.database.meta.put({ ...head, seq: last.seq, hash: last.hash, at }, "head");
    });
  }

  /** Draw an incarnation whose serials nobody can take for those of an earlier one: their tags are short. */
  private otherIncarnation(earlier: readonly { inc: string }[]): string {
    const tags = new Set(earlier.map(({ inc }) => chain.incarnationTag(inc)));
    let inc = incarnation(this.world.random);
    while (tags.has(chain.incarnationTag(inc))) inc = incarnation(this.world.random);
    return inc;
  }

  private canary(): { inc: string; seq: number } | null {
    return readCanary(this.world.canaries.getItem(kept(CANARY, this.world.role)));
  }

  private chained(head: Head, drafts: readonly EventDraft[], targets: ReadonlyMap<string, EventDraft>, scene: Scene) {
    const made: (OwnScan & { row: EventRow })[] = [];
    let end: Head = head;
    for (const asked of drafts) {
      const draft = asked.type === "decided" ? { ...asked, effects: sinceDecision(made) } : asked;
      const clocks = this.world.clocks();
      const reading = clock.read(end.at, clocks, scene.learned);
      const id = eventId(reading.at, this.world.random);
      const heads = (unit: string) => this.headsOf(unit, made, scene);
      const after = afterOf(draft, heads, draft.type === "voided" ? targets.get(draft.target) : undefined);
      const body = encode(draft, scene.author, reading, after);
      const { seq, hash } = chain.link(end, id, body);
      const row: EventRow = { inc: head.inc, seq, id, body, hash, made_at: clocks.wall, ack: null, unsent: 1 };
      made.push({ id, after, draft, row });
      end = { ...end, seq, hash, at: reading.at };
    }
    return { rows: made.map(({ row }) => row), head: end };
  }

  private headsOf(unit: string, made: readonly OwnScan[], { bookHeads }: Scene): readonly string[] {
    const now = made.filter(({ draft }) => unitsOf(draft).includes(unit));
    return withOwnScans({ ...blank(unit), heads: [...bookHeads(unit)] }, [...this.own.on(unit), ...now]).heads;
  }

  /** Take in scans of all incarnations that another tab made or an earlier start left; give what undos point at. */
  private async catchUp(head: Head, drafts: readonly EventDraft[]): Promise<Map<string, EventDraft>> {
    for (const { inc, seq } of [...head.earlier, head]) {
      if (seq <= this.own.last(inc)) continue;
      const rows = await this.database.events
        .where("[inc+seq]")
        .between([inc, this.own.last(inc) + 1], [inc, seq], true, true)
        .toArray();
      this.own.take(rows, await this.targetsOf(rows.map((row) => JSON.parse(row.body) as EventDraft)));
    }
    const targets = await this.targetsOf(drafts);
    return new Map(targets.map((row) => [row.id, JSON.parse(row.body) as EventDraft]));
  }

  private async targetsOf(drafts: readonly EventDraft[]): Promise<EventRow[]> {
    const ids = drafts.flatMap((draft) => (draft.type === "voided" ? [draft.target] : []));
    return ids.length === 0 ? [] : this.database.events.where("id").anyOf(ids).toArray();
  }

  private async rowsFrom(first: EventRow, count: number): Promise<EventRow[]> {
    const range = [
      [first.inc, first.seq],
      [first.inc, first.seq + count - 1],
    ] as const;
    return this.database.events.where("[inc+seq]").between(range[0], range[1], true, true).toArray();
  }

  private async reopen(rows: Rows, isForgotten: (row: EventRow) => boolean): Promise<number> {
    let count = 0;
    await rows.modify((row) => {
      if (!isForgotten(row)) return false;
      row.ack = null;
      row.unsent = 1;
      count += 1;
      return true;
    });
    return count;
  }

  /** Do durable work; free space or open the database again and try once more; else say loudly that it failed. */
  private async durably<T>(work: () => PromiseLike<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      try {
        if (isStorageFull(error)) await this.shed();
        else if (isClosed(error)) await this.openAgain();
        else throw error;
        return await work();
      } catch (last) {
        if (last instanceof NotSaved) throw last;
        throw new NotSaved(isStorageFull(last) ? "storage_full" : "storage_failed", last);
      }
    }
  }

  private async openAgain(): Promise<void> {
    this.database.close({ disableAutoOpen: false });
    await this.database.open();
  }
}

function rowOf({ is: _, device: __, ...scan }: ScanEntry): EventRow {
  return { ...scan, ack: null, unsent: 1 };
}

/** Give the latest reading of the phone's clock among these scans and one that is known. */
function lastTick(scans: readonly ScanEntry[], known: Tick): Tick {
  return scans.map(({ body }) => (JSON.parse(body) as EventBody).clock.at).reduce(later, known);
}

function later(one: Tick, other: Tick): Tick {
  return one[0] > other[0] || (one[0] === other[0] && one[1] >= other[1]) ? one : other;
}

/** So many scans one word can give up for lost; the server reads no more of it. */
const LOST_MAX = 10_000;

/** Name the scans behind `seq`, up to the last that was made. What was let go or sent of them, the server holds. */
function gapBehind(seq: number, made: { inc: string; seq: number }): Gap | null {
  if (made.seq <= seq) return null;
  return { inc: made.inc, first: Math.max(seq + 1, made.seq - LOST_MAX + 1), last: made.seq };
}

function readCanary(text: string | null): { inc: string; seq: number } | null {
  try {
    return text === null ? null : (JSON.parse(text) as { inc: string; seq: number });
  } catch {
    return null;
  }
}

/** Name what was recorded in one go since the last decision: a decision names the facts it leads to. */
function sinceDecision(made: readonly OwnScan[]): string[] {
  const last = made.findLastIndex(({ draft }) => draft.type === "decided");
  return made.slice(last + 1).map(({ id }) => id);
}

/** Give a row as the pure outbox sees it. */
export function asKept(row: EventRow): Kept {
  const { inc, seq, id, body, hash, made_at, ack } = row;
  return { inc, seq, id, body, hash, madeAt: made_at, ack };
}
