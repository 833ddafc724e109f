/**
 * A supplier's own code, taught once: recognised by its length and by everything that stands in front of the lot.
 *
 * Twin of `labels/supplier_code.py`; both are held to `tests/vectors/supplier_codes.json`.
 */

/** What codes of `length` characters that begin with `beginning` mean; the lot goes on to character `lot_to`. */
export interface Taught {
  beginning: string;
  length: number;
  item: string;
  lot_to: number;
}

/** Read a scanned code by what has been taught; of rules that fit, the one that says most of the code. */
export function readSupplierCode(text: string, rules: readonly Taught[]): { item: string; lot: string } | null {
  const code = trimmed(text);
  const folded = code.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  let best: Taught | null = null;
  for (const rule of rules) {
    const fits = code.length === rule.length && folded.startsWith(rule.beginning);
    if (fits && rule.beginning.length > (best?.beginning.length ?? 0)) best = rule;
  }
  const lot = best === null ? "" : trimmed(code.slice(best.beginning.length, best.lot_to));
  return best === null || lot === "" ? null : { item: best.item, lot };
}

/** Take off not every blank of Unicode, on which the two languages differ. */
function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}
