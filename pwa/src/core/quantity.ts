/**
 * Exact quantities: how much of an item, without a single rounded digit.
 *
 * Inside, a quantity is a BigInt count of the item's smallest unit; on the wire it is a decimal string. A fraction of
 * the smallest unit is refused as *too precise* rather than rounded: rounding would make two phones disagree. Twin of
 * `sync/quantity.py`.
 */

/** The largest base quantity of one event: 1,000 t in milligrams. */
export const QUANTITY_MAX = 10n ** 15n;

const DECIMAL = /^(-?)([0-9]{1,30})(?:\.([0-9]{1,12}))?$/;
const SIGNIFICANT_MAX = 28;

export type QuantityProblem =
  "quantity_not_understood" | "quantity_not_positive" | "quantity_too_precise" | "quantity_too_large";

/** Read a base quantity as an exact integer, or say by code why it cannot count. */
export function baseQuantity(text: string): bigint | QuantityProblem {
  return toBase(text, 1n);
}

/** Convert what was entered ("24.5") into smallest units, `perUnit` of them to one unit of measure. */
export function toBase(entered: string, perUnit: bigint): bigint | QuantityProblem {
  const match = DECIMAL.exec(entered);
  if (match === null) return "quantity_not_understood";
  const [, sign, whole = "", fraction = ""] = match;
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * perUnit;
  if (sign === "-" || scaled === 0n) return "quantity_not_positive";
  if (scaled % scale !== 0n) return "quantity_too_precise";
  const base = scaled / scale;
  return base > QUANTITY_MAX ? "quantity_too_large" : base;
}

/** Write a base quantity in a unit of measure without trailing zeros ("24.5"). */
export function shown(base: bigint, perUnit: bigint): string {
  const sign = base < 0n ? "-" : "";
  const magnitude = base < 0n ? -base : base;
  const whole = magnitude / perUnit;
  const digits = wholeDigits(whole);
  // Twelfths and the like never end: they are cut after as many digits as the server writes, for people only.
  let rest = magnitude % perUnit;
  let fraction = "";
  while (rest !== 0n && digits + fraction.length < SIGNIFICANT_MAX) {
    rest *= 10n;
    fraction += (rest / perUnit).toString();
    rest %= perUnit;
  }
  return fraction ? `${sign}${whole}.${fraction.replace(/0+$/, "") || "0"}` : `${sign}${whole}`;
}

function wholeDigits(whole: bigint): number {
  return whole === 0n ? 0 : whole.toString().length;
}
