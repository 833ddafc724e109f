/** What people read: short enough to be read at a glance, and nothing the app can say is left without words. */
import { describe, expect, it } from "vitest";
import { RULES, type Act, type Known } from "../src/core/rules";
import { en } from "../src/words/en";

const SENTENCE_MAX = 140;

const unit: Known = {
  known: true,
  place: "location:ELSEWHERE",
  quantity: 5n,
  owner: "KIRAN",
  status: "quarantine",
  is_ended: true,
  parent: "PALLET-1",
};
const known: readonly Known[] = [
  unit,
  { ...unit, known: false },
  { ...unit, place: "location:HERE", status: "rejected" },
  { ...unit, status: "available", is_ended: false },
];
const operations = ["goods_in", "receive", "consume", "produce", "dispatch"] as const;
const acts: readonly Act[] = operations.flatMap((operation) =>
  [null, 9n].map((quantity) => ({ operation, here: "location:HERE", quantity, owner: "ASHA" })),
);

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

  it.each(Object.entries(RULES))("rule %s has words for each way it can speak", (code, rule) => {
    const levels = new Set(known.flatMap((one) => acts.map((act) => rule(one, act))));
    levels.delete(null);
    expect(levels.size).toBeGreaterThan(0);
    if (levels.has("note")) expect(en.notes).toHaveProperty(code);
    if (levels.has("ask")) {
      expect(en.questions).toHaveProperty(code);
      expect(en.remarkTitles).toHaveProperty(code);
    }
  });

  it.each(["empty", "foreign_barcode", "check_character_wrong", "too_long"])("refusal %s has a sentence", (code) => {
    expect(en.refusals).toHaveProperty(code);
  });
});
