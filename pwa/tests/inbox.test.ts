/** What the inbox shows and counts, and what a desk says when it decides. */
import { describe, expect, it } from "vitest";
import type { ExceptionRow } from "../src/device/books";
import type { OpenException } from "../src/device/office";
import { commonChoices, decision, effectsOf, recordedOn, takenBack } from "../src/desk/decisions";
import { sorted } from "../src/floor/inbox";
import { whenOf } from "../src/ui/evidence";

const made = { decision: null, asks_floor: false, is_within_tolerance: false, severity: "check", since: 5 };
const row = (over: object): ExceptionRow => ({ ...made, exception: "e1", ...over }) as unknown as ExceptionRow;
const open = (over: object = {}): OpenException =>
  ({
    ...row({}),
    evidence: "f1",
    earlier_decisions: ["d0"],
    choices: [
      { choice: "release", label: "Release it", effects: [{ type: "released", item: "A", batch: "B", after: ["h1"] }] },
      { choice: "accept", label: "Accept", effects: [] },
    ],
    ...over,
  }) as unknown as OpenException;

describe("the inbox on a phone", () => {
  it("counts what is open and what the office asks for, not what a tolerance covers or what is decided", () => {
    const { toLookAt, asked, within } = sorted([
      row({ exception: "open" }),
      row({ exception: "small", is_within_tolerance: true }),
      row({ exception: "asked", decision: {}, asks_floor: true }),
      row({ exception: "done", decision: {} }),
    ]);
    expect([toLookAt, asked, within].map((rows) => rows.map(({ exception }) => exception))).toEqual([
      ["open"],
      ["asked"],
      ["small"],
    ]);
  });

  it("shows the gravest first, and of those the oldest", () => {
    const rows = [
      row({ exception: "note", severity: "note", since: 1 }),
      row({ exception: "late", severity: "stop", since: 9 }),
      row({ exception: "early", severity: "stop", since: 2 }),
    ];
    expect(sorted(rows).toLookAt.map(({ exception }) => exception)).toEqual(["early", "late", "note"]);
  });
});

describe("when something happened", () => {
  const now = new Date(2026, 10, 26, 12, 0).getTime();
  const at = (day: number, hour: number, minute: number): number => new Date(2026, 10, day, hour, minute).getTime();

  it("is an interval, or a minute where the clock was that good", () => {
    expect(whenOf({ from: at(26, 10, 2), to: at(26, 10, 7) }, now)).toBe("between 10:02 and 10:07");
    expect(whenOf({ from: at(26, 10, 2), to: at(26, 10, 2) }, now)).toBe("at 10:02");
  });

  it("says the day at both ends where the ends are on two days", () => {
    expect(whenOf({ from: at(25, 12, 33), to: at(26, 12, 33) }, now)).toBe(
      "between 25 Nov, 12:33 and 26 Nov, 12:33",
    );
  });

  it("is not made up where it cannot be read", () => {
    expect(whenOf({ from: 0, to: 0 }, now)).toBe("at a time that cannot be read");
  });
});

describe("a decision", () => {
  it("records what the choice leads to first, then itself, knowing all decisions before it", () => {
    const [choice] = open().choices;
    expect(choice && decision(open(), choice, "checked")).toEqual([
      { type: "released", item: "A", batch: "B", after: ["h1"], reason: "checked" },
      { type: "decided", exception: "e1", evidence: "f1", choice: "release", after: ["d0"], note: "checked" },
    ]);
  });

  it("takes a scan back and says so on the exception", () => {
    expect(takenBack(open(), "s1", "").map(({ type }) => type)).toEqual(["voided", "decided"]);
  });

  it("offers for several only what fits all of them", () => {
    expect(commonChoices([open(), open({ choices: [{ choice: "accept", label: "Accept", effects: [] }] })])).toEqual([
      "accept",
    ]);
  });

  it("says what it records beside itself, or that it records nothing", () => {
    expect(open().choices.map(effectsOf)).toEqual(["A B released", null]);
  });

  it("stands for an exception only as it was: other evidence is not decided", () => {
    const scan = { type: "decided", body: { exception: "e1", evidence: "f1" } } as never;
    expect(recordedOn(open(), [scan])).toBe(scan);
    expect(recordedOn(open({ evidence: "f2" }), [scan])).toBeUndefined();
  });
});
