/** GS1 Digital Links: a web address that is also an element string; twin of `labels/gs1/digital_link.py`. */
import { repeatFault } from "./associations";
import { entryOf, fault, isFault, valueFault, type Element, type Elements, type Fault } from "./elements";

/** GS1's own resolver knows every key there is. */
export const STEM = "https://id.gs1.org";

const URI = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/;
const SPLIT = /^(?:https?|HTTPS?):\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?$/;
const STEMS = /^(?:https?|HTTPS?):\/\/[A-Za-z0-9.:[\]/_~-]+$/;

/** Say that a text claims to be a web address, in a scheme that a Digital Link may have. */
export function isLink(text: string): boolean {
  return /^(?:https?|HTTPS?):\/\//.test(text);
}

/** Read the elements of a Digital Link: those of the path, then those of the query. */
export function readLink(uri: string): Elements | Fault {
  if (!URI.test(uri)) return fault("gs1_link_character");
  const [, host, path = "", query = ""] = SPLIT.exec(uri) ?? [];
  if (host === undefined || !HOST.test(host)) return fault("gs1_link_address");
  const elements = readPath(path.split("/"));
  return isFault(elements) ? elements : readQuery(query, elements);
}

function readPath(segments: string[]): Element[] | Fault {
  const pairs: [string, string][] = [];
  for (let at = segments.length - 2; at >= 0; at -= 2) {
    const ai = segments[at] ?? "";
    pairs.unshift([ai, segments[at + 1] ?? ""]);
    const paths = entryOf(ai)?.[7] ?? null;
    if (paths !== null) return keyed(pairs, paths);
  }
  return fault("gs1_link_without_key");
}

function keyed(pairs: [string, string][], paths: readonly (readonly string[])[]): Element[] | Fault {
  const elements: Element[] = [];
  for (const [ai, escaped] of pairs) {
    const wrong = readValue(ai, unescapedPath(escaped), elements);
    if (wrong !== null) return wrong;
  }
  const qualifiers = pairs.slice(1).map(([ai]) => ai);
  return paths.some((path) => isInOrder(qualifiers, path))
    ? elements
    : fault("gs1_link_path_order", pairs[0]?.[0] ?? "");
}

function readQuery(query: string, path: Element[]): Element[] | Fault {
  const elements = [...path];
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const key = pair.slice(0, equals);
    if (equals < 0 || !/^[0-9]+$/.test(key)) continue;
    const wrong = attributeFault(key, path) ?? readValue(key, unescapedQuery(pair.slice(equals + 1)), elements);
    if (wrong !== null) return wrong;
  }
  return elements;
}

function attributeFault(ai: string, path: Elements): Fault | null {
  const entry = entryOf(ai);
  if (entry === undefined) return fault("gs1_ai_unknown", ai);
  if (entry[3] === 0) return fault("gs1_link_attribute", ai);
  const qualifiers = path.slice(1).map(([each]) => each);
  const belongs = (entryOf(path[0]?.[0] ?? "")?.[7] ?? []).some(
    (order) => order.includes(ai) && qualifiers.every((each) => order.includes(each)),
  );
  return belongs ? fault("gs1_link_belongs_in_path", ai) : null;
}

function readValue(ai: string, value: string, elements: Element[]): Fault | null {
  const entry = entryOf(ai);
  if (entry === undefined) return fault("gs1_ai_unknown", ai);
  if (elements.some(([each]) => each === ai)) return fault("gs1_ai_repeated", ai);
  const wrong = valueFault(entry, ai, value);
  if (wrong === null) elements.push([ai, value]);
  return wrong;
}

function isInOrder(qualifiers: readonly string[], order: readonly string[]): boolean {
  const places = qualifiers.map((ai) => order.indexOf(ai));
  return places.every((place, at) => place > (places[at - 1] ?? -1));
}

/** Write elements as a Digital Link: the first key with its qualifiers, then those of fixed length, then the rest. */
export function writeLink(elements: Elements, stem = STEM): string | Fault {
  if (!STEMS.test(stem)) return fault("gs1_link_address");
  const repeated = repeatFault(elements);
  if (repeated !== null) return repeated;
  const values = new Map(elements);
  const key = [...values.keys()].find((ai) => (entryOf(ai)?.[7] ?? null) !== null);
  if (key === undefined) return fault("gs1_link_without_key");
  const path = pathOf(key, values);
  const rest = [...values.keys()].filter((ai) => !path.includes(ai));
  const stands = path.map((ai): Element => [ai, values.get(ai) ?? ""]);
  for (const ai of rest) {
    const wrong = attributeFault(ai, stands);
    if (wrong !== null) return wrong;
  }
  const ordered = [...rest.filter(isFixed), ...rest.filter((ai) => !isFixed(ai))];
  const query = ordered.map((ai) => `${ai}=${escapedQuery(values.get(ai) ?? "")}`).join("&");
  const text = stands.map(([ai, value]) => `/${ai}/${escapedPath(value)}`).join("");
  return stem.replace(/\/+$/, "") + text + (query === "" ? "" : `?${query}`);
}

/** List the AIs of the path: the alternative that takes most of the qualifiers, of equals the first. */
function pathOf(key: string, values: ReadonlyMap<string, string>): string[] {
  let chosen: string[] = [];
  for (const path of entryOf(key)?.[7] ?? []) {
    const present = path.filter((ai) => values.has(ai));
    if (present.length > chosen.length) chosen = present;
  }
  return [key, ...chosen];
}

function isFixed(ai: string): boolean {
  return entryOf(ai)?.[2] === 1;
}

/** Undo percent encoding byte by byte, as the path of an address has it: a plus is a plus. */
export function unescapedPath(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Undo percent encoding byte by byte, as a query has it: a plus is a blank. */
export function unescapedQuery(text: string): string {
  return unescapedPath(text.replaceAll("+", " "));
}

/** Percent-encode what is not unreserved in an address; for values of a symbol, which are ASCII. */
export function escapedPath(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-._~]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Percent-encode for a query, where a blank is a plus. */
export function escapedQuery(text: string): string {
  return escapedPath(text).replaceAll("%20", "+");
}
