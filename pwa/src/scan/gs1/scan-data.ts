/** What a scanner sends: a symbology identifier and the symbol's text; twin of `labels/gs1/scan_data.py`. */
import { checkDigitOf } from "./check-digit";
import { checkDigit } from "./checks";
import { isLink, readLink } from "./digital-link";
import { elementString, fault, isFault, readElements, type Element, type Elements, type Fault } from "./elements";

type Content = "plain" | "elements" | "article";

const CARRIERS = new Map<string, Content>([
  ["]C0", "plain"],
  ["]C1", "elements"],
  ["]E0", "article"],
  ["]E4", "article"],
  ["]I0", "article"],
  ["]I1", "article"],
  ["]J0", "plain"],
  ["]J1", "elements"],
  ["]Q1", "plain"],
  ["]Q3", "elements"],
  ["]d1", "plain"],
  ["]d2", "elements"],
  ["]d4", "plain"],
  ["]d7", "plain"],
  ["]d8", "elements"],
  ["]e0", "elements"],
]);
const DIGITS: Readonly<Record<string, number>> = { "]E0": 13, "]E4": 8, "]I0": 14, "]I1": 14 };
const COMPOSITE = "|]e0";

/** What came: `elements` is null for a plain text that is no Digital Link. */
export interface ScanData {
  carrier: string;
  text: string;
  elements: Elements | null;
}

/** Read what a scanner sent, with its symbology identifier. */
export function readScan(scanned: string): ScanData | Fault {
  const carrier = scanned.slice(0, 3);
  const text = scanned.slice(3);
  const elements = contentOf(carrier, text);
  return elements !== null && isFault(elements) ? elements : { carrier, text, elements };
}

function contentOf(carrier: string, text: string): Elements | Fault | null {
  switch (CARRIERS.get(carrier)) {
    case undefined:
      return fault("gs1_symbology_unknown");
    case "plain":
      return isLink(text) ? readLink(text) : null;
    case "elements":
      return readElements(text);
    case "article":
      return readArticle(carrier, text);
  }
}

/** Take an article number as the GTIN it is, and the composite symbol above it, if one was read too. */
function readArticle(carrier: string, text: string): Elements | Fault {
  const at = text.indexOf(COMPOSITE);
  const digits = at < 0 ? text : text.slice(0, at);
  if (digits.length !== DIGITS[carrier] || checkDigit(digits) !== null) return fault("gs1_article_number_wrong", "01");
  const above = at < 0 ? [] : readElements(text.slice(at + COMPOSITE.length));
  return isFault(above) ? above : [["01", digits.padStart(14, "0")], ...above];
}

/** How each symbology sends plain text and element strings; digits if it holds nothing but an article number. */
const KINDS = {
  qr: ["]Q1", "]Q3", 0],
  data_matrix: ["]d1", "]d2", 0],
  dotcode: ["]J0", "]J1", 0],
  gs1_128: ["", "]C1", 0],
  databar_expanded: ["", "]e0", 0],
  databar: ["", "]e0", 14],
  databar_limited: ["", "]e0", 14],
  ean13: ["]E0", "", 13],
  ean8: ["]E4", "", 8],
  upc: ["]E0", "", 12],
} as const;

export type Symbology = keyof typeof KINDS;

/** Write what a scanner sends for a symbol with a plain text. */
export function plainScan(symbology: Symbology, text: string): string | Fault {
  const [plain, , digits] = KINDS[symbology];
  return plain === "" || digits > 0 ? fault("gs1_symbology_elements_only") : plain + text;
}

/** Write what a scanner sends for a symbol of elements, with the composite symbol above a linear one. */
export function elementScan(symbology: Symbology, elements: Elements, composite: Elements = []): string | Fault {
  const [, carrier, digits] = KINDS[symbology];
  if (digits > 0) {
    const [first] = elements;
    if (elements.length !== 1 || first?.[0] !== "01") return fault("gs1_article_number_wrong", "01");
    return articleScan(symbology, first[1], composite);
  }
  const isComposite = symbology === "gs1_128" && composite.length > 0;
  return (isComposite ? KINDS.databar_expanded[1] : carrier) + elementString([...elements, ...composite]);
}

/** Write what a scanner sends for an article number, given with or without its check digit. */
export function articleScan(symbology: Symbology, digits: string, composite: Elements = []): string | Fault {
  const [plain, carrier, length] = KINDS[symbology];
  const number = articleNumber(digits, length);
  if (number === null || (symbology === "databar_limited" && !/^[01]/.test(number))) {
    return fault("gs1_article_number_wrong", "01");
  }
  const article: Element = ["01", number];
  if (length === 14) return carrier + elementString([article, ...composite]);
  const above = composite.length > 0 ? COMPOSITE + elementString(composite) : "";
  return plain + number.padStart(length === 8 ? 8 : 13, "0") + above;
}

function articleNumber(given: string, length: number): string | null {
  let digits = given;
  if (digits.length === length - 1 && /^[0-9]+$/.test(digits)) digits += checkDigitOf(digits);
  if (digits.length > length && /^0*$/.test(digits.slice(0, -length))) digits = digits.slice(-length);
  return digits.length === length && checkDigit(digits) === null ? digits : null;
}
