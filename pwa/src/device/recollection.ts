/**
 * What was read of the books, for as long as they say the same.
 *
 * A scan asks for its unit three times and for its item twice, and a list asks for the same outcomes at every look;
 * on a slow phone each reading of the disk takes ten milliseconds. What is read while the books change is not kept, and
 * all of it goes when they are found to stand elsewhere than what is remembered is good for.
 */
import type { Change, Cursor } from "../core/wire";
import type { Kind } from "./books";

/** So many rows are remembered; then it begins anew. */
const ROWS_MAX = 5_000;

export class Recollection<Standing extends { cursor: Cursor | null }> {
  private readonly rowsOf = new Map<string, unknown>();
  private readonly kinds = new Map<Kind, readonly unknown[]>();
  private stands: Standing | null = null;
  /** Where the books stood when the rows were read. */
  private goodFor: string | null = null;
  /** Grows whenever the books change. */
  private age = 0;
  private changing = 0;

  /** Give a row, null if there is none. */
  async row<Row>(kind: Kind, id: string, read: () => Promise<Row | null>): Promise<Row | null> {
    const [row] = await this.rows<Row>(kind, [id], async () => [await read()]);
    return row ?? null;
  }

  /** Give rows in the order of their ids; `read` gives those that are not remembered, in the order it is asked. */
  async rows<Row>(
    kind: Kind,
    ids: readonly string[],
    read: (missing: string[]) => Promise<(Row | null)[]>,
  ): Promise<(Row | null)[]> {
    const found = new Map(ids.map((id) => [id, this.rowsOf.get(keyOf(kind, id)) as Row | null | undefined]));
    const missing = [...found].flatMap(([id, row]) => (row === undefined ? [id] : []));
    if (missing.length > 0) {
      const rows = await this.whileUnchanged(
        () => read(missing),
        (fresh) => this.keep(kind, missing, fresh),
      );
      missing.forEach((id, at) => found.set(id, rows[at]));
    }
    return ids.map((id) => found.get(id) ?? null);
  }

  /** Give all rows of a kind. */
  async kind<Row>(kind: Kind, read: () => Promise<Row[]>): Promise<readonly Row[]> {
    const known = this.kinds.get(kind) as readonly Row[] | undefined;
    return known ?? this.whileUnchanged(read, (rows) => this.kinds.set(kind, rows));
  }

  /** Give where the books stand. */
  async standing(read: () => Promise<Standing>): Promise<Standing> {
    return this.stands ?? this.standingNow(read);
  }

  /** Find out where the books stand now. */
  async standingNow(read: () => Promise<Standing>): Promise<Standing> {
    return this.whileUnchanged(read, (standing) => {
      const place = placeOf(standing.cursor);
      if (place !== this.goodFor) this.forget();
      this.goodFor = place;
      this.stands = standing;
    });
  }

  /** The books begin to change: in these rows, or (null) in any. Call what is given back when it is done. */
  change(rows: readonly Change[] | null): () => void {
    this.leave(rows);
    this.changing += 1;
    return () => {
      this.changing -= 1;
      this.leave(rows);
    };
  }

  /** The books were brought forward from one position to another, and only by the rows told before. */
  moved(from: Cursor | null, to: Cursor): void {
    if (placeOf(from) !== this.goodFor) this.forget();
    this.goodFor = placeOf(to);
  }

  forget(): void {
    this.leave(null);
    this.goodFor = null;
  }

  private leave(rows: readonly Change[] | null): void {
    this.age += 1;
    this.stands = null;
    if (rows === null) {
      this.rowsOf.clear();
      this.kinds.clear();
    }
    for (const { kind, id } of rows ?? []) {
      this.rowsOf.delete(keyOf(kind, id));
      this.kinds.delete(kind as Kind);
    }
  }

  private keep(kind: Kind, ids: readonly string[], rows: readonly unknown[]): void {
    if (this.rowsOf.size + ids.length > ROWS_MAX) this.rowsOf.clear();
    ids.forEach((id, at) => this.rowsOf.set(keyOf(kind, id), rows[at] ?? null));
  }

  private async whileUnchanged<T>(read: () => Promise<T>, keep: (found: T) => void): Promise<T> {
    const { age } = this;
    const found = await read();
    if (this.age === age && this.changing === 0) keep(found);
    return found;
  }
}

function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`;
}

function placeOf(cursor: Cursor | null): string {
  return cursor === null ? "" : `${cursor.epoch} ${cursor.pos}`;
}
