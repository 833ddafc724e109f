/** Was this label issued here? Told without a network, by the public keys that came with the books. */
import { fromBase64url } from "../core/base64url";
import { signedBytes, type Signed } from "../scan/label-signature";
import type { LabelKeys } from "./books";

/**
 * `ours`: by a key of ours; `forged`: not, or by a key that was revoked; `unchecked`: this phone has not heard of the key
 * yet, or its browser cannot check signatures of this kind.
 */
export type SignatureIs = "ours" | "forged" | "unchecked";

/** Check the signature of a label. */
export async function judgeSignature({ text, key, signature }: Signed, keys: LabelKeys): Promise<SignatureIs> {
  const given = keys[key];
  if (given === undefined) return "unchecked";
  if (given === null) return "forged";
  try {
    const publicKey = await crypto.subtle.importKey("raw", fromBase64url(given), "Ed25519", false, ["verify"]);
    const isOurs = await crypto.subtle.verify("Ed25519", publicKey, signature, signedBytes(text));
    return isOurs ? "ours" : "forged";
  } catch {
    return "unchecked";
  }
}
