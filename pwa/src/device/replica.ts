/**
 * The phone's copy of the books: what the server said, page by page, with the position it is good for.
 *
 * A page and the new position are written in one transaction, and a page that does not continue exactly where the copy
 * ends is not applied: continuity of positions is the check that nothing was skipped. The copy may be thrown away at
 * any time; only sight is lost, never a scan. What was read stays in memory until it changes: a scan must not read the
 * same few rows from the disk again.
 */
import type { Bookmark, Change, Cursor, PullAnswer, SnapshotAnswer } from "../core/wire";
import type { Books, CompanyRow, Kind, UnitRow } from "./books";
import { ReplicaDatabase, isClosed } from "./database";
import type { BookRow, Storage } from "./database";
import type { Judged } from "./own-scans";
import { Recollection } from "./recollection";

/** When the books were last heard from: by the phone's wall clock, and by the server's. */
export interface Heard {
  wall: number;
  server: number;
}

/** `gap`: the page does not join the copy, which was dropped; `stale`: another tab was faster. */
export type Applied = "applied" | "gap" | "stale";

/** A snapshot that is being laid in: its number on this phone, and where it goes on; null: all its rows are in. */
export interface Laying extends Cursor {
  number: number;
  after: string | null;
  heard: Heard;
}

/** So many rows are looked through in one transaction. */
const SWEPT_AT_ONCE = 1_000;

/** What the copy says of itself. */
interface Standing {
  cursor: Cursor | null;
  heard: Heard | null;
  judged: Judged;
}

const NOTHING_HEARD: Standing = { cursor: null, heard: null, judged: {} };

type Rows = ReturnType<ReplicaDatabase["rows"]["toCollection"]>;

export class Replica {
  private database: ReplicaDatabase;
  private readonly memory = new Recollection<Standing>();

  constructor(private readonly storage: Storage) {
    this.database = new ReplicaDatabase(storage);
  }

  /** Apply a page asked for at `asked` for incarnation `inc`, with its position, in one transaction. */
  async apply(page: PullAnswer, asked: Cursor | null, inc: string, heard: Heard): Promise<Applied> {
    const { rows, meta } = this.database;
    const startsOver = page.reset || asked === null || page.epoch !== asked.epoch;
    const changing = this.memory.change(startsOver ? null : page.changes);
    const applying = this.database.transaction("rw", rows, meta, async () => {
      const cursor = (await meta.get("cursor")) as Cursor | undefined;
      if (cursor?.pos !== asked?.pos || cursor?.epoch !== asked?.epoch) return "stale" as const;
      if (startsOver) await this.clear();
      if (page.from !== (startsOver ? 0 : (asked?.pos ?? 0))) {
        await this.clear();
        return "gap" as const;
      }
      await meta.delete("laying");
      await this.putAll(page.changes);
      await meta.put({ epoch: page.epoch, pos: page.to }, "cursor");
      await meta.put(heard, "heard");
      // Outcomes may stand on a later page, so the judgement counts only with the last one.
      if (!page.more) {
        const judged = (await meta.get("judged")) as Judged | undefined;
        await meta.put({ ...judged, [inc]: page.judged }, "judged");
      }
      return "applied" as const;
    });
    const applied = await Promise.resolve(applying).finally(changing);
    if (applied === "applied") this.memory.moved(startsOver ? null : asked, { epoch: page.epoch, pos: page.to });
    else this.memory.forget();
    return applied;
  }

