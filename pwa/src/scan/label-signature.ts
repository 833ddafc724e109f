/**
 * The signature of a label: taken off its text, and what was signed. Twin of `labels/signature.py`, bound to it by
 * `tests/vectors/label_signatures.json`.
 */

/** A text that carries a signature. */
export interface Signed {
  text: string;
  /** The letter of the key. */
  key: string;
  signature: Uint8Array<ArrayBuffer>;
}

const SIGNED = /^(.+)(?:\/S\/|[?&]S=)([A-Z])([A-Z2-7]{103})$/s;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SIGNATURE_BYTES = 64;
const DOMAIN = "batchspine label 1\n";

/** Take a signature off a text in upper case; null: it carries none. */
export function splitSignature(text: string): Signed | null {
  const [, signed, key, letters] = SIGNED.exec(text) ?? [];
  if (signed === undefined || key === undefined || letters === undefined) return null;
  return { text: signed, key, signature: bytesOf(letters) };
}

/** Give the bytes that are signed: nothing else that any key of ours signs begins so. */
export function signedBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(DOMAIN + text);
}

/** Five bits a letter; the bits behind the last whole byte are filling. */
function bytesOf(letters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIGNATURE_BYTES);
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const letter of letters) {
    bits = (bits << 5) | BASE32.indexOf(letter);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = (bits >> count) & 0xff;
    bits &= (1 << count) - 1;
  }
  return bytes;
}
