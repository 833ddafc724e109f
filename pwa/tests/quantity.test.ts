/** Not one digit is rounded between what is typed, kept and shown. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stepped } from "../src/ui/keypad";
import { QUANTITY_MAX, baseQuantity, shown, toBase } from "../src/core/quantity";

describe("a typed quantity", () => {
  it.each([
    ["25", 1_000_000n, 25_000_000n],
    ["24.5", 1_000_000n, 24_500_000n],
    ["0.000001", 1_000_000n, 1n],
    ["12", 1n, 12n],
    ["2.5", 12n, 30n],
    ["1000000000", 1_000_000n, QUANTITY_MAX],
    ["0", 1n, "quantity_not_positive"],
    ["-0.0", 1n, "quantity_not_positive"],
    ["-5", 1n, "quantity_not_positive"],
    ["0.0000001", 1_000_000n, "quantity_too_precise"],
    ["1.5", 1n, "quantity_too_precise"],
    ["1000000000.000001", 1_000_000n, "quantity_too_large"],
    ["", 1n, "quantity_not_understood"],
    ["1e3", 1n, "quantity_not_understood"],
    ["1,5", 1n, "quantity_not_understood"],
    [" 1", 1n, "quantity_not_understood"],
    ["१२", 1n, "quantity_not_understood"],
    ["Infinity", 1n, "quantity_not_understood"],
    ["9".repeat(31), 1n, "quantity_not_understood"],
  ])("%s × %s is %s", (entered, perUnit, expected) => {
    expect(toBase(entered, perUnit)).toBe(expected);
  });

  it("comes back from its base exactly", () => {
    const units = fc.constantFrom(1n, 10n, 1_000n, 1_000_000n);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: QUANTITY_MAX }), units, (base, perUnit) => {
        expect(toBase(shown(base, perUnit), perUnit)).toBe(base);
        expect(shown(-base, perUnit)).toBe(`-${shown(base, perUnit)}`);
      }),
    );
  });
});

it("a base quantity is a whole number of smallest units", () => {
  expect(baseQuantity("25000000")).toBe(25_000_000n);
  expect(baseQuantity("25.0")).toBe(25n);
  expect(baseQuantity("25.5")).toBe("quantity_too_precise");
});

it("a quantity is shown without trailing zeros, and twelfths end somewhere", () => {
  expect([0n, 1n, 24_500_000n, 1_000_000n].map((base) => shown(base, 1_000_000n))).toEqual([
    "0",
    "0.000001",
    "24.5",
    "1",
  ]);
  expect(shown(10n, 12n)).toMatch(/^0\.83{27}$/);
});

describe("one more and one less", () => {
  it.each([
    ["", 1n, "1"],
    ["", -1n, "0"],
    ["24", 1n, "25"],
    ["24.5", -1n, "23.5"],
    ["0.5", -1n, "0"],
    [".5", 1n, "1.5"],
    ["1.2.3", 1n, "1.2.3"],
    ["abc", -1n, "abc"],
  ] as const)("of %s by %s is %s", (text, by, expected) => {
    expect(stepped(text, by)).toBe(expected);
  });

  it("undo each other, to the last digit", () => {
    const typed = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 14n }), fc.stringMatching(/^[0-9]{1,12}$/));
    fc.assert(
      fc.property(typed, ([whole, fraction]) => {
        expect(stepped(stepped(`${whole}.${fraction}`, 1n), -1n)).toBe(`${whole}.${fraction}`);
      }),
    );
  });
});
