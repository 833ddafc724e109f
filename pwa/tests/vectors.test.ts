/** The phone and the server agree, case by case, on the files both of them read. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as chain from "../src/core/chain";
import * as clock from "../src/core/clock";
import * as rules from "../src/core/rules";
import { badgeIn, COMMANDS, commandIn, placeIn } from "../src/scan/command";
import { STEPS } from "../src/scan/scanner-profile";
import { judgeSignature } from "../src/device/label-signature";
import { splitSignature, type Signed } from "../src/scan/label-signature";
import * as grammar from "../src/scan/grammar";
import { sscc } from "../src/scan/sscc";
import { readSupplierCode, type Taught } from "../src/scan/supplier-code";

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

describe("pallet numbers", () => {
  const cases = vectors<{ prefix: string; number: number; sscc: string }[]>("sscc");

  it.each(cases)("$sscc is pallet $number under $prefix", ({ prefix, number, sscc: text }) => {
    expect(sscc(prefix, number)).toBe(text);
  });

  it("end where the prefix has no more", () => {
    expect(() => sscc("890123456789", 100_000)).toThrow(RangeError);
    expect(() => sscc("89012345678901", 0)).toThrow(RangeError);
  });
});

describe("commands, places and badges", () => {
  interface SignVectors {
    commands: string[];
    read: [text: string, command: string | null][];
    places: [text: string, place: string | null][];
    badges: [text: string, code: string | null][];
    scanner: string[];
  }
  const { commands, read, places, badges, scanner } = vectors<SignVectors>("commands");

  it("are those of the printed sheet", () => {
    expect(COMMANDS).toEqual(commands);
    expect(STEPS).toEqual(scanner);
  });

  it.each(read)("%j asks for %j", (text, command) => {
    expect(commandIn(text)).toBe(command);
    if (command !== null) expect(grammar.parse(text, "wedge").kind).toBe("refused");
  });

  it.each(badges)("%j is the badge %j", (text, code) => {
    expect(badgeIn(text)).toBe(code);
  });

  it.each(places)("%j names the place %j", (text, place) => {
    expect(placeIn(text)).toBe(place);
  });
});

describe("suppliers' codes", () => {
  interface SupplierVectors {
    rules: Taught[];
    cases: { name: string; text: string; expect: { item: string; lot: string } | null }[];
  }
  const { rules: taught, cases } = vectors<SupplierVectors>("supplier_codes");

  it.each(cases)("$name", ({ text, expect: expected }) => {
    expect(readSupplierCode(text, taught)).toEqual(expected);
    expect(readSupplierCode(text, [...taught].reverse())).toEqual(expected);
  });
});

describe("the rules", () => {
  type Said<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] extends bigint | null ? string | null : T[K] };
  interface RuleVectors {
    operations: rules.Operation[];
    overrulers: string[];
    table: typeof rules.TABLE;
    plain: { known: Said<rules.Known>; act: Omit<Said<rules.Act>, "operation"> };
    scenes: { name: string; known: Partial<Said<rules.Known>>; act: Partial<Said<rules.Act>>; holds: string[] }[];
    cases: {
      known: Partial<Said<rules.Known>>;
      act: Partial<Said<rules.Act>> & { operation: rules.Operation };
      remarks: [string, string][];
    }[];
  }
  const { operations, overrulers, table, plain, scenes, cases } = vectors<RuleVectors>("rules");
  const number = (text: string | null): bigint | null => (text === null ? null : BigInt(text));

  function known(said: Partial<Said<rules.Known>>): rules.Known {
    const whole = { ...plain.known, ...said };
    return { ...whole, quantity: BigInt(whole.quantity) };
  }

  function act(said: Partial<Said<rules.Act>> & { operation: rules.Operation }): rules.Act {
    const whole = { ...plain.act, ...said };
    const { quantity, most, tolerance } = whole;
    return { ...whole, quantity: number(quantity), most: number(most), tolerance: BigInt(tolerance) };
  }

  it("make the same remarks as the server's twin", () => {
    expect(cases.length).toBeGreaterThan(100);
    for (const { known: unit, act: done, remarks } of cases) {
      expect(rules.judge(known(unit), act(done)).map(({ level, code }) => [level, code])).toEqual(remarks);
    }
  });

  it("are the same table, in the same order, for the same people", () => {
    expect(rules.TABLE).toEqual(table);
    expect(Object.keys(rules.TABLE)).toEqual(Object.keys(table));
    expect(rules.OPERATIONS).toEqual(operations);
    expect([...rules.OVERRULERS].sort()).toEqual(overrulers);
  });

  it.each(scenes)("hold as said: $name", ({ known: unit, act: work, holds }) => {
    const codes = Object.keys(rules.TABLE) as rules.RemarkCode[];
    const scene = act({ ...work, operation: "consume" });
    expect(codes.filter((code) => rules.CONDITIONS[code](known(unit), scene))).toEqual(holds);
  });

  it("let only another person of a role that may overrule", () => {
    expect(rules.mayOverrule("supervisor", "b", "a")).toBe(true);
    expect(rules.mayOverrule("operator", "b", "a")).toBe(false);
    expect(rules.mayOverrule("quality", "a", "a")).toBe(false);
  });
});

describe("signatures on labels", () => {
  interface Signatures {
    public_key: string;
    signed: [text: string, signed: string][];
    forged: string[];
    unsigned: string[];
  }
  const { public_key, signed, forged, unsigned } = vectors<Signatures>("label_signatures");
  const keys = { A: public_key };

  it.each(signed)("%s comes back and is ours", async (text, whole) => {
    const found = splitSignature(whole);
    expect(found).toMatchObject({ text, key: "A" });
    expect(await judgeSignature(found as Signed, keys)).toBe("ours");
    expect(await judgeSignature(found as Signed, { A: null })).toBe("forged");
    expect(await judgeSignature(found as Signed, { B: public_key })).toBe("unchecked");
    expect(grammar.parse(whole, "camera").kind).toBe(grammar.parse(text, "camera").kind);
  });

  it.each(forged)("one other character is not ours: %s", async (whole) => {
    expect(await judgeSignature(splitSignature(whole) as Signed, keys)).toBe("forged");
  });

  it.each(unsigned)("%s carries none", (text) => {
    expect(splitSignature(text)).toBeNull();
  });
});
