/** Unsent scans as a file: carried by anybody, taken as if the phone had pushed them, and once. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { handInScanFile, writeScanFile } from "../src/device/scan-file";
import { FarEnd } from "./far-end";
import { SCENE, enrolled, receipt } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket } from "./pocket";

let server: FarEnd;
let phone: Parts;

beforeEach(async () => {
  server = new FarEnd();
  phone = await enrolled(pocket(server.fetch));
});

afterEach(() => phone.loop.stop());

async function scan(...units: string[]): Promise<void> {
  for (const unit of units) await phone.outbox.record([receipt(unit)], SCENE);
}

async function file(): Promise<string> {
  const [who, keys] = [await phone.outbox.get("enrolled"), await phone.outbox.get("keys")];
  if (who === undefined || keys === undefined) throw new Error("not enrolled");
  return (await writeScanFile(phone.outbox, { enrolled: who, keys })) ?? "none";
}

/** Somebody at a browser that is no phone. */
const desk = () => pocket(server.fetch);

describe("a file of scans", () => {
  it("is taken once, whoever comes first and how often", async () => {
    await scan("D1", "D2");
    const early = await file();
    await scan("D3");
    const all = await file();
    expect(await handInScanFile(desk(), early)).toEqual({ phone: "Dock 1", taken: 2, known: 0 });
    expect(await handInScanFile(desk(), all)).toEqual({ phone: "Dock 1", taken: 1, known: 2 });
    expect(await handInScanFile(desk(), early)).toEqual({ phone: "Dock 1", taken: 0, known: 2 });
    expect(await phone.outbox.unsentCount()).toBe(3);
    await phone.loop.now();
    expect([await phone.outbox.unsentCount(), server.held.size]).toEqual([0, 3]);
    expect(await handInScanFile(desk(), all)).toEqual({ phone: "Dock 1", taken: 0, known: 3 });
  });

  it("holds only what is unsent, begun where the server stands", async () => {
    await scan("D1");
    await phone.loop.now();
    expect(await file()).toBe("none");
    await scan("D2");
    expect(await handInScanFile(desk(), await file())).toMatchObject({ taken: 1, known: 0 });
  });

  it("goes over incarnations and over the length of one push", async () => {
    await phone.outbox.record(Array.from({ length: 250 }, (_, n) => receipt(`D${n}`)), SCENE);
    await phone.outbox.beginIncarnation((await phone.outbox.head()).inc);
    await scan("E1");
    const text = await file();
    const lengths = (JSON.parse(text) as { pushes: { events: unknown[] }[] }).pushes.map(({ events }) => events.length);
    expect(lengths.sort((one, other) => one - other)).toEqual([1, 50, 200]);
    expect(await handInScanFile(desk(), text)).toMatchObject({ taken: 251, known: 0 });
  });

  it("cannot be changed by who carries it", async () => {
    await scan("D1", "D2");
    const changed = (await file()).replaceAll("25000000", "95000000");
    await expect(handInScanFile(desk(), changed)).rejects.toMatchObject({ code: "signature_wrong" });
    expect(server.held.size).toBe(0);
  });

  it.each(["", "{}", "[]", "null", '{"batchspine_scans":2,"phone":"X","pushes":[]}'])("is not %j", async (text) => {
    await expect(handInScanFile(desk(), text)).rejects.toMatchObject({ code: "no_scan_file" });
  });
});
