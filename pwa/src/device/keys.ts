/**
 * The phone's key: it proves that scans come from this phone, and it cannot leave it.
 *
 * The private half is made by the browser as *not extractable* and kept in the outbox database as it is: no script, not
 * even ours, can read its bytes. It signs the end of the chain on every contact; no password and no user's token is
 * needed to hand in scans.
 */
import { toBase64url } from "../core/base64url";
import { signedBytes } from "../core/chain";
import type { Link, Purpose } from "../core/chain";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

/** Make the key pair of a new device. */
export async function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
}

/** Write the public half (SubjectPublicKeyInfo) as the enrolment wants it. */
export async function publicKeyText(keys: CryptoKeyPair): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)));
}

/** Sign the end of a chain for one contact: ECDSA as r|s, 64 bytes. */
export async function signature(
  keys: CryptoKeyPair,
  purpose: Purpose,
  nonce: string,
  who: { device: string; inc: string },
  end: Link,
): Promise<string> {
  const bytes = signedBytes(purpose, nonce, who.device, who.inc, end);
  return toBase64url(new Uint8Array(await crypto.subtle.sign(SIGNING, keys.privateKey, bytes)));
}
