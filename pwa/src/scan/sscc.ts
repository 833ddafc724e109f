/** Numbers of pallets (SSCC) under a company's prefix; the twin of `labels/sscc.py`. */
import { checkDigitOf } from "./gs1/check-digit";

const SSCC_LENGTH = 18;

/** Write the SSCC of pallet `number`, from 0; throws RangeError where the prefix has no such pallet. */
export function sscc(prefix: string, number: number): string {
  const width = SSCC_LENGTH - 1 - prefix.length;
  if (!/^[0-9]{4,12}$/.test(prefix) || !Number.isSafeInteger(number) || number < 0 || number >= 10 ** width) {
    throw new RangeError(`no pallet ${number} under the prefix ${prefix}`);
  }
  const running = number.toString().padStart(width, "0");
  const digits = running.slice(0, 1) + prefix + running.slice(1);
  return digits + checkDigitOf(digits);
}
