/** Other languages: no word is missing, empty or left in English, and every sentence keeps what is filled into it. */
import { describe, expect, it } from "vitest";
import { en } from "../src/words/en";
import { flowsEn } from "../src/words/flows-en";
import { printingEn } from "../src/words/printing-en";
import { scanFileEn } from "../src/words/scan-file-en";
import { LANGUAGES, fetchLanguage, type Language } from "../src/words/words";

const OTHERS = (Object.keys(LANGUAGES) as Language[]).filter((language) => language !== "en");


/** Longer than in English, as most languages are. */
const SENTENCE_MAX = 170;
/** Names and codes that are the same in every language. */
const SAME = new Set(["product", "demo", "labels.fileName", "fileName"]);
/** More than this share of words as in English is a language that was begun and left. */
const ENGLISH_SHARE_MAX = 0.02;

type Leaf = string | readonly string[] | ((...given: never[]) => string);

function leaves(words: object, path = ""): [path: string, leaf: Leaf][] {
  return Object.entries(words).flatMap(([name, value]) => {
    const here = path === "" ? name : `${path}.${name}`;
    const isLeaf = typeof value === "string" || typeof value === "function" || Array.isArray(value);
    return isLeaf ? [[here, value as Leaf] as [string, Leaf]] : leaves(value as object, here);
  });
}

/** Fill marks into whatever a sentence takes: three counts for its plural forms, a name for the rest. */
function said(leaf: Leaf): string[] {
  if (typeof leaf === "string") return [leaf];
  if (typeof leaf !== "function") return [...leaf];
  return [1, 2, 7].map((count) => (leaf as (...given: unknown[]) => string)(...given(leaf, count)));
}

/** What a sentence is told, by its names: a count, or words nobody would translate. */
function given(leaf: (...told: never[]) => string, count: number): unknown[] {
  const [head = ""] = leaf.toString().split("=>");
  const names = head.replace(/[()\s]/g, "").split(",").filter(Boolean);
  return names.map((name, at) => (COUNTS.test(name) ? count + 10 * at : name.startsWith("kind") ? "X-KIND" : `X-${at}-X`));
}

const COUNTS = /^(count|left|found|sent|max|out|stay|taken|known)\b/;

function marks(text: string): string[] {
  return [...new Set(text.match(/\{[a-z]+\}|X-\d-X|X-KIND|\d+/g) ?? [])].sort();
}

/** The words of a language, each kind with the English one. */
async function pairs(language: (typeof OTHERS)[number]): Promise<[own: object, english: object][]> {
  const { words, flowWords, printingWords, scanFileWords } = await fetchLanguage(language);
  return [
    [words, en],
    [flowWords, flowsEn],
    [printingWords, printingEn],
    [scanFileWords, scanFileEn],
  ];
}

describe.each(OTHERS)("the words in %s", (language) => {
  it("are all there, none empty, none too long", async () => {
    for (const [own, english] of await pairs(language)) {
      expect(leaves(own).map(([path]) => path)).toEqual(leaves(english).map(([path]) => path));
      const wrong = leaves(own).flatMap(([path, leaf]) =>
        said(leaf).filter((text) => text.trim() === "" || text.length > SENTENCE_MAX).map((text) => `${path}: ${text}`),
      );
      expect(wrong).toEqual([]);
    }
  });

  it("keep everything that is filled in", async () => {
    for (const [own, english] of await pairs(language)) {
      const known = new Map(leaves(english));
      const wrong = leaves(own).filter(([path, leaf]) => {
        const before = known.get(path);
        return before !== undefined && !sameMarks(said(before), said(leaf));
      });
      expect(wrong.map(([path]) => path)).toEqual([]);
    }
  });

  it("have as many reasons to choose from, each its own", async () => {
    const { words } = await fetchLanguage(language);
    for (const list of Object.keys(en.reasons) as (keyof typeof en.reasons)[]) {
      expect(words.reasons[list]).toHaveLength(en.reasons[list].length);
      expect(new Set(words.reasons[list]).size).toBe(en.reasons[list].length);
    }
  });

  it("are not English", async () => {
    const all = await pairs(language);
    const english = new Map(all.flatMap(([, one]) => leaves(one)).map(([path, leaf]) => [path, said(leaf).join()]));
    const own = all.flatMap(([one]) => leaves(one)).filter(([path]) => !SAME.has(path));
    const same = own.filter(([path, leaf]) => english.get(path) === said(leaf).join());
    expect(same.length / own.length, same.slice(0, 9).map(([path]) => path).join()).toBeLessThan(ENGLISH_SHARE_MAX);
  });
});

/** Counts may be written out in words where a form is for one: there only the other forms are compared. */
function sameMarks(english: string[], own: string[]): boolean {
  return english.every((text, at) => at === 0 || String(marks(text)) === String(marks(own[at] ?? "")));
}
