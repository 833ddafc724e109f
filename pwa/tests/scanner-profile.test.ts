/** A scanner that reads its sheet: what is wrong with it is named, what is odd is taken off from then on. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleaned, joined, judge, STEPS, type Heard, type ScannerProfile } from "../src/scan/scanner-profile";

const same = (text: string): Heard => ({ typed: text, us: text });
const swapped = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()));
const german = (text: string): string =>
  text.replace(/[yzYZ:/-]/g, (each) => ({ y: "z", z: "y", Y: "Z", Z: "Y", ":": "Ö", "/": "-", "-": "ß" })[each] ?? each);

describe("a step of the sheet", () => {
  it.each(STEPS)("%s as it is printed leaves nothing to take off", (step) => {
    expect(judge(step, same(step))).toEqual({ prefix: "", suffix: "", keys: "either" });
    // A symbology identifier is no prefix.
    expect(judge(step, same(`]Q1${step}`))).toEqual({ prefix: "", suffix: "", keys: "either" });
  });

  it("tells what stands around every code", () => {
    const [first = ""] = STEPS;
    expect(judge(first, same(`<<]Q1${first}#`))).toEqual({ prefix: "<<", suffix: "#", keys: "either" });
  });

  it("tells whose keyboard it is", () => {
    const [, , , address = ""] = STEPS;
    expect(judge(address, { typed: german(address), us: address })).toMatchObject({ keys: "us" });
    expect(judge(address, { typed: address, us: german(address) })).toMatchObject({ keys: "typed" });
    expect(judge(address, { typed: address, us: null })).toMatchObject({ keys: "typed" });
    expect(judge(address, { typed: german(address), us: null })).toBe("layout");
  });

  it("names what is wrong", () => {
    const [upper = "", lower = "", marks = "", address = ""] = STEPS;
    expect(judge(upper, same(swapped(upper)))).toBe("case");
    expect(judge(lower, same(lower.slice(3, 20)))).toBe("lost");
    expect(judge(upper, same(marks))).toBe("other");
    expect(judge(upper, same(address))).toBe("other");
  });
});

describe("the steps together", () => {
  const of = (keys: ScannerProfile["keys"], prefix = ""): ScannerProfile => ({ prefix, suffix: "", keys });

  it("are one scanner, whose keyboard shows where it matters", () => {
    expect(joined([of("either"), of("us"), of("either")])).toEqual(of("us"));
    expect(joined([of("either"), of("either")])).toEqual(of("either"));
  });

  it("or two, of which nothing is believed", () => {
    expect(joined([of("us"), of("typed")])).toBeNull();
    expect(joined([of("either"), of("either", "#")])).toBeNull();
    expect(joined([])).toBeNull();
  });
});

describe("every code from then on", () => {
  it("comes as it is printed, whatever stands around it", () => {
    const texts = fc.string({ unit: fc.constantFrom(..."ABC019-./:]Q"), minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(texts, fc.constantFrom("", "#", "<<"), fc.constantFrom("", "#", "~"), (text, prefix, suffix) => {
        const heard = same(prefix + text + suffix);
        expect(cleaned(heard.typed, heard, { prefix, suffix, keys: "either" })).toBe(text);
      }),
    );
  });

  it("of another scanner is left alone", () => {
    expect(cleaned("A-1", same("A-1"), { prefix: "#", suffix: "", keys: "either" })).toBe("A-1");
    expect(cleaned("A-1", same("A-1"), null)).toBe("A-1");
  });

  it("is read by its keys where the keyboards differ", () => {
    const heard = { typed: german("HTTPS://X"), us: "HTTPS://X" };
    expect(cleaned(heard.typed, heard, { prefix: "", suffix: "", keys: "us" })).toBe("HTTPS://X");
    expect(cleaned("typed", { typed: "typed", us: null }, { prefix: "", suffix: "", keys: "us" })).toBe("typed");
  });
});
