/** The phone and the server agree, case by case, on the files both of them read. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as chain from "../src/core/chain";
import * as clock from "../src/core/clock";
import { judge } from "../src/core/rules";
import * as grammar from "../src/scan/grammar";

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}.json`, import.meta.url), "utf8")) as T;
}

describe("the chain", () => {
  interface ChainVectors {
    device: string;
    inc: string;
    origin: string;
    events: { id: string; seq: number; body: string; hash: string; fingerprint: string }[];
    signed_bytes: { purpose: chain.Purpose; nonce: string; seq: number; hash: string; hex: string }[];
    incarnation_tags: { inc: string; tag: string }[];
  }
  const { device, inc, origin, events, signed_bytes, incarnation_tags } = vectors<ChainVectors>("chain");

  it("links every body to the same hash as the server", () => {
    let end = chain.origin(device, inc);
    expect(end).toEqual({ seq: 0, hash: origin });
    for (const { id, seq, body, hash, fingerprint } of events) {
      end = chain.link(end, id, body);
      expect(end).toEqual({ seq, hash });
      expect(chain.fingerprint(body)).toBe(fingerprint);
    }
  });

  it("signs the same bytes as the server checks", () => {
    for (const { purpose, nonce, seq, hash, hex } of signed_bytes) {
      const bytes = chain.signedBytes(purpose, nonce, device, inc, { seq, hash });
      expect(Buffer.from(bytes).toString("hex")).toBe(hex);
    }
  });

  it("gives every incarnation its tag", () => {
    for (const { inc: other, tag } of incarnation_tags) expect(chain.incarnationTag(other)).toBe(tag);
  });
});

describe("the clock", () => {
  interface ClockVectors {
    tick: { last: [number, number]; wall: number; offset: number | null; next: [number, number] }[];
    interval: {
      reading: { wall: number; offset: number | null; offset_age: number | null; round_trip: number | null };
      interval: [number, number];
    }[];
  }
  const { tick, interval } = vectors<ClockVectors>("clock");

  it("ticks like the server's twin", () => {
    for (const { last, wall, offset, next } of tick) expect(clock.tick(last, wall, offset)).toEqual(next);
  });

  it("gives the same interval for a reading", () => {
    for (const { reading, interval: expected } of interval) expect(clock.interval(reading)).toEqual(expected);
  });
});

describe("the label grammar", () => {
  interface GrammarVectors {
    cases: { name: string; text: string; source: grammar.Source; expect: grammar.Scanned }[];
    check_characters: { text: string; check: string }[];
    serials: { device_code: string; incarnation_tag: string; counter: number; serial: string }[];
  }
  const { cases, check_characters, serials } = vectors<GrammarVectors>("label_grammar");

  it.each(cases)("$name", ({ text, source, expect: expected }) => {
    expect(grammar.parse(text, source)).toEqual(expected);
  });

  it("computes every check character", () => {
    for (const { text, check } of check_characters) expect(grammar.checkCharacter(text)).toBe(check);
  });

  it("mints the serials the printer side expects", () => {
    for (const { device_code, incarnation_tag, counter, serial } of serials) {
      expect(grammar.mintSerial(device_code, incarnation_tag, counter)).toBe(serial);
    }
  });
});

describe("the rules", () => {
  interface RuleVectors {
    cases: {
      known: {
        known: boolean;
        place: string | null;
        quantity: string;
        owner: string | null;
        status: string | null;
        is_ended: boolean;
        parent: string | null;
      };
      act: {
        operation: "goods_in" | "receive" | "consume" | "produce" | "dispatch";
        here: string;
        quantity: string | null;
        owner: string;
      };
      remarks: [string, string][];
    }[];
  }

  it("make the same remarks as the server's twin", () => {
    const { cases } = vectors<RuleVectors>("rules");
    expect(cases.length).toBeGreaterThan(20);
    for (const { known, act, remarks } of cases) {
      const found = judge(
        { ...known, quantity: BigInt(known.quantity) },
        { ...act, quantity: act.quantity === null ? null : BigInt(act.quantity) },
      );
      expect(found.map(({ level, code }) => [level, code])).toEqual(remarks);
    }
  });
});
