/** What this phone has recorded itself lately: against double counting, and to tell a group of scans as one. */
import type { ScanRow } from "../device/phone";
import { when } from "../ui/format";

/** The time of the last own scan of this unit if it was of this type and still stands; null otherwise. */
export function scannedBefore(scans: readonly ScanRow[], type: string, unit: string): string | null {
  const last = scans.find(
    ({ body, state, type: done }) =>
      body["unit"] === unit && state !== "undone" && done !== "voided" && done !== "stopped",
  );
  return last?.type === type ? when(last.madeAt, Date.now()) : null;
}

/** Scans recorded in one act, such as eight drums of one goods in, newest act first. */
export interface Act {
  rows: ScanRow[];
  first: ScanRow;
}

/** Put together what was recorded together: containers n of m of one lot, one after the other. */
export function acts(scans: readonly ScanRow[]): Act[] {
  const found: Act[] = [];
  for (const row of scans) {
    const open = found.at(-1);
    if (open !== undefined && follows(row, open.first)) {
      open.rows.push(row);
      open.first = row;
    } else {
      found.push({ rows: [row], first: row });
    }
  }
  return found;
}

/** Whether `row` is the container just before `next` in the same act. */
function follows(row: ScanRow, next: ScanRow): boolean {
  const [n, of] = container(row);
  const [m, ofNext] = container(next);
  return (
    row.type === next.type &&
    row.seq + 1 === next.seq &&
    of === ofNext &&
    n + 1 === m &&
    // What needs a person's look stands alone, so that its sentence is not hidden in a group.
    (row.state === "attention") === (next.state === "attention")
  );
}

function container(row: ScanRow): [number, number] {
  const value = row.body["container"];
  return Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "number"
    ? [value[0], value[1]]
    : [0, 0];
}
