/**
 * What the server tells by code, in the words of the language in use.
 *
 * In English a refusal is the server's own sentence. In other languages that stands only where the server is newer than
 * this app and uses a code the app has no words for.
 */
import type { ExceptionRow, Told } from "../device/books";
import type { ScanRow } from "../device/phone";
import type { Problem } from "../device/problem";
import { en, type Words } from "../words/en";
import { language, words } from "../words/words";
import { when } from "./format";

/** Say why a request was not granted, and what to do; the server's own sentence may name more than its code does. */
export function problemSentence({ code, field, detail }: Problem): string {
  const asked = code === "field_wrong" ? words.fields[field?.split(".").at(-1) ?? ""] : undefined;
  const said = detail !== "" && language() === "en" ? detail : words.problems[code];
  return asked ?? said ?? words.enrol.cures[code] ?? words.notSaved.why[code] ?? detail;
}

/** Say what became of a scan; null where nothing is to be said. */
export function outcomeSentence({ code, told, sentence }: Pick<ScanRow, "code" | "told" | "sentence">, now: number): string | null {
  if (code === null) return null;
  const said = words.outcomes[code];
  return said === undefined || told === null ? sentence : filled(said, told, now);
}

/** Put what the server told into a sentence; what it does not know is said in plain words. */
function filled(sentence: string, told: Told, now: number): string {
  const known = { ...told, when: told.at === null ? null : when(told.at, now) };
  return sentence.replace(/\{(unit|who|when|place)\}/g, (_, name: keyof typeof words.untold) => known[name] ?? words.untold[name]);
}

/** Say what an exception is called, what happened, and what the floor can do. */
export function exceptionWords({ kind, name, sentence, advice }: Pick<ExceptionRow, "kind" | "name" | "sentence" | "advice">): {
  name: string;
  sentence: string;
  advice: string;
} {
  return words.exceptions[kind] ?? { name, sentence, advice };
}

/** Say what a desk decided on an exception; null while it is open. */
export function decidedWords({ decision, decided }: Pick<ExceptionRow, "decision" | "decided">): string | null {
  return words.choices[decision?.choice ?? ""] ?? decided;
}

/** Give a chosen reason as it is recorded: in English, so that each reads it in their own language. */
export function reasonRecorded(chosen: string): string {
  return translated(chosen, words, en);
}

/** Say a recorded reason; somebody's own words stay as they are. */
export function reasonWords(recorded: string): string {
  return translated(recorded, en, words);
}

function translated(reason: string, from: Words, to: Words): string {
  for (const list of Object.keys(en.reasons) as (keyof Words["reasons"])[]) {
    const said = to.reasons[list][from.reasons[list].indexOf(reason)];
    if (said !== undefined) return said;
  }
  return reason;
}
