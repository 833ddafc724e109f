/** The id of one wish: a call whose answer was lost asks with the same one, and so asks once. */
import { incarnation } from "../core/identifier";

/** Draw a new one. */
export function newWish(): string {
  return incarnation((count) => crypto.getRandomValues(new Uint8Array(count)));
}
