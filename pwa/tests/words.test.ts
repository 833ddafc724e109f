/** What people read: short enough to be read at a glance, and nothing the app can say is left without words. */
import { describe, expect, it } from "vitest";
import { TABLE } from "../src/core/rules";
import { en } from "../src/words/en";

const SENTENCE_MAX = 140;

/** Every text without blanks to fill in, with the path that leads to it. */
function texts(words: object, path: string): [path: string, text: string][] {
  return Object.entries(words).flatMap(([name, value]) => {
    const here = path === "" ? name : `${path}.${name}`;
    if (typeof value === "string") return [[here, value] as [string, string]];
    return typeof value === "object" && value !== null ? texts(value, here) : [];
  });
}

describe("words", () => {
  it("are all there and short enough", () => {
    const wrong = texts(en, "").filter(([, text]) => text.trim() === "" || text.length > SENTENCE_MAX);
    expect(wrong).toEqual([]);
  });

  it("sentences with a number or a name in them fit too", () => {
    const longest = "X".repeat(20);
    const sentences = [
      en.feedback.scannedAt("22 Nov, 10:42"),
      en.scan.finishFirst(longest),
      en.scan.lotLabel(longest),
      en.use.nothing(longest),
      en.look.unknown(longest),
      en.scans.undone("Goods in (200)"),
      en.enrol.doneLine("Dock 1", longest),
    ];
    for (const sentence of sentences) expect(sentence.length).toBeLessThanOrEqual(SENTENCE_MAX);
  });

  it.each(Object.entries(TABLE))("rule %s has words for each way it can speak", (code, row) => {
    const levels = new Set(Object.values(row));
    expect(levels.size).toBeGreaterThan(0);
    if (levels.has("note")) expect(en.notes).toHaveProperty(code);
    if (levels.has("ask")) expect(en.questions).toHaveProperty(code);
    if (levels.has("stop")) expect(en.stops).toHaveProperty(code);
    if (levels.has("ask") || levels.has("stop")) expect(en.remarkTitles).toHaveProperty(code);
  });

  it("every operation that can stop says on top what not to do, and what was done against a stop is told apart", () => {
    const stopping = Object.values(TABLE).flatMap((row) =>
      Object.entries(row).flatMap(([operation, level]) => (level === "stop" ? [operation] : [])),
    );
    for (const operation of new Set(stopping)) {
      expect(en.stop.titles).toHaveProperty(operation);
      expect(en.stop.noteDone).toHaveProperty(operation);
    }
  });

  it.each(["empty", "foreign_barcode", "check_character_wrong", "too_long"])("refusal %s has a sentence", (code) => {
    expect(en.refusals).toHaveProperty(code);
  });
});
