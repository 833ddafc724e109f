/** What empty containers weigh, as this phone has weighed them: the next weighing need not ask again. */

const TARES = "batchspine.tares";
const KEPT_MAX = 500;

/** Give the weight of an empty container as it was entered; null: never weighed here. */
export function tareOf(unit: string): string | null {
  return new Map(read()).get(unit) ?? null;
}

/** Remember it; the oldest are forgotten first. */
export function keepTare(unit: string, tare: string): void {
  const others = read().filter(([name]) => name !== unit);
  localStorage.setItem(TARES, JSON.stringify([...others, [unit, tare]].slice(-KEPT_MAX)));
}

function read(): [unit: string, tare: string][] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(TARES) ?? "[]");
    return Array.isArray(kept) ? (kept as [string, string][]) : [];
  } catch {
    return [];
  }
}
