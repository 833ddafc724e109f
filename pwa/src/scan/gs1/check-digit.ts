/** The check digit of GS1 numbers (General Specifications, 7.9). */

/** Compute the check digit that belongs behind `digits`: weights 3, 1, 3, 1 … from the right. */
export function checkDigitOf(digits: string): string {
  const total = [...digits].reverse().reduce((sum, digit, at) => sum + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return String((10 - (total % 10)) % 10);
}