  /**
   * Lay rows of a snapshot over the copy. What stood there before stays in sight until the whole snapshot is in, so
   * people can sign in and scan meanwhile; the copy counts as old as it was until then.
   */
  async lay(page: SnapshotAnswer, asked: Bookmark | null, heard: Heard): Promise<void> {
    const { rows, meta } = this.database;
    const changing = this.memory.change(null);
    const laying = this.database.transaction("rw", rows, meta, async () => {
      const before = (await meta.get("laying")) as Laying | undefined;
      if ((before?.after ?? null) !== (asked?.after ?? null)) return;
      const isFirst = asked === null || page.reset || before === undefined;
      const number = isFirst ? await this.nextNumber() : before.number;
      if (((await meta.get("cursor")) as Cursor | undefined)?.epoch !== page.epoch) await meta.delete("judged");
      await this.putAll(page.changes, number);
      const { epoch, at: pos, after } = page;
      await meta.put({ number, epoch, pos, after, heard } satisfies Laying, "laying");
      if ((await meta.get("heard")) === undefined) await meta.put(heard, "heard");
    });
    await Promise.resolve(laying).finally(changing);
  }

  /** Give the snapshot that is being laid in. */
  async laying(): Promise<Laying | null> {
    return this.read(async ({ meta }) => ((await meta.get("laying")) as Laying | undefined) ?? null, null);
  }

  /** Take away what a whole snapshot has not brought: it is gone. From then on the copy is good for its position. */
  async sweep(): Promise<Heard> {
    const changing = this.memory.change(null);
    return this.swept().finally(changing);
  }

  private async swept(): Promise<Heard> {
    const { rows, meta } = this.database;
    const { number, epoch, pos, heard } = (await meta.get("laying")) as Laying;
    let last: [string, string] = ["", ""];
    for (;;) {
      const next = await rows.where("[kind+id]").above(last).limit(SWEPT_AT_ONCE).toArray();
      const gone = next.filter(({ snapshot }) => snapshot !== number);
      await rows.bulkDelete(gone.map(({ kind, id }) => [kind, id] as [string, string]));
      const end = next.at(-1);
      if (end === undefined) break;
      last = [end.kind, end.id];
    }
    await this.database.transaction("rw", meta, async () => {
      await meta.bulkPut([{ epoch, pos }, heard], ["cursor", "heard"]);
      await meta.delete("laying");
    });
    return heard;
  }

  async cursor(): Promise<Cursor | null> {
    return (await this.standing()).cursor;
  }

  async heard(): Promise<Heard | null> {
    return (await this.standing()).heard;
  }

  /** Tell how far the server has judged the scans of each incarnation of this phone. */
  async judged(): Promise<Judged> {
    return (await this.standing()).judged;
  }

  /**
   * Tell what the books say of themselves, from the disk: another tab may have brought them forward, and then what is
   * remembered of their rows is older than what they say of this phone's scans.
   */
  async state(): Promise<{ company: CompanyRow | null; judged: Judged; heard: Heard | null }> {
    const { judged, heard } = await this.memory.standingNow(() => this.readStanding());
    const [company] = await this.all("company");
    return { company: company ?? null, judged, heard };
  }

  /** Forget what was read: somebody else has written into the copy. */
  forget(): void {
    this.memory.forget();
  }

  /** Give what a new scan says of the books: their position, their age, and the units as they know them. */
  async picture(
    units: readonly string[],
  ): Promise<{ cursor: Cursor | null; heard: Heard | null; units: Map<string, UnitRow> }> {
    const [{ cursor, heard }, rows] = await Promise.all([this.standing(), this.many("unit", units)]);
    return { cursor, heard, units: rows };
  }

  async one<K extends Kind>(kind: K, id: string): Promise<Books[K] | null> {
    return this.memory.row(kind, id, () =>
      this.read(async ({ rows }) => ((await rows.get([kind, id]))?.data as Books[K] | undefined) ?? null, null),
    );
  }

  async many<K extends Kind>(kind: K, ids: readonly string[]): Promise<Map<string, Books[K]>> {
    const found = await this.memory.rows<Books[K]>(kind, ids, (missing) =>
      this.read(async ({ rows }) => {
        const keys = missing.map((id) => [kind, id] as [string, string]);
        return (await rows.bulkGet(keys)).map((row) => (row?.data as Books[K] | undefined) ?? null);
      }, []),
    );
    return new Map(ids.flatMap((id, at) => (found[at] ? [[id, found[at]] as const] : [])));
  }

