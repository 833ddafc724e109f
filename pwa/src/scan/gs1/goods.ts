/**
 * What a GS1 code says about the goods it stands on, in the words of the floor; twin of `labels/gs1/goods.py`.
 *
 * Rules between elements are left out on purpose: a pallet spreads them over two symbols, and a supplier's slip is no
 * reason to type what can be read.
 */
import { repeatFault } from "./associations";
import { checkDigit, lastDayOf } from "./checks";
import { isLink, readLink } from "./digital-link";
import { fault, isFault, readBracketed, readElements, type Elements, type Fault } from "./elements";
import { readScan } from "./scan-data";

/** What stands on the goods; an empty text is not said. `expiresOn` is YYYY-MM-DD, the last day of use. */
export interface Goods {
  sscc: string;
  gtin: string;
  lot: string;
  serial: string;
  expiresOn: string;
  count: string;
  measure: string;
  unitOfMeasure: string;
}

// The first three digits of a measure's AI; the fourth says how many of the six digits are decimals.
const MEASURES: Readonly<Record<string, string>> = { "310": "kg", "311": "m", "314": "m2", "315": "l", "316": "m3" };

/** Read a scanned or typed text; null if it is no GS1 code at all. `year` is the present one. */
export function readGoods(text: string, year: number): Goods | Fault | null {
  const elements = elementsIn(text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""));
  if (elements === null || isFault(elements)) return elements;
  const wrong = repeatFault(elements);
  if (wrong !== null) return wrong;
  const goods = goodsOf(elements, year);
  const hasGoods = goods.gtin !== "" || goods.sscc !== "" || goods.lot !== "" || goods.serial !== "";
  return hasGoods ? goods : fault("gs1_no_goods", elements[0]?.[0]);
}

function elementsIn(text: string): Elements | Fault | null {
  if (text.startsWith("]")) {
    const found = readScan(text);
    return isFault(found) ? found : found.elements;
  }
  if (isLink(text)) return readLink(text);
  if (text.startsWith("(")) return readBracketed(text);
  // A typed article number; and of a scanner that sends no identifier only what begins with a key and its check digit.
  if (/^(?:[0-9]{8}|[0-9]{12,14})$/.test(text) && checkDigit(text) === null) {
    return readElements(`01${text.padStart(14, "0")}`);
  }
  return /^(?:00[0-9]{18}|0[12][0-9]{14})/.test(text) ? readElements(text) : null;
}

/** Say what elements mean for goods. */
export function goodsOf(elements: Elements, year: number): Goods {
  const values = new Map(elements);
  const first = (...ais: string[]): string => values.get(ais.find((ai) => values.has(ai)) ?? "") ?? "";
  const day = first("17", "7003", "15");
  const [ai, digits] = elements.find(([each]) => each.length === 4 && each.slice(0, 3) in MEASURES) ?? ["", ""];
  return {
    sscc: first("00"),
    gtin: first("01", "02"),
    lot: first("10"),
    serial: first("21"),
    expiresOn: day === "" ? "" : dayOf(day.slice(0, 6), year),
    count: first("30", "37").replace(/^0+/, ""),
    measure: ai === "" ? "" : decimal(digits, Number(ai.charAt(3))),
    unitOfMeasure: MEASURES[ai.slice(0, 3)] ?? "",
  };
}

/** Write a date in full: of the years that end so the nearest, and day 00 is the last of its month. */
function dayOf(yymmdd: string, year: number): string {
  let full = year - (year % 100) + Number(yymmdd.slice(0, 2));
  if (full - year > 50) full -= 100;
  else if (full - year < -49) full += 100;
  const month = Number(yymmdd.slice(2, 4));
  const day = Number(yymmdd.slice(4)) || lastDayOf(full, month);
  return [String(full).padStart(4, "0"), ...[month, day].map((part) => String(part).padStart(2, "0"))].join("-");
}

/** Write six digits with so many decimals, without needless zeros. */
function decimal(digits: string, decimals: number): string {
  const whole = digits.slice(0, 6 - decimals).replace(/^0+/, "");
  const fraction = digits.slice(6 - decimals).replace(/0+$/, "");
  return (whole || "0") + (fraction === "" ? "" : `.${fraction}`);
}
