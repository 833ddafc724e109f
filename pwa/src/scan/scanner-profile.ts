/**
 * What a scanner makes of the sheet that sets it up, and what has to be taken off everything it types from then on.
 *
 * A scanner presses keys; the phone's layout makes characters of them. Which of the two is right, and what the scanner
 * puts in front and behind, is known when it has read texts that are known. `STEPS` is the twin of `SCANNER_STEPS` in
 * `labels/sign.py`, bound to it by `tests/vectors/commands.json`.
 */

/** The texts on the sheet, in order. */
export const STEPS: readonly string[] = [
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
  "abcdefghijklmnopqrstuvwxyz",
  "!\"%&'()*+,-./:;<=>?_",
  "HTTPS://L.EXAMPLE.COM:8443/B/TEST-1/I/TEST-2?17=261231",
];

/** What came from a scanner: as the phone's layout has it, and as a US keyboard would; null: the browser does not say. */
export interface Heard {
  typed: string;
  us: string | null;
}

export interface ScannerProfile {
  /** What stands in front of every code, without a symbology identifier; "": nothing. */
  prefix: string;
  suffix: string;
  /** Which of the two to believe; "either": they were the same. */
  keys: "typed" | "us" | "either";
}

/** What is wrong with a scanner: its letters' case, the phone's layout, characters that get lost, or another code was read. */
export type Fault = "case" | "layout" | "lost" | "other";

const IDENTIFIER = /\][A-Za-z][0-9]$/;

/** Compare what came with what stands on the sheet. */
export function judge(expected: string, heard: Heard): ScannerProfile | Fault {
  const typed = around(expected, heard.typed);
  const us = heard.us === null ? null : around(expected, heard.us);
  if (typed !== null) return { ...typed, keys: heard.us === heard.typed ? "either" : "typed" };
  if (us !== null) return { ...us, keys: "us" };
  const found = [heard.typed, heard.us ?? ""].map((text) => text.toLowerCase());
  if (found.some((text) => text.includes(expected.toLowerCase()))) return "case";
  if (found.some((text) => text.length >= 3 && text.length < expected.length && expected.toLowerCase().includes(text))) {
    return "lost";
  }
  return Math.abs(heard.typed.length - expected.length) <= 6 ? "layout" : "other";
}

function around(expected: string, text: string): Pick<ScannerProfile, "prefix" | "suffix"> | null {
  const at = text.indexOf(expected);
  if (at < 0) return null;
  // A symbology identifier is no prefix: it tells what kind of symbol it was, and the grammar knows it.
  return { prefix: text.slice(0, at).replace(IDENTIFIER, ""), suffix: text.slice(at + expected.length) };
}

/** Join what the steps have shown; null: they contradict each other, as two scanners would. */
export function joined(profiles: readonly ScannerProfile[]): ScannerProfile | null {
  const [first] = profiles;
  if (first === undefined) return null;
  const isOne = profiles.every(({ prefix, suffix }) => prefix === first.prefix && suffix === first.suffix);
  const keys = [...new Set(profiles.map((profile) => profile.keys).filter((each) => each !== "either"))];
  return isOne && keys.length < 2 ? { ...first, keys: keys[0] ?? "either" } : null;
}

/** Take off what this scanner puts around every code; a text that does not look so is left as it is. */
export function cleaned(text: string, heard: Heard, profile: ScannerProfile | null): string {
  if (profile === null) return text;
  const believed = profile.keys === "us" && heard.us !== null ? heard.us : profile.keys === "typed" ? heard.typed : text;
  const { prefix, suffix } = profile;
  if (!believed.startsWith(prefix) || !believed.endsWith(suffix)) return believed;
  return believed.slice(prefix.length, believed.length - suffix.length);
}
