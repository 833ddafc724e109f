/**
 * Every phone keeps its own chain, so no scan can be altered, dropped or slipped in between unseen.
 *
 * An event is encoded once; those exact bytes are hashed and numbered without gaps:
 *
 *     h(0) = SHA-256(device | incarnation)
 *     h(n) = SHA-256(h(n-1) | id | seq | body)      widths 32, 16, 8 bytes, then the body
 *
 * SHA-256 is the synchronous one of a library, never WebCrypto's: an IndexedDB transaction ends while one awaits a
 * digest, and the hash must be made inside the transaction that keeps the scan. Twin of `sync/chain.py`.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** `export` is signed over no nonce: a run that somebody may hand in for this phone, from a copy. */
export type Purpose = "push" | "pull" | "snapshot" | "wait" | "session" | "export";

/** A point on a chain: the number and hash of an event, both zero-based on the incarnation's origin. */
export interface Link {
  seq: number;
  hash: string;
}

const TAG_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const TAG_COUNT = 36 ** 3;

/** Give the link every incarnation begins with, before its first event. */
export function origin(device: string, inc: string): Link {
  return { seq: 0, hash: bytesToHex(sha256(concatBytes(hexToBytes(device), hexToBytes(inc)))) };
}

/** Give the link of an event that follows `previous`. */
export function link(previous: Link, id: string, body: string): Link {
  const seq = previous.seq + 1;
  const bytes = concatBytes(hexToBytes(previous.hash), hexToBytes(id), eightBytes(seq), utf8ToBytes(body));
  return { seq, hash: bytesToHex(sha256(bytes)) };
}

/** Give the bytes a phone signs: what for, the server's nonce, who, and the end of its chain. */
export function signedBytes(
  purpose: Purpose,
  nonce: string,
  device: string,
  inc: string,
  end: Link,
): Uint8Array<ArrayBuffer> {
  const zero = new Uint8Array(1);
  const who = concatBytes(hexToBytes(device), hexToBytes(inc), eightBytes(end.seq), hexToBytes(end.hash));
  const parts = [utf8ToBytes("batchspine"), zero, utf8ToBytes(purpose), zero, utf8ToBytes(nonce), zero, who];
  return new Uint8Array(concatBytes(...parts));
}

/** Give the content hash of a body: of two bodies under one id the smaller fingerprint is the fact. */
export function fingerprint(body: string): string {
  return bytesToHex(sha256(utf8ToBytes(body)));
}

/** Give the three characters that keep serials minted by two incarnations of one phone apart. */
export function incarnationTag(inc: string): string {
  const digest = sha256(hexToBytes(inc));
  const number = new DataView(digest.buffer, digest.byteOffset).getUint32(0) % TAG_COUNT;
  return [1296, 36, 1].map((weight) => TAG_LETTERS.charAt(Math.floor(number / weight) % 36)).join("");
}

function eightBytes(seq: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seq));
  return bytes;
}

/** Give the SHA-256 by which a scan names a photo. */
export function digestOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}
