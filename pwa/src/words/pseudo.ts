/**
 * English two fifths longer and with marks above and below: what would not fit in another language is seen with words
 * that everybody can read. No language to choose; the tests speak it.
 */
import { en, type Words } from "./en";
import { flowsEn, type FlowWords } from "./flows-en";
import { printingEn, type PrintingWords } from "./printing-en";
import { scanFileEn, type ScanFileWords } from "./scan-file-en";

const LONGER = 0.4;
const MARKED: Record<string, string> = {
  a: "á", e: "ê", i: "ï", o: "ø", u: "ů", y: "ý", c: "ç", n: "ñ", s: "š", d: "ð", g: "ğ", l: "ł", r: "ŕ", t: "ţ", z: "ž",
  A: "Å", E: "É", I: "Ï", O: "Ö", U: "Û", C: "Ç", N: "Ñ", S: "Š", D: "Đ", G: "Ğ", L: "Ł", R: "Ŕ", T: "Ţ", Z: "Ž",
};

/** Make a text longer and stranger; what stands in braces is filled in later and stays. */
export function strange(text: string): string {
  if (text.trim() === "") return text;
  const marked = text.replace(/\{[a-z]+\}|[A-Za-z]/g, (part) => MARKED[part] ?? part);
  return `${marked}${" ėxtŕä wôŕðš".repeat(Math.ceil(text.length / 20)).slice(0, Math.ceil(text.length * LONGER))}`;
}

function told(value: unknown): unknown {
  if (typeof value === "string") return strange(value);
  if (Array.isArray(value)) return value.map(told);
  if (typeof value === "function") return (...given: unknown[]) => told((value as (...all: unknown[]) => unknown)(...given));
  if (value instanceof Object) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, told(part)]));
  return value;
}

export const words = told(en) as Words;
export const flowWords = told(flowsEn) as FlowWords;
export const printingWords = told(printingEn) as PrintingWords;
export const scanFileWords = told(scanFileEn) as ScanFileWords;
