/** What was written into the second copy is read again, whatever became of the bytes around it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lines, readLog, runsOf, scansOf } from "../src/device/copy-log";
import type { Entry, ScanEntry } from "../src/device/copy-log";

const DEVICE = "d1";

function scan(seq: number, inc = "a", body = `{"type":"received","note":"${seq}\\n"}`): ScanEntry {
  const hash = (n: number) => String(n).padStart(64, "0");
  const known = { is: "scan", device: DEVICE, inc, seq, body, made_at: seq } as const;
  return { ...known, id: `${inc}${seq}`, hash: hash(seq), before: hash(seq - 1) };
}

describe("the second copy's text", () => {
  it("gives back what was appended, in order", () => {
    const entries: Entry[] = [scan(1), { is: "handed_in", device: DEVICE }, scan(2, "b", "°µ – 重")];
    expect(readLog(entries.map((entry) => lines([entry])).join(""))).toEqual(entries);
    expect(readLog(lines(entries))).toEqual(entries);
    expect(readLog("")).toEqual([]);
  });

  it("loses to a torn append only what was torn, and nothing of what is appended behind it", () => {
    const [one, two, three] = [scan(1), scan(2), scan(3)].map((entry) => lines([entry]));
    fc.assert(
      fc.property(fc.nat(two?.length ?? 0), (cut) => {
        const read = readLog(`${one}${two?.slice(0, cut)}${three}`);
        expect(read.filter((entry) => entry.is === "scan" && entry.seq !== 2)).toEqual([scan(1), scan(3)]);
        expect(read.length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it("never takes bytes that were changed for a scan", () => {
    const text = lines([scan(1)]);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, other) => {
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        for (const entry of readLog(changed)) expect(entry).toEqual(scan(1));
      }),
    );
  });

  it("gives each scan of a device once and in order, and the unbroken runs among them", () => {
    const other = { ...scan(9), device: "d2" };
    const entries = [scan(2), other, scan(1), scan(2), scan(4), scan(1, "b"), scan(5)];
    const scans = scansOf(entries, DEVICE);
    expect(scans.map(({ inc, seq }) => `${inc}${seq}`)).toEqual(["a1", "a2", "a4", "a5", "b1"]);
    expect(runsOf(scans, 9).map((run) => run.length)).toEqual([2, 2, 1]);
    expect(runsOf(scans, 1).map((run) => run.length)).toEqual([1, 1, 1, 1, 1]);
  });
});
