/**
 * An overrule by telephone: two phones that need not hear of each other, and two people who read numbers to each other.
 *
 *     the phone that stops somebody   shows a challenge, made for this one stop
 *     the phone of the one called     takes the challenge and that person's PIN, and gives the answer
 *     the first phone again           knows the right answer, and goes on
 *
 * Both phones have the slow hash of that person's PIN; the answer is the challenge under a keyed hash of it. So nobody
 * gives it without the PIN, it is good for one stop, and a new PIN makes every answer a new one. Who could read a phone's
 * memory could make answers there, as they could check PINs; that is why the one called records the word as well, and
 * the office sees an overrule that nobody has spoken (`sync/overrule.py`).
 */
import { fromBase64url } from "../core/base64url";
import type { PersonRow } from "./books";

export const DIGITS = 8;

const RANGE = 10n ** BigInt(DIGITS);
const ANSWER_BYTES = 8;
const PURPOSE = "batchspine overrule by telephone\n";

/** Make the number that the phone of a stopped person shows. */
export function newChallenge(): string {
  const drawn = crypto.getRandomValues(new BigUint64Array(1));
  return digits(drawn[0] ?? 0n);
}

/** Give the answer to a challenge of the person with this PIN. */
export async function answerTo(challenge: string, pin: NonNullable<PersonRow["pin"]>): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", fromBase64url(pin.hash), algorithm, false, ["sign"]);
  const hash = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(PURPOSE + challenge));
  return digits(new Uint8Array(hash, 0, ANSWER_BYTES).reduce((number, byte) => number * 256n + BigInt(byte), 0n));
}

function digits(number: bigint): string {
  return (number % RANGE).toString().padStart(DIGITS, "0");
}

/** Write such a number as people read it out: in two halves. */
export function spoken(number: string): string {
  return `${number.slice(0, DIGITS / 2)} ${number.slice(DIGITS / 2)}`;
}

/** Whether somebody has entered a whole number. */
export function isWhole(text: string): boolean {
  return /^[0-9]{8}$/.test(text);
}