  async all<K extends Kind>(kind: K): Promise<Books[K][]> {
    const found = await this.memory.kind(kind, () =>
      // An array sorts after every string, so this range is all ids of the kind.
      this.found<K>(({ rows }) => rows.where("[kind+id]").between([kind, ""], [kind, []])),
    );
    return [...found];
  }

  /** Give the units or runs of a batch. */
  async ofBatch<K extends "unit" | "run">(kind: K, batch: string): Promise<Books[K][]> {
    return this.found(({ rows }) => rows.where("[kind+batch]").equals([kind, batch]));
  }

  /** Give the units at any of these places ("location:X"). */
  async unitsAt(places: readonly string[]): Promise<Books["unit"][]> {
    const keys = places.map((place) => ["unit", place]);
    return this.found<"unit">(({ rows }) => rows.where("[kind+place]").anyOf(keys));
  }

  /** Throw the whole copy away; the next pull fetches it again. */
  async drop(): Promise<void> {
    this.memory.forget();
    const { database } = this;
    this.database = new ReplicaDatabase(this.storage);
    database.close();
    await database.delete();
  }

  private standing(): Promise<Standing> {
    return this.memory.standing(() => this.readStanding());
  }

  private readStanding(): Promise<Standing> {
    return this.read((database) => standingOf(database), NOTHING_HEARD);
  }

  private async found<K extends Kind>(rows: (database: ReplicaDatabase) => Rows): Promise<Books[K][]> {
    const found = await this.read((database) => rows(database).toArray(), []);
    return found.map((row) => row.data as Books[K]);
  }

  /**
   * Read from the copy. If it was closed under us (another tab may have thrown it away) it is opened again; one that
   * cannot be read is thrown away, and the phone goes on without it.
   */
  private async read<T>(work: (database: ReplicaDatabase) => PromiseLike<T>, otherwise: T): Promise<T> {
    const { database } = this;
    try {
      return await work(database);
    } catch (error) {
      if (isClosed(error) || database !== this.database) return this.readAgain(work, otherwise);
      await this.giveUp(database, error);
      return otherwise;
    }
  }

  private async readAgain<T>(work: (database: ReplicaDatabase) => PromiseLike<T>, otherwise: T): Promise<T> {
    const { database } = this;
    try {
      await database.open();
      return await work(database);
    } catch (error) {
      await this.giveUp(database, error);
      return otherwise;
    }
  }

  private async giveUp(database: ReplicaDatabase, error: unknown): Promise<void> {
    console.error(error);
    if (database === this.database) await this.drop().catch(console.error);
  }

  private async clear(): Promise<void> {
    await this.database.rows.clear();
    await this.database.meta.clear();
  }

  private async nextNumber(): Promise<number> {
    const number = (((await this.database.meta.get("snapshots")) as number | undefined) ?? 0) + 1;
    await this.database.meta.put(number, "snapshots");
    return number;
  }

  private async putAll(changes: readonly Change[], snapshot?: number): Promise<void> {
    const gone = changes.filter(({ data }) => data === null);
    const there = changes.filter(({ data }) => data !== null);
    await this.database.rows.bulkDelete(gone.map(({ kind, id }) => [kind, id] as [string, string]));
    await this.database.rows.bulkPut(there.map((change) => bookRow(change, snapshot)));
  }
}

async function standingOf({ meta }: ReplicaDatabase): Promise<Standing> {
  const [cursor, heard, judged] = await meta.bulkGet(["cursor", "heard", "judged"]);
  return {
    cursor: (cursor as Cursor | undefined) ?? null,
    heard: (heard as Heard | undefined) ?? null,
    judged: (judged as Judged | undefined) ?? {},
  };
}

function bookRow({ kind, id, data }: Change, snapshot?: number): BookRow {
  const row: BookRow = snapshot === undefined ? { kind, id, data } : { kind, id, data, snapshot };
  const { batch, place } = data as { batch?: unknown; place?: unknown };
  if (typeof batch === "string") row.batch = batch;
  if (typeof place === "string") row.place = place;
  return row;
}
