/**
 * The words in the language in use.
 *
 * English is part of the app; each other language is a file of its own that the service worker keeps with the app, so
 * that it works without a network before it was ever spoken. `words.x.y` is read through a signal: whatever shows
 * words is drawn anew where it stands when another language is chosen, and loses nothing that was entered.
 */
import { signal } from "@preact/signals";
import { en, type Words } from "./en";
import type { FlowWords } from "./flows-en";
import type { PrintingWords } from "./printing-en";
import type { ScanFileWords } from "./scan-file-en";

/** The languages people can choose, each by its own name. */
export const LANGUAGES = {
  en: "English",
  hi: "हिन्दी",
  ta: "தமிழ்",
  gu: "ગુજરાતી",
  es: "Español",
  "zh-Hans": "简体中文",
} as const;

export type Language = keyof typeof LANGUAGES;

/** What can be spoken: also English made longer and stranger, to see what does not fit. */
export type Spoken = Language | "en-XA";

/** A language as it is fetched: all words, those of the second page's flows, about printing, and about scans as a file. */
export interface Fetched {
  words: Words;
  flowWords: FlowWords;
  printingWords: PrintingWords;
  scanFileWords: ScanFileWords;
}

const FETCHED: Record<Exclude<Spoken, "en">, () => Promise<Fetched>> = {
  hi: () => import("./hi"),
  ta: () => import("./ta"),
  gu: () => import("./gu"),
  es: () => import("./es"),
  "zh-Hans": () => import("./zh-Hans"),
  "en-XA": () => import("./pseudo"),
};

/** In English the other words come with what shows them. */
type InUse = { language: Spoken; words: Words; fetched: Fetched | null };

const ENGLISH: InUse = { language: "en", words: en, fetched: null };
const spoken = signal<InUse>(ENGLISH);
let wanted: Spoken = "en";

/** The language in use; whoever reads it while drawing is drawn anew with another one. */
export const language = (): Spoken => spoken.value.language;

/** Every word, in the language in use. */
export const words: Words = inUse(en, () => spoken.value.words);

/** All words of the language in use; null in English. */
export const fetchedWords = (): Fetched | null => spoken.value.fetched;

/** Give an object of this shape whose parts are always those of the language in use. */
export function inUse<T extends object>(shape: T, now: () => T): T {
  const parts = (Object.keys(shape) as (keyof T)[]).map((name) => [name, { get: () => now()[name], enumerable: true }]);
  return Object.defineProperties({}, Object.fromEntries(parts) as PropertyDescriptorMap) as T;
}

export const isSpoken = (text: unknown): text is Spoken => text === "en" || (typeof text === "string" && text in FETCHED);

/** Fetch a language that is not English. */
export const fetchLanguage = (asked: Exclude<Spoken, "en">): Promise<Fetched> => FETCHED[asked]();

/** Speak a language from now on; gives false, and changes nothing, where it is not on this phone and no network is. */
export async function speak(asked: Spoken): Promise<boolean> {
  wanted = asked;
  try {
    const fetched = asked === "en" ? null : await fetchLanguage(asked);
    const found = fetched === null ? ENGLISH : { language: asked, words: fetched.words, fetched };
    // Somebody may have chosen again while the file was on its way: the last choice counts.
    if (wanted === asked) spoken.value = found;
    return true;
  } catch {
    return false;
  }
}
