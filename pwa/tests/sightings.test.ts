/** Held labels count once, shown again they count again, and a label is one label though it carries two symbols. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BARS_WAIT_MS, LEFT_MS, Sightings } from "../src/scan/sightings";
import type { Sight } from "../src/scan/sightings";

const A: Sight = { text: "MAK1:LOT-A/ITEM", isLinear: false };
const B: Sight = { text: "MAK1:LOT-B/ITEM", isLinear: false };
const BARS_A: Sight = { text: "LOT-A", isLinear: true };

/** Show each group of sights for its time (ms), ten frames a second; give the texts that counted. */
function show(...acts: [Sight[], number][]): string[] {
  const sightings = new Sightings();
  let now = 0;
  return acts.flatMap(([sights, ms]) => {
    const found: string[] = [];
    for (const until = now + ms; now < until; now += 100) found.push(...sightings.see(sights, now));
    return found;
  });
}

describe("a label", () => {
  it("held for five seconds counts once", () => {
    expect(show([[A], 5_000])).toEqual([A.text]);
  });

  it("that flickers counts once", () => {
    expect(show([[A], 500], [[], 1_000], [[A], 500], [[], 1_100], [[A], 500])).toEqual([A.text]);
  });

  it("shown again after it left counts again", () => {
    expect(show([[A], 500], [[], LEFT_MS + 200], [[A], 500])).toEqual([A.text, A.text]);
  });

  it("A, B, A are three", () => {
    expect(show([[A], 1_000], [[B], 1_000], [[A], 1_000])).toEqual([A.text, B.text, A.text]);
  });

  it("beside another counts once, and so does the other, even if each is missed now and then", () => {
    const glimpses: [Sight[], number][] = Array.from({ length: 30 }, (_, n) => [
      n % 3 === 0 ? [A] : n % 3 === 1 ? [B] : [A, B],
      100,
    ]);
    expect(show(...glimpses)).toEqual([A.text, B.text]);
  });
});

describe("the two symbols of a label", () => {
  it("are one label, whichever is read first", () => {
    expect(show([[A, BARS_A], 2_000])).toEqual([A.text]);
    expect(show([[A], 300], [[BARS_A], 300], [[A, BARS_A], 2_000])).toEqual([A.text]);
    expect(show([[BARS_A], 200], [[A], 2_000])).toEqual([A.text]);
  });

  it("count by the bars when the QR symbol cannot be read", () => {
    expect(show([[BARS_A], BARS_WAIT_MS + 200])).toEqual([BARS_A.text]);
    expect(show([[BARS_A], BARS_WAIT_MS + 200], [[A, BARS_A], 1_000])).toEqual([BARS_A.text]);
  });

  it("do not hide another item of the same batch", () => {
    const other: Sight = { text: "MAK1:LOT-A/OTHER", isLinear: false };
    expect(show([[A, BARS_A], 800], [[other, BARS_A], 800])).toEqual([A.text, other.text]);
  });
});

it("whatever is shown, no text counts twice within the time it takes to leave", () => {
  const sights = fc.subarray([A, B, BARS_A]);
  fc.assert(
    fc.property(fc.array(sights, { maxLength: 80 }), (frames) => {
      const sightings = new Sightings();
      const last = new Map<string, number>();
      frames.forEach((frame, n) => {
        for (const text of sightings.see(frame, n * 100)) {
          expect(n * 100 - (last.get(text) ?? -Infinity)).toBeGreaterThan(500);
          last.set(text, n * 100);
        }
      });
    }),
  );
});
