/** A report says how the phone is, whatever is broken, and nothing that a scan or a person says. */
import { signal } from "@preact/signals";
import { expect, it } from "vitest";
import type { Phone, ScanRow } from "../src/device/phone";
import { reportOf } from "../src/floor/problem-report";

const SURROUNDINGS = { agent: "test", language: "en", screen: "360 x 640 at 2", bytes_used: 1, bytes_allowed: 2, is_kept: true };
const SECRET = "not to be told";

const scan: ScanRow = {
  id: "01",
  seq: 1,
  type: "consumed",
  body: { unit: SECRET, actor: SECRET },
  madeAt: 0,
  state: "attention",
  code: "unit_unknown",
  sentence: SECRET,
  told: null,
  canUndo: false,
};

function phone(checks: Phone["checks"]): Phone {
  const connection = { state: "offline", code: null, lastSuccessAt: null, lastFailureAt: null };
  const person = { person: SECRET, name: SECRET };
  const enrolled = { device: SECRET, deviceCode: "A1B", name: SECRET, site: "DOCK", company: SECRET, isDemo: false, inc: SECRET };
  const parts = { unsent: 3, dataAt: null, notSaved: null, storageLost: true, rescued: null, scans: [scan], printWishes: [] };
  const told = Object.entries({ connection, person, enrolled, ...parts }).map(([name, value]) => [name, signal(value)]);
  return { ...Object.fromEntries(told), checks } as unknown as Phone;
}

it("chooses what it says word by word", async () => {
  const report = await reportOf(phone(async () => [{ name: "space", ok: false, blocking: true }]), new Date(0), SURROUNDINGS);
  expect(JSON.stringify(report)).not.toContain(SECRET);
  expect(report).toMatchObject({ unsent: 3, phone: { code: "A1B" }, checks: [{ name: "space", ok: false }], scans: [{ code: "unit_unknown" }] });
});

it("is made by a phone that cannot even check itself", async () => {
  const report = await reportOf(phone(() => Promise.reject(new Error("gone"))), new Date(0), SURROUNDINGS);
  expect(report).toMatchObject({ checks: null, unsent: 3, storage_lost: true });
});
