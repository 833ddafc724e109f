/**
 * The phone's copy of the books: what the server said, page by page, with the position it is good for.
 *
 * A page and the new position are written in one transaction, and a page that does not continue exactly where the copy
 * ends is not applied: continuity of positions is the check that nothing was skipped. The copy may be thrown away at
 * any time; only sight is lost, never a scan.
 */
import type { Bookmark, Change, Cursor, PullAnswer, SnapshotAnswer } from "../core/wire";
import type { Books, CompanyRow, Kind, UnitRow } from "./books";
import { ReplicaDatabase, isClosed } from "./database";
import type { BookRow, Storage } from "./database";
import type { Judged } from "./own-scans";

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

type Rows = ReturnType<ReplicaDatabase["rows"]["toCollection"]>;

export class Replica {
  private database: ReplicaDatabase;

  constructor(private readonly storage: Storage) {
    this.database = new ReplicaDatabase(storage);
  }

  /** Apply a page asked for at `asked` for incarnation `inc`, with its position, in one transaction. */
  async apply(page: PullAnswer, asked: Cursor | null, inc: string, heard: Heard): Promise<Applied> {
    const { rows, meta } = this.database;
    return this.database.transaction("rw", rows, meta, async () => {
      const cursor = await this.cursor();
      if (cursor?.pos !== asked?.pos || cursor?.epoch !== asked?.epoch) return "stale";
      const startsOver = page.reset || asked === null || page.epoch !== asked.epoch;
      if (startsOver) await this.clear();
      if (page.from !== (startsOver ? 0 : (asked?.pos ?? 0))) {
        await this.clear();
        return "gap";
      }
      await meta.delete("laying");
      await this.putAll(page.changes);
      await meta.put({ epoch: page.epoch, pos: page.to }, "cursor");
      await meta.put(heard, "heard");
      // Outcomes may stand on a later page, so the judgement counts only with the last one.
      if (!page.more) await meta.put({ ...(await this.judged()), [inc]: page.judged }, "judged");
      return "applied";
    });
  }

  /**
   * Lay rows of a snapshot over the copy. What stood there before stays in sight until the whole snapshot is in, so
   * people can sign in and scan meanwhile; the copy counts as old as it was until then.
   */
  async lay(page: SnapshotAnswer, asked: Bookmark | null, heard: Heard): Promise<void> {
    const { rows, meta } = this.database;
    await this.database.transaction("rw", rows, meta, async () => {
      const before = (await meta.get("laying")) as Laying | undefined;
      if ((before?.after ?? null) !== (asked?.after ?? null)) return;
      const isFirst = asked === null || page.reset || before === undefined;
      const number = isFirst ? await this.nextNumber() : before.number;
      if ((await this.cursor())?.epoch !== page.epoch) await meta.delete("judged");
      await this.putAll(page.changes, number);
      const { epoch, at: pos, after } = page;
      await meta.put({ number, epoch, pos, after, heard } satisfies Laying, "laying");
      if ((await meta.get("heard")) === undefined) await meta.put(heard, "heard");
    });
  }

  /** Give the snapshot that is being laid in. */
  async laying(): Promise<Laying | null> {
    return this.read(async ({ meta }) => ((await meta.get("laying")) as Laying | undefined) ?? null, null);
  }

  /** Take away what a whole snapshot has not brought: it is gone. From then on the copy is good for its position. */
  async sweep(): Promise<Heard> {
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
    return this.read(async ({ meta }) => ((await meta.get("cursor")) as Cursor | undefined) ?? null, null);
  }

  async heard(): Promise<Heard | null> {
    return this.read(async ({ meta }) => ((await meta.get("heard")) as Heard | undefined) ?? null, null);
  }

  /** Tell how far the server has judged the scans of each incarnation of this phone. */
  async judged(): Promise<Judged> {
    return this.read(async ({ meta }) => ((await meta.get("judged")) as Judged | undefined) ?? {}, {});
  }

  /** Tell in one look what the books say of themselves. */
  async state(): Promise<{ company: CompanyRow | null; judged: Judged; heard: Heard | null }> {
    const [[company], judged, heard] = await Promise.all([this.all("company"), this.judged(), this.heard()]);
    return { company: company ?? null, judged, heard };
  }

  /** Give in one look what a new scan says of the books: their position, their age, and the units as they know them. */
  async picture(
    units: readonly string[],
  ): Promise<{ cursor: Cursor | null; heard: Heard | null; units: Map<string, UnitRow> }> {
    const keys = units.map((unit) => ["unit", unit] as [string, string]);
    const [[cursor, heard], rows] = await this.read(
      (database) =>
        database.transaction("r", database.meta, database.rows, () =>
          Promise.all([database.meta.bulkGet(["cursor", "heard"]), database.rows.bulkGet(keys)]),
        ),
      [[], []],
    );
    return {
      cursor: (cursor as Cursor | undefined) ?? null,
      heard: (heard as Heard | undefined) ?? null,
      units: new Map(rows.flatMap((row) => (row ? [[row.id, row.data as UnitRow] as const] : []))),
    };
  }

  async one<K extends Kind>(kind: K, id: string): Promise<Books[K] | null> {
    return this.read(async ({ rows }) => ((await rows.get([kind, id]))?.data as Books[K] | undefined) ?? null, null);
  }

  async many<K extends Kind>(kind: K, ids: readonly string[]): Promise<Map<string, Books[K]>> {
    const keys = ids.map((id) => [kind, id] as [string, string]);
    const found = await this.read(({ rows }) => rows.bulkGet(keys), []);
    return new Map(found.flatMap((row) => (row ? [[row.id, row.data as Books[K]] as const] : [])));
  }

  async all<K extends Kind>(kind: K): Promise<Books[K][]> {
    // An array sorts after every string, so this range is all ids of the kind.
    return this.found(({ rows }) => rows.where("[kind+id]").between([kind, ""], [kind, []]));
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
    const { database } = this;
    this.database = new ReplicaDatabase(this.storage);
    database.close();
    await database.delete();
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

function bookRow({ kind, id, data }: Change, snapshot?: number): BookRow {
  const row: BookRow = snapshot === undefined ? { kind, id, data } : { kind, id, data, snapshot };
  const { batch, place } = data as { batch?: unknown; place?: unknown };
  if (typeof batch === "string") row.batch = batch;
  if (typeof place === "string") row.place = place;
  return row;
}
