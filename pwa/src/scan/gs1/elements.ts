/** Element strings: the raw text of a GS1 symbol and the bracketed one for people; twin of `labels/gs1/elements.py`. */
import { CHECKS, cset39, cset64, cset82, numeric, type Check } from "./checks";
import type { CharacterSet, Component, Row } from "./entry";
import { ROWS } from "./table";

/** What a reader sends for the FNC1 of a symbol that is not its first character. */
export const SEPARATOR = "\x1d";

/** An application identifier and its value. */
export type Element = readonly [ai: string, value: string];

/** Why a text is no GS1 data: `ai` is what it is about, `reason` the failed check or the other AI. */
export interface Fault {
  code: string;
  ai: string;
  reason: string;
}

export type Elements = readonly Element[];

/** Say what is wrong. */
export function fault(code: string, ai = "", reason = ""): Fault {
  return { code, ai, reason };
}

/** Say that what was asked for could not be had. */
export function isFault(found: object): found is Fault {
  return "code" in found;
}

const CHARACTER_SETS: Record<CharacterSet, Check> = { N: numeric, X: cset82, Y: cset39, Z: cset64 };

let byAi: Map<string, Row> | undefined;

/** Look an application identifier up. */
export function entryOf(ai: string): Row | undefined {
  byAi ??= new Map(ROWS.flatMap((row) => range(row).map((each) => [each, row] as const)));
  return byAi.get(ai);
}

function range([first, last]: Row): string[] {
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, at) => String(Number(first) + at).padStart(first.length, "0"));
}

/** Read the raw text of a symbol, its leading FNC1 or symbology identifier taken off. */
export function readElements(text: string): Elements | Fault {
  if (!/^[ -~\x1d]*$/.test(text)) return fault("gs1_character_illegal");
  if (text === "") return fault("gs1_empty");
  const elements: Element[] = [];
  let at = 0;
  while (at < text.length) {
    const found = elementAt(text, at);
    if ("code" in found) return found;
    elements.push(found.element);
    at = found.next;
  }
  return elements;
}

function elementAt(text: string, at: number): { element: Element; next: number } | Fault {
  const ai = [2, 3, 4].map((length) => text.slice(at, at + length)).find((each) => entryOf(each) !== undefined);
  const entry = ai === undefined ? undefined : entryOf(ai);
  if (ai === undefined || entry === undefined) {
    return fault("gs1_ai_unknown", text.slice(at, at + 4).split(SEPARATOR)[0]);
  }
  const start = at + ai.length;
  const separator = text.indexOf(SEPARATOR, start);
  let end = separator < 0 ? text.length : separator;
  if (entry[2] === 1) end = Math.min(end, start + entry[4].reduce((sum, component) => sum + component[2], 0));
  const value = text.slice(start, end);
  const wrong = valueFault(entry, ai, value);
  if (wrong !== null) return wrong;
  return { element: [ai, value], next: text.charAt(end) === SEPARATOR ? end + 1 : end };
}

/** Say what is wrong with a value, if anything. */
export function valueFault(entry: Row, ai: string, value: string): Fault | null {
  if (value === "") return fault("gs1_value_empty", ai);
  let rest = value;
  for (const component of entry[4]) {
    const [, least, most, isOptional] = component;
    if (rest === "" && isOptional === 1) continue;
    const piece = rest.slice(0, most);
    rest = rest.slice(most);
    if (piece.length < least) return fault("gs1_value_short", ai);
    const reason = reasonOf(component, piece);
    if (reason !== null) return fault("gs1_value_wrong", ai, reason);
  }
  return rest === "" ? null : fault("gs1_value_long", ai);
}

function reasonOf([set, , , , checks]: Component, piece: string): string | null {
  let found = CHARACTER_SETS[set](piece);
  for (const name of checks) found ??= CHECKS[name]?.(piece) ?? null;
  return found;
}

/** Write the raw text of a symbol behind its leading FNC1: separators only where one is needed. */
export function elementString(elements: Elements): string {
  let text = "";
  let needsSeparator = false;
  for (const [ai, value] of elements) {
    text += (needsSeparator ? SEPARATOR : "") + ai + value;
    needsSeparator = entryOf(ai)?.[2] !== 1;
  }
  return text;
}

/** Read `(01)…(10)…` as it is printed for people; a bracket inside a value is written `\(`. */
export function readBracketed(text: string): Elements | Fault {
  if (!/^[ -~]*$/.test(text)) return fault("gs1_character_illegal");
  if (text === "") return fault("gs1_empty");
  const bracketedElement = /\(([0-9]{2,4})\)((?:\\\(|[^(])*)/y;
  const elements: Element[] = [];
  while (bracketedElement.lastIndex < text.length) {
    const [, ai, escaped] = bracketedElement.exec(text) ?? [];
    if (ai === undefined || escaped === undefined) return fault("gs1_brackets_wrong");
    const value = escaped.replaceAll("\\(", "(");
    const entry = entryOf(ai);
    const wrong = entry === undefined ? fault("gs1_ai_unknown", ai) : valueFault(entry, ai, value);
    if (wrong !== null) return wrong;
    elements.push([ai, value]);
  }
  return elements;
}

/** Write `(01)…(10)…` for people. */
export function bracketed(elements: Elements): string {
  return elements.map(([ai, value]) => `(${ai})${value.replaceAll("(", "\\(")}`).join("");
}
