/** What this phone did lately: nothing counted twice, and eight drums told as one act. */
import { describe, expect, it } from "vitest";
import type { ScanRow } from "../src/device/phone";
import { acts, scannedBefore } from "../src/floor/history";

let seq = 0;

function row(type: string, body: Record<string, unknown>, state: ScanRow["state"] = "saved"): ScanRow {
  seq += 1;
  return { id: `${seq}`, seq, type, body, madeAt: Date.now(), state, code: null, sentence: null, told: null, canUndo: false };
}

/** As the phone lists them: newest first. */
function newestFirst(...rows: ScanRow[]): ScanRow[] {
  return rows.reverse();
}

describe("a second scan of the same unit", () => {
  it("is known by the time of the first", () => {
    expect(scannedBefore([row("received", { unit: "U-1" })], "received", "U-1")).toMatch(/^\d\d:\d\d$/);
  });

  it("counts again after the first was undone", () => {
    expect(scannedBefore([row("received", { unit: "U-1" }, "undone")], "received", "U-1")).toBeNull();
  });

  it("counts again when something else happened to the unit in between", () => {
    const scans = newestFirst(row("received", { unit: "U-1" }), row("dispatched", { unit: "U-1" }));
    expect(scannedBefore(scans, "received", "U-1")).toBeNull();
  });
});

describe("scans recorded together", () => {
  const three = (state: ScanRow["state"] = "saved"): ScanRow[] =>
    [1, 2, 3].map((n) => row("commissioned", { unit: `U-${n}`, container: [n, 3] }, n === 2 ? state : "saved"));

  it("are one act", () => {
    expect(acts(newestFirst(...three())).map(({ rows }) => rows.length)).toEqual([3]);
  });

  it("are told apart from the next act of the same kind", () => {
    expect(acts(newestFirst(...three(), ...three())).map(({ rows }) => rows.length)).toEqual([3, 3]);
  });

  it("stand alone when one of them needs a person's look", () => {
    expect(acts(newestFirst(...three("attention"))).map(({ rows }) => rows.length)).toEqual([1, 1, 1]);
  });

  it("are not confused with single scans", () => {
    expect(acts(newestFirst(row("received", { unit: "A" }), row("received", { unit: "B" }))).length).toBe(2);
  });
});
