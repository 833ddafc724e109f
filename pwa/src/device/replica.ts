/**
 * The phone's copy of the books: what the server said, page by page, with the position it is good for.
 *
 * A page and the new position are written in one transaction, and a page that does not continue exactly where the copy
 * ends is not applied: continuity of positions is the check that nothing was skipped. The copy may be thrown away at
 * any time; only sight is lost, never a scan.
 */
import type { Books, Change, Cursor, Kind, Page } from "./books";
import { ReplicaDatabase } from "./database";
import type { BookRow, Storage } from "./database";
import type { Judged } from "./own-scans";

/** When the books were last heard from: by the phone's wall clock, and by the server's. */
export interface Heard {
  wall: number;
  server: number;
}

/** `gap`: the page does not join the copy, which was dropped; `stale`: another tab was faster. */
export type Applied = "applied" | "gap" | "stale";

export class Replica {
  private database: ReplicaDatabase;

  constructor(private readonly storage: Storage) {
    this.database = new ReplicaDatabase(storage);
  }

  /** Apply a page asked for at `asked` for incarnation `inc`, with its position, in one transaction. */
  async apply(page: Page, asked: Cursor | null, inc: string, heard: Heard): Promise<Applied> {
    const { rows, meta } = this.database;
    return this.database.transaction("rw", rows, meta, async () => {
      const cursor = await this.cursor();
      if (cursor?.pos !== asked?.pos || cursor?.epoch !== asked?.epoch) return "stale";
      const startsOver = page.reset || (asked !== null && page.epoch !== asked.epoch);
      if (startsOver) await this.clear();
      if (page.from !== (startsOver ? 0 : (asked?.pos ?? 0))) {
        await this.clear();
        return "gap";
      }
      await this.putAll(page.changes);
      await meta.put({ epoch: page.epoch, pos: page.to }, "cursor");
      await meta.put(heard, "heard");
      // Outcomes may stand on a later page, so the judgement counts only with the last one.
      if (!page.more) await meta.put({ ...(await this.judged()), [inc]: page.judged }, "judged");
      return "applied";
    });
  }

  async cursor(): Promise<Cursor | null> {
    return ((await this.database.meta.get("cursor")) as Cursor | undefined) ?? null;
  }

  async heard(): Promise<Heard | null> {
    return ((await this.database.meta.get("heard")) as Heard | undefined) ?? null;
  }

  /** Tell how far the server has judged the scans of each incarnation of this phone. */
  async judged(): Promise<Judged> {
    return ((await this.database.meta.get("judged")) as Judged | undefined) ?? {};
  }

  async one<K extends Kind>(kind: K, id: string): Promise<Books[K] | null> {
    return dataOf<K>(await this.database.rows.get([kind, id]));
  }

  async many<K extends Kind>(kind: K, ids: readonly string[]): Promise<Map<string, Books[K]>> {
    const rows = await this.database.rows.bulkGet(ids.map((id) => [kind, id] as [string, string]));
    return new Map(rows.flatMap((row) => (row ? [[row.id, row.data as Books[K]] as const] : [])));
  }

  async all<K extends Kind>(kind: K): Promise<Books[K][]> {
    // An array sorts after every string, so this range is all ids of the kind.
    const rows = await this.database.rows.where("[kind+id]").between([kind, ""], [kind, []]).toArray();
    return rows.map((row) => row.data as Books[K]);
  }

  /** Give the units or runs of a batch. */
  async ofBatch<K extends "unit" | "run">(kind: K, batch: string): Promise<Books[K][]> {
    const rows = await this.database.rows.where("[kind+batch]").equals([kind, batch]).toArray();
    return rows.map((row) => row.data as Books[K]);
  }

  /** Give the units at any of these places ("location:X"). */
  async unitsAt(places: readonly string[]): Promise<Books["unit"][]> {
    const keys = places.map((place) => ["unit", place]);
    const rows = await this.database.rows.where("[kind+place]").anyOf(keys).toArray();
    return rows.map((row) => row.data as Books["unit"]);
  }

  /** Throw the whole copy away; the next pull fetches it again. */
  async drop(): Promise<void> {
    this.database.close();
    await this.database.delete();
    this.database = new ReplicaDatabase(this.storage);
  }

  private async clear(): Promise<void> {
    await this.database.rows.clear();
    await this.database.meta.clear();
  }

  private async putAll(changes: readonly Change[]): Promise<void> {
    const gone = changes.filter(({ data }) => data === null);
    const there = changes.filter(({ data }) => data !== null);
    await this.database.rows.bulkDelete(gone.map(({ kind, id }) => [kind, id] as [string, string]));
    await this.database.rows.bulkPut(there.map(bookRow));
  }
}

function bookRow({ kind, id, data }: Change): BookRow {
  const row: BookRow = { kind, id, data };
  const { batch, place } = data as { batch?: unknown; place?: unknown };
  if (typeof batch === "string") row.batch = batch;
  if (typeof place === "string") row.place = place;
  return row;
}

function dataOf<K extends Kind>(row: BookRow | undefined): Books[K] | null {
  return row === undefined ? null : (row.data as Books[K]);
}
