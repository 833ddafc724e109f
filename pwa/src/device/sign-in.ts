/**
 * Who is holding the phone: a person's PIN, checked without a network.
 *
 * The books carry a slow hash of each PIN. A wrong try is written down *before* it is judged, so pulling the battery
 * wins nobody a free guess; ten wrong tries lock that person, never the phone, until the office sets a new PIN.
 */
import { fromBase64url } from "../core/base64url";
import { answerTo } from "./telephone";
import type { PersonRow } from "./books";
import type { OutboxStore, Tries } from "./outbox-store";
import type { Person } from "./phone";

export const TRIES_MAX = 10;
/** Without word from the server for so long, scans go on and are marked for a second look. */
export const LEASE_MS = 72 * 3600 * 1000;

const HASH_BITS = 256;

/** Check a PIN; an unknown or switched-off person is simply wrong. */
export async function checkPin(
  outbox: OutboxStore,
  row: PersonRow | null,
  pin: string,
): Promise<"ok" | "wrong" | "locked"> {
  return judged(outbox, row, (kept) => isRight(kept, pin));
}

/** Check what somebody on the telephone answers to a challenge; a wrong answer is a wrong try like any other. */
export async function checkAnswer(
  outbox: OutboxStore,
  row: PersonRow | null,
  challenge: string,
  answer: string,
): Promise<"ok" | "wrong" | "locked"> {
  return judged(outbox, row, async (kept) => (await answerTo(challenge, kept)) === answer);
}

async function judged(
  outbox: OutboxStore,
  row: PersonRow | null,
  isRightFor: (pin: NonNullable<PersonRow["pin"]>) => Promise<boolean>,
): Promise<"ok" | "wrong" | "locked"> {
  if (row === null || !row.is_active || row.pin === null) return "wrong";
  const tries = await triesOf(outbox, row);
  if (tries.wrong >= TRIES_MAX) return "locked";
  await outbox.put(`tries:${row.person}`, { ...tries, wrong: tries.wrong + 1 });
  if (!(await isRightFor(row.pin))) return tries.wrong + 1 >= TRIES_MAX ? "locked" : "wrong";
  await outbox.put(`tries:${row.person}`, { ...tries, wrong: 0 });
  return "ok";
}

/** Give a person as the screens know them. */
export async function personOf(outbox: OutboxStore, row: PersonRow): Promise<Person> {
  const { person, name, role, site, grant, is_active, pin } = row;
  const isLocked = pin !== null && (await triesOf(outbox, row)).wrong >= TRIES_MAX;
  return { person, name, role, site, grant, isActive: is_active, hasPin: pin !== null, lockedUntilOffice: isLocked };
}

async function triesOf(outbox: OutboxStore, { person, pin }: PersonRow): Promise<Tries> {
  const hash = pin?.hash ?? "";
  const tries = await outbox.get(`tries:${person}`);
  return tries?.hash === hash ? tries : { hash, wrong: 0 };
}

async function isRight(pin: NonNullable<PersonRow["pin"]>, typed: string): Promise<boolean> {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(typed), "PBKDF2", false, ["deriveBits"]);
  const slow = { name: "PBKDF2", hash: "SHA-256", salt: fromBase64url(pin.salt), iterations: pin.iterations };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(slow, secret, HASH_BITS));
  const expected = fromBase64url(pin.hash);
  return bits.length === expected.length && bits.every((byte, at) => byte === expected[at]);
}
