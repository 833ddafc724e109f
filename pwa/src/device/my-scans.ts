/** The list of my scans: what was recorded on this phone, newest first, and how far each has come. */
import type { OutcomeRow } from "./books";
import type { EventRow } from "./database";
import type { Judged } from "./own-scans";
import type { ScanRow, ScanState } from "./phone";

/** So long after a scan its maker may take it back with one tap. */
export const UNDO_MS = 120_000;

/** What no tap takes back: an undo, that somebody was stopped, that scans are gone, and a hold, which the desk releases. */
const LASTING: ReadonlySet<string> = new Set(["voided", "stopped", "lost", "held"]);

/** What is known of the scans besides themselves. */
export interface Fate {
  outcomes: ReadonlyMap<string, OutcomeRow>;
  judged: Judged;
  /** The person signed in. */
  actor: string | null;
  wall: number;
}

/** Give the list, from rows that are newest first. */
export function scanRows(rows: readonly EventRow[], fate: Fate): ScanRow[] {
  const bodies = rows.map((row) => JSON.parse(row.body) as Record<string, unknown> & { type: string });
  const undone = new Set(bodies.filter(({ type }) => type === "voided").map(({ target }) => target));
  return rows.map((row, at) => {
    const body = bodies[at] ?? { type: "" };
    const outcome = fate.outcomes.get(row.id);
    const isUndone = undone.has(row.id);
    const isOwn = body["actor"] === fate.actor;
    const isFresh = fate.wall - row.made_at < UNDO_MS;
    return {
      id: row.id,
      seq: row.seq,
      type: body.type,
      body,
      madeAt: row.made_at,
      state: isUndone ? "undone" : stateOf(row, outcome, fate.judged),
      code: outcome?.code ?? null,
      sentence: outcome === undefined ? null : inLocalTime(outcome.sentence, fate.wall),
      canUndo: isOwn && isFresh && !isUndone && !LASTING.has(body.type) && outcome?.outcome !== "voided",
    };
  });
}

/** Say when the list looks different by itself: the next scan grows too old to be taken back. */
export function changesInMs(rows: readonly ScanRow[], wall: number): number | null {
  const ages = rows.filter(({ canUndo }) => canUndo).map(({ madeAt }) => wall - madeAt);
  return ages.length === 0 ? null : Math.max(0, UNDO_MS - Math.max(...ages)) + 1;
}

/** Show the moments the server wrote into a sentence (⟨ms⟩) as the clock on the wall here shows them. */
function inLocalTime(sentence: string, wall: number): string {
  return sentence.replace(/⟨([0-9]+)⟩/g, (_, ms: string) => {
    const moment = new Date(Number(ms));
    const isToday = moment.toDateString() === new Date(wall).toDateString();
    const time = { hour: "2-digit", minute: "2-digit" } as const;
    return moment.toLocaleString([], isToday ? time : { day: "numeric", month: "short", ...time });
  });
}

function stateOf(row: EventRow, outcome: OutcomeRow | undefined, judged: Judged): ScanState {
  switch (outcome?.outcome) {
    case "attention":
    case "no_effect":
      return "attention";
    case "voided":
      return "undone";
    case "superseded":
      return "settled";
    case undefined:
      if (row.ack === null) return "saved";
      return row.seq <= (judged[row.inc] ?? 0) ? "settled" : "sent";
  }
}
