/** A desk is a device too: in the same browser as a phone, with a chain of its own that nothing of the phone gets into. */
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EventBody } from "../src/core/event";
import { openPhone } from "../src/device/phone";
import type { Draft, Person, Phone } from "../src/device/phone";
import { FarEnd } from "./far-end";
import { ACTOR, receipt } from "./phone-parts";
import { pocket } from "./pocket";
import type { Pocket } from "./pocket";

const MEERA: Person = {
  person: "01936f5a00007000800000000000b001",
  name: "Meera",
  role: "office",
  site: "ASHA-WH",
  grant: 2,
  isActive: true,
  hasPin: false,
  lockedUntilOffice: false,
};
const EXCEPTION = "e".repeat(32);
const EVIDENCE = "f".repeat(32);
const decision = (over: object = {}): Draft => ({
  body: { type: "decided", exception: EXCEPTION, evidence: EVIDENCE, choice: "accept", ...over },
});
const held = (batch: string): Draft => ({ body: { type: "held", item: "MAKE", batch, after: ["a".repeat(32)] } });

let disk: IDBFactory;
let notes: Map<string, string>;
let office: FarEnd;
let floor: FarEnd;

beforeEach(() => {
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("navigator", {
    serviceWorker: { ready: Promise.resolve({}) },
    storage: { persisted: async () => true, estimate: async () => ({ quota: 1e9, usage: 0 }) },
    mediaDevices: { enumerateDevices: async () => [] },
  });
  [disk, notes, office, floor] = [new IDBFactory(), new Map(), new FarEnd(), new FarEnd()];
});

afterEach(() => vi.unstubAllGlobals());

/** The browser as one of the devices it is; other random bytes for each, as in life. */
const at = (server: FarEnd, role: "phone" | "desk"): Pocket => {
  const random = (count: number) => crypto.getRandomValues(new Uint8Array(count));
  return Object.assign(pocket(server.fetch, disk, notes), { role, random });
};

async function desk(world = at(office, "desk")): Promise<Phone> {
  const opened = await openPhone(world);
  if (opened.enrolled.value === null) await opened.enrol("CODE", "Office desk");
  opened.actAs(MEERA);
  return opened;
}

const bodiesAt = (server: FarEnd): EventBody[] =>
  [...server.held.values()].sort((a, b) => a.seq - b.seq).map(({ body }) => JSON.parse(body) as EventBody);
/** Let time pass in the world of a device until something is so. */
const passing = (world: Pocket, isSo: () => void) =>
  vi.waitFor(
    async () => {
      await world.pass(1_000);
      isSo();
    },
    { timeout: 4_000 },
  );

it("what the desk says and what the phone scans in one browser are two chains in two databases", async () => {
  const phone = await openPhone(at(floor, "phone"));
  await phone.enrol("CODE", "Dock 1");
  phone.actAs({ ...MEERA, person: ACTOR });
  const own = await desk();
  expect(own.enrolled.value?.inc).not.toBe(phone.enrolled.value?.inc);
  await own.record([decision()]);
  await phone.record([{ body: receipt("D1") } as unknown as Draft]);
  expect(own.scans.value.map(({ type, seq }) => [type, seq])).toEqual([["decided", 1]]);
  expect(phone.scans.value.map(({ type, seq }) => [type, seq])).toEqual([["received", 1]]);
  const names = (await disk.databases()).map(({ name }) => name).sort();
  expect(names).toEqual(
    expect.arrayContaining(["batchspine-outbox", "batchspine-desk-outbox", "batchspine-desk-replica-1"]),
  );
  expect(new Set(notes.keys()).size).toBe(2);
});

it("a decision names the facts recorded with it, each decision its own, all in one go", async () => {
  const own = await desk();
  const rows = await own.record([held("M-1"), decision(), held("M-2"), held("M-3"), decision({ choice: "x" }), decision()]);
  const ids = rows.map(({ id }) => id);
  await vi.waitFor(() => expect(own.scans.value).toHaveLength(6));
  const effects = own.scans.value.filter(({ type }) => type === "decided").map(({ body }) => body["effects"]);
  expect(effects.reverse()).toEqual([[ids[0]], [ids[2], ids[3]], []]);
});

it("speaks for who signed in to the office, and knows what the screen knew", async () => {
  const world = at(office, "desk");
  const own = await desk(world);
  await own.record([held("M-1")]);
  expect(own.unsent.value).toBe(1);
  await passing(world, () => expect(office.held.size).toBe(1));
  const [body] = bodiesAt(office);
  expect(body).toMatchObject({ actor: MEERA.person, grant: 2, after: ["a".repeat(32)] });
  expect(body?.picture_at).toBeGreaterThan(0);
});

it("keeps what was decided through a kill, and says nothing with nobody signed in", async () => {
  const own = await desk();
  await own.record([decision()]);
  const again = await openPhone(at(office, "desk"));
  expect(again.scans.value.map(({ type }) => type)).toEqual(["decided"]);
  await expect(again.record([decision()])).rejects.toMatchObject({ reason: "not_signed_in" });
});

it("switched off by the office, a phone hands in what it has and then lets go of what it knew", async () => {
  floor.feed("unit", "D1", { unit: "D1", place: "location:KIRAN-FL" });
  const world = at(floor, "phone");
  const phone = await openPhone(world);
  await phone.enrol("CODE", "Dock 1");
  phone.actAs({ ...MEERA, person: ACTOR });
  expect(phone.dataAt.value).not.toBeNull();
  floor.weather = (call, serve) =>
    call.path === "/sync/v1/pull" ? Promise.resolve(floor.problem(403, "device_switched_off")) : serve();
  await phone.record([{ body: receipt("D1") } as unknown as Draft]);
  await passing(world, () => expect(floor.held.size).toBe(1));
  await passing(world, () => expect(phone.dataAt.value).toBeNull());
  expect(phone.connection.value).toMatchObject({ state: "trouble", code: "device_switched_off" });
});
