/**
 * The scans of this phone that its copy of the books does not show yet, kept parsed in memory by unit.
 *
 * Looking up a label must not read two thousand waiting scans again; and a new scan must name the latest event on its
 * unit even if the books were never pulled. The outbox database stays the truth: this is caught up from it, also with
 * what another tab has recorded.
 */
import type { EventBody, EventDraft } from "../core/event";
import { unitsOf } from "../core/event";
import type { OwnScan } from "../core/picture";
import type { EventRow } from "./database";
import type { Lending } from "./phone";

/** How far the server has judged the scans of each incarnation. */
export type Judged = Readonly<Record<string, number>>;

interface Waiting extends OwnScan {
  inc: string;
  seq: number;
}

/** A hold of this phone's: of one unit, or (null) of a whole lot. */
interface Hold {
  item: string;
  batch: string;
  unit: string | null;
  inc: string;
  seq: number;
}

/** A right to lead others past a stop that was lent on this phone, or (null) the event that lent one, taken back. */
interface Lent {
  lending: Lending | null;
  event: string;
  inc: string;
  seq: number;
}

export class OwnScans {
  private readonly byUnit = new Map<string, Waiting[]>();
  private readonly drafts = new Map<string, EventDraft>();
  private held: Hold[] = [];
  private lent: Lent[] = [];
  private readonly taken = new Map<string, number>();
  private settled: Judged = {};

  /** Give the number of the last scan taken of an incarnation. */
  last(inc: string): number {
    return this.taken.get(inc) ?? 0;
  }

  /**
   * Take rows of one incarnation in, in order; a row already taken changes nothing. `targets` are the scans that undos
   * among them point at, if those were judged long ago.
   */
  take(rows: readonly EventRow[], targets: readonly EventRow[] = []): void {
    for (const target of targets) this.drafts.set(target.id, read(target));
    for (const row of rows) {
      if (row.seq <= this.last(row.inc)) continue;
      this.taken.set(row.inc, row.seq);
      const draft = read(row);
      this.drafts.set(row.id, draft);
      const scan = { id: row.id, after: draft.after, draft, inc: row.inc, seq: row.seq };
      if (draft.type === "held") this.held.push({ ...draft, unit: draft.unit ?? null, inc: row.inc, seq: row.seq });
      if (draft.type === "lent" || draft.type === "voided") this.lent.push(lentBy(row, draft));
      const acted = draft.type === "voided" ? this.drafts.get(draft.target) : draft;
      for (const unit of acted === undefined ? [] : unitsOf(acted)) this.waitingOn(unit).push(scan);
    }
  }

  /**
   * Leave out what the books show by now; scans up to `judged` need not be taken either. Books that show less than
   * before were thrown away and fetched anew: then everything is taken again.
   */
  settle(judged: Judged): void {
    const isBehind = Object.entries(this.settled).some(([inc, seq]) => (judged[inc] ?? 0) < seq);
    if (isBehind) this.startOver();
    this.settled = judged;
    for (const [inc, seq] of Object.entries(judged)) this.taken.set(inc, Math.max(seq, this.last(inc)));
    for (const [unit, scans] of this.byUnit) {
      const left = scans.filter(({ inc, seq }) => seq > (judged[inc] ?? 0));
      if (left.length > 0) this.byUnit.set(unit, left);
      else this.byUnit.delete(unit);
    }
    this.held = this.held.filter(({ inc, seq }) => seq > (judged[inc] ?? 0));
    this.lent = this.lent.filter(({ inc, seq }) => seq > (judged[inc] ?? 0));
    if (this.byUnit.size === 0) this.drafts.clear();
  }

  /** Give the waiting scans on a unit, in the order they were made. */
  on(unit: string): readonly OwnScan[] {
    return this.byUnit.get(unit) ?? [];
  }

  /** Say whether a hold made on this phone waits to be judged, on a unit or its whole lot. */
  holds(unit: string, item: string | null, batch: string | null): boolean {
    return this.held.some((hold) => (hold.unit === null ? hold.item === item && hold.batch === batch : hold.unit === unit));
  }

  /** Give the rights to lead others past a stop that the books show, with what this phone has lent or taken back since. */
  lendings(known: readonly Lending[]): Lending[] {
    const lent = this.lent.flatMap(({ lending }) => lending ?? []);
    const takenBack = new Set(this.lent.filter(({ lending }) => lending === null).map(({ event }) => event));
    return [...known, ...lent].filter(({ event }) => !takenBack.has(event));
  }

  /** Name the units that have waiting scans. */
  units(): string[] {
    return [...this.byUnit.keys()];
  }

  private startOver(): void {
    this.byUnit.clear();
    this.held = [];
    this.lent = [];
    this.drafts.clear();
    this.taken.clear();
  }

  private waitingOn(unit: string): Waiting[] {
    const scans = this.byUnit.get(unit) ?? [];
    this.byUnit.set(unit, scans);
    return scans;
  }
}

function lentBy({ id, inc, seq }: EventRow, draft: EventBody): Lent {
  if (draft.type !== "lent") return { lending: null, event: draft.type === "voided" ? draft.target : "", inc, seq };
  const { lending, person, until, actor } = draft;
  return { lending: { lending, event: id, person, until, by: actor }, event: id, inc, seq };
}

function read(row: EventRow): EventBody {
  return JSON.parse(row.body) as EventBody;
}
