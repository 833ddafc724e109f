/**
 * Names nobody else will ever give: event ids and incarnations.
 *
 * An id is a UUIDv7 (32 hex characters) made of the phone's own clock, so the ids of one phone sort as its scans were
 * made, even within a millisecond and even after somebody has turned the wall clock back.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Tick } from "./clock";

/** Random bytes from outside: `core/` has no randomness of its own. */
export type Random = (count: number) => Uint8Array;

/** 18 bits: a clock that was a year ahead and was set right counts on within one millisecond until the year is over. */
const COUNTER_MAX = 0x3ffff;

/** Make the id of an event from its clock reading and seven random bytes. */
export function eventId(at: Tick, random: Random): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const counter = Math.min(at[1], COUNTER_MAX);
  view.setUint32(0, Math.floor(at[0] / 0x10000));
  view.setUint16(4, at[0] % 0x10000);
  view.setUint16(6, 0x7000 | (counter >> 6));
  view.setUint8(8, 0x80 | (counter & 0x3f));
  bytes.set(random(7), 9);
  return bytesToHex(bytes);
}

/** Make the name of a new incarnation: 16 random bytes. */
export function incarnation(random: Random): string {
  return bytesToHex(random(16));
}
