/** The phone's clock never runs backwards, and says honestly how far it may be off. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { better, interval, learn, read, tick } from "../src/core/clock";
import type { Clocks, Tick } from "../src/core/clock";
import { eventId } from "../src/core/identifier";

const at = (wall: number, mono: number, boot = "b1"): Clocks => ({ wall, mono, boot });

it("never runs backwards, whatever the wall clock does, and ids sort as it runs", () => {
  const moments = fc.array(
    fc.record({ wall: fc.integer({ min: 0, max: 2 ** 45 }), offset: fc.option(fc.integer({ min: -1e9, max: 1e9 })) }),
    { minLength: 2 },
  );
  fc.assert(
    fc.property(moments, (seen) => {
      let last: Tick = [1_000, 0];
      let lastId = "";
      for (const { wall, offset } of seen) {
        const next = tick(last, wall, offset);
        expect(next[0] > last[0] || (next[0] === last[0] && next[1] === last[1] + 1)).toBe(true);
        const id = eventId(next, (count) => new Uint8Array(count));
        expect(id > lastId).toBe(true);
        [last, lastId] = [next, id];
      }
    }),
  );
});

it("stuck in the future, it still gives ids that sort, for a quarter of a million scans", () => {
  const ids = [0, 1, 63, 64, 4_095, 4_096, 65_536, 262_143].map((counter) =>
    eventId([5, counter], (count) => crypto.getRandomValues(new Uint8Array(count))),
  );
  expect([...ids].sort()).toEqual(ids);
});

describe("the offset", () => {
  it("is the server's time against the middle of the round trip", () => {
    expect(learn(5_000, at(1_000, 100), at(1_200, 300))).toMatchObject({ offset: 3_900, round_trip: 200 });
  });

  it("brackets the truth, however the round trip is divided", () => {
    const ways = fc.record({
      there: fc.integer({ min: 0, max: 5_000 }),
      back: fc.integer({ min: 0, max: 5_000 }),
      off: fc.integer({ min: -1e7, max: 1e7 }),
    });
    fc.assert(
      fc.property(ways, ({ there, back, off }) => {
        const asked = at(1_000_000, 0);
        const answered = at(1_000_000 + there + back, there + back);
        const learned = learn(1_000_000 + there + off, asked, answered);
        const [earliest, latest] = interval(read([0, 0], answered, learned));
        expect(earliest - 1 <= answered.wall + off && answered.wall + off <= latest + 1).toBe(true);
      }),
    );
  });

  it("of a quick answer outlives slower ones that agree, until its crystal may have wandered further", () => {
    const quick = learn(1_000_010, at(1_000_000, 0), at(1_000_020, 20));
    const slow = learn(1_060_400, at(1_060_000, 60_000), at(1_060_800, 60_800));
    expect(better(quick, slow)).toBe(quick);
    const muchLater = learn(11_000_050, at(11_000_000, 10_000_000), at(11_000_100, 10_000_100));
    expect(better(quick, muchLater)).toBe(muchLater);
  });

  it("that contradicts the old one wins: somebody set the clock", () => {
    const old = learn(1_000_010, at(1_000_000, 0), at(1_000_020, 20));
    const fresh = learn(1_060_010, at(4_660_000, 60_000), at(4_660_020, 60_020));
    expect(better(old, fresh)).toBe(fresh);
  });

  it("is not used any more once the wall clock was turned back, but survives a phone that slept", () => {
    const learned = learn(1_000_500, at(1_000_000, 0), at(1_000_000, 0));
    expect(read([0, 0], at(700_000, 60_000), learned).offset).toBeNull();
    expect(read([0, 0], at(700_000, 10, "b2"), learned).offset).toBeNull();
    expect(read([0, 0], at(9_000_000, 60_000), learned)).toMatchObject({ offset: 500, offset_age: 60_000 });
    expect(read([0, 0], at(1_030_000, 10, "b2"), learned)).toMatchObject({ offset: 500, offset_age: 30_000 });
  });
});
