/** What goes into what: a unit only into one of a higher rank, so that nothing can ever contain itself. */
import type { Subject } from "./subject";

const RANK: Record<string, number> = { bag: 1, drum: 1, carton: 1, tote: 1, pallet: 2, container: 3 };

/** Whether other units can stand in it; of one whose kind nobody has told, nobody knows better. */
export function holdsOthers({ unit }: Subject): boolean {
  return unit.kind === null ? unit.known && unit.item === null : (RANK[unit.kind] ?? 0) > 1;
}

/** Whether one of this kind goes into one of that kind. */
export function fits(kind: string | null, into: string | null): boolean {
  return kind === null || into === null || (RANK[kind] ?? 0) < (RANK[into] ?? 0);
}
