/** An id nobody else will ever give: of a wish, so that asking twice is asking once; of a right that is lent. */
import { incarnation } from "../core/identifier";

/** Draw a new one: 16 random bytes, in hexadecimal. */
export function randomId(): string {
  return incarnation((count) => crypto.getRandomValues(new Uint8Array(count)));
}
