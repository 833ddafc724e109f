/** A phone whose outbox is gone: what its second copy holds comes back, or at least gets to the server. */
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Phone } from "../src/device/phone";
import { openPhone } from "../src/device/open-phone";
import { readLog } from "../src/device/copy-log";
import { FAIR, FarEnd } from "./far-end";
import { ACTOR, receipt } from "./phone-parts";
import { pocket } from "./pocket";
import type { Pocket } from "./pocket";

const OFFLINE = () => Promise.reject(new TypeError("offline"));

let server: FarEnd;
let world: Pocket;
let phone: Phone;
const opened: Phone[] = [];

async function open(at: Pocket): Promise<void> {
  world = at;
  phone = await openPhone(at);
  opened.push(phone);
}

beforeEach(async () => {
  vi.stubGlobal("isSecureContext", true);
  const ready = Promise.resolve({});
  vi.stubGlobal("navigator", { serviceWorker: { ready }, storage: { persisted: async () => true } });
  server = new FarEnd();
  server.feed("person", ACTOR, {
    person: ACTOR,
    name: "Anita",
    role: "operator",
    site: "KIRAN-FL",
    grant: 1,
    pin: null,
    is_active: true,
  });
  await open(pocket(server.fetch));
  await phone.enrol("CODE", "Dock 1");
  await signedIn();
});

afterEach(() => {
  for (const one of opened.splice(0)) (one as unknown as { loop: { stop(): void } }).loop.stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function signedIn(): Promise<void> {
  const [anita] = await phone.people();
  if (anita === undefined) throw new Error("nobody is known");
  phone.person.value = anita;
}

/** Record receipts of units, and let the second copy be written. */
async function scan(...units: string[]): Promise<void> {
  let last = 0;
  for (const unit of units) last = (await phone.record([{ body: { ...receipt(unit) } }]))[0]?.seq ?? 0;
  await vi.waitFor(() => expect(signedSeqs().at(-1)).toBe(last));
}

const signedSeqs = () => readLog(world.paper.text).flatMap((entry) => (entry.is === "signed" ? [entry.seq] : []));
const unitsHeld = () => [...server.held.values()].map(({ body }) => (JSON.parse(body) as { unit: string }).unit).sort();

/** Empty the databases a browser would have lost; the rest of the disk stays. */
async function destroy(...names: string[]): Promise<void> {
  (phone as unknown as { loop: { stop(): void } }).loop.stop();
  for (const name of names) {
    await new Promise((resolve, reject) => {
      const request = world.indexedDB.deleteDatabase(name);
      request.onsuccess = resolve;
      request.onerror = reject;
    });
  }
}

/** Have the browser fail to open the outbox, for good. */
function breakOutbox(): void {
  const sound = IDBFactory.prototype.open;
  vi.spyOn(IDBFactory.prototype, "open").mockImplementation(function (this: IDBFactory, name, version) {
    if (name === "batchspine-outbox") throw new DOMException("Internal error", "UnknownError");
    return sound.call(this, name, version);
  });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
}

/** Copy the databases as they are now, as the image of a phone would. */
async function copied(): Promise<IDBFactory> {
  const disk = new IDBFactory();
  for (const name of ["batchspine-outbox", "batchspine-replica-1"]) {
    const from = await requested(world.indexedDB.open(name));
    const opening = disk.open(name, from.version);
    const stores = [...from.objectStoreNames];
    const reading = from.transaction(stores);
    const shapes = stores.map((store) => {
      const { keyPath, indexNames } = reading.objectStore(store);
      const indexes = [...indexNames].map((index) => reading.objectStore(store).index(index));
      return { store, keyPath, indexes: indexes.map(({ name: of, keyPath: path, unique }) => ({ of, path, unique })) };
    });
    opening.onupgradeneeded = () => {
      for (const { store, keyPath, indexes } of shapes) {
        const made = opening.result.createObjectStore(store, keyPath === null ? {} : { keyPath });
        for (const { of, path, unique } of indexes) made.createIndex(of, path, { unique });
      }
    };
    const to = await requested(opening);
    for (const store of stores) {
      const source = from.transaction(store).objectStore(store);
      const [rows, keys] = [await requested(source.getAll()), await requested(source.getAllKeys())];
      const target = to.transaction(store, "readwrite").objectStore(store);
      for (const [n, row] of rows.entries()) {
        await requested(source.keyPath === null ? target.put(row, keys[n]) : target.put(row));
      }
    }
    from.close();
    to.close();
  }
  return disk;
}

function requested<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function call(): Promise<void> {
  await (phone as unknown as { loop: { now(): Promise<unknown> } }).loop.now();
}

describe("a phone whose outbox was destroyed", () => {
  it("has everything unsent back and sends it, as the phone it was", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2", "D3");
    await destroy("batchspine-outbox");
    await open(world.reopened());
    expect(phone.storageLost.value).toBe(false);
    expect(phone.enrolled.value?.device).toBe(server.device);
    expect(phone.unsent.value).toBe(3);
    server.weather = FAIR;
    await call();
    expect(unitsHeld()).toEqual(["D1", "D2", "D3"]);
  });

  it("records under a new incarnation, for numbers behind the copy may have been given", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2");
    const before = phone.enrolled.value?.inc;
    await destroy("batchspine-outbox");
    await open(world.reopened());
    await signedIn();
    const [next] = await phone.record([{ body: { ...receipt("D9") } }]);
    expect(next?.seq).toBe(1);
    expect(phone.enrolled.value?.inc).not.toBe(before);
    server.weather = FAIR;
    await call();
    expect(unitsHeld()).toEqual(["D1", "D2", "D9"]);
  });

  it("says that scans are lost if the copy is behind, and announces to the server how many there were", async () => {
    server.weather = OFFLINE;
    await scan("D1");
    const whole = world.paper.text;
    await scan("D2", "D3");
    await world.pass(200);
    await vi.waitFor(() => expect([...world.notes.values()].join()).toContain('"seq":3'));
    await destroy("batchspine-outbox");
    world.paper.text = whole;
    await open(world.reopened());
    expect(phone.storageLost.value).toBe(true);
    server.weather = FAIR;
    await call();
    expect(server.pushes.at(-1)?.head.seq).toBe(3);
    expect(unitsHeld()).toEqual(["D1"]);
  });

  it("says once, as whoever signs in next, which scans are gone for good (S8, S11)", async () => {
    server.weather = OFFLINE;
    await scan("D1");
    const whole = world.paper.text;
    const inc = phone.enrolled.value?.inc;
    await scan("D2", "D3");
    await world.pass(200);
    await vi.waitFor(() => expect([...world.notes.values()].join()).toContain('"seq":3'));
    await destroy("batchspine-outbox");
    world.paper.text = whole;
    await open(world.reopened());
    const [anita] = await phone.people();
    phone.actAs(anita ?? null);
    const told = () => phone.scans.value.filter(({ type }) => type === "lost");
    await vi.waitFor(() => expect(told()).toHaveLength(1));
    expect(told()[0]?.body).toMatchObject({ inc, first: 2, last: 3, actor: ACTOR });
    expect(told()[0]?.canUndo).toBe(false);
    await open(world.reopened());
    phone.actAs(anita ?? null);
    await world.pass(200);
    expect(told()).toHaveLength(1);
  });

  it("says nothing of the kind if the copy has everything", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2");
    await world.pass(200);
    await destroy("batchspine-outbox");
    await open(world.reopened());
    const [anita] = await phone.people();
    phone.actAs(anita ?? null);
    await world.pass(200);
    expect(phone.scans.value.map(({ type }) => type)).toEqual(["received", "received"]);
  });

  it("sends runs on both sides of a line that cannot be read", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2", "D3");
    world.paper.text = world.paper.text.replace(/\n.*\\"unit\\":\\"D2\\".*\n/, "\nbroken\n");
    await destroy("batchspine-outbox");
    await open(world.reopened());
    server.weather = FAIR;
    await call();
    expect(unitsHeld()).toEqual(["D1", "D3"]);
  });
});

describe("a phone whose outbox was put back to an earlier state", () => {
  it("takes back what it lacks, and goes on under a new incarnation", async () => {
    server.weather = OFFLINE;
    await scan("D1");
    const older = await copied();
    await scan("D2", "D3");
    await world.pass(200);
    await vi.waitFor(() => expect([...world.notes.values()].join()).toContain('"seq":3'));
    await destroy();
    const before = pocket(server.fetch, older, world.notes, world.paper);
    await open(before.reopened());
    expect(phone.storageLost.value).toBe(false);
    expect(phone.unsent.value).toBe(3);
    await signedIn();
    expect((await phone.record([{ body: { ...receipt("D4") } }]))[0]?.seq).toBe(1);
    server.weather = FAIR;
    await call();
    expect(unitsHeld()).toEqual(["D1", "D2", "D3", "D4"]);
  });

  it("says which scans neither it nor its copy has (S8, S11)", async () => {
    server.weather = OFFLINE;
    await scan("D1");
    const older = await copied();
    const inc = phone.enrolled.value?.inc;
    await scan("D2", "D3");
    await world.pass(200);
    await vi.waitFor(() => expect([...world.notes.values()].join()).toContain('"seq":3'));
    await destroy();
    await open(pocket(server.fetch, older, world.notes, { text: "" }).reopened());
    expect(phone.storageLost.value).toBe(true);
    const [anita] = await phone.people();
    phone.actAs(anita ?? null);
    await vi.waitFor(() => expect(phone.scans.value[0]).toMatchObject({ type: "lost" }));
    expect(phone.scans.value[0]?.body).toMatchObject({ inc, first: 2, last: 3 });
  });
});

describe("a phone whose key is gone with its outbox", () => {
  it("hands its scans in by the signatures in the copy, before anybody enrols it anew, and only once", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2", "D3");
    await world.pass(200);
    await destroy("batchspine-outbox", "batchspine-keyring");
    server.weather = FAIR;
    await open(world.reopened());
    expect(phone.storageLost.value).toBe(true);
    await vi.waitFor(() => expect(phone.rescued.value).toEqual({ found: 3, sent: 3 }));
    expect(unitsHeld()).toEqual(["D1", "D2", "D3"]);
    expect(server.pushes.map(({ nonce, events }) => [nonce, events.length])).toEqual([["", 3]]);
    await open(world.reopened());
    expect(phone.rescued.value).toBeNull();
    expect(server.pushes).toHaveLength(1);
  });

  it("goes on trying until the server answers", async () => {
    server.weather = OFFLINE;
    await scan("D1");
    await world.pass(200);
    await destroy("batchspine-outbox", "batchspine-keyring");
    await open(world.reopened());
    await vi.waitFor(() => expect(phone.rescued.value).toEqual({ found: 1, sent: 0 }));
    server.weather = FAIR;
    await vi.waitFor(() => expect(world.timers.size).toBeGreaterThan(0));
    await world.pass(31_000);
    await vi.waitFor(() => expect(phone.rescued.value).toEqual({ found: 1, sent: 1 }));
  });
});

describe("a phone whose outbox cannot be read", () => {
  it("leaves it as it is, begins another one from the copy, and finds that one again", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2");
    await destroy();
    breakOutbox();
    await open(world.reopened());
    expect(phone.unsent.value).toBe(2);
    await destroy();
    await open(world.reopened());
    expect(phone.unsent.value).toBe(2);
    server.weather = FAIR;
    await call();
    expect(unitsHeld()).toEqual(["D1", "D2"]);
    expect((await world.indexedDB.databases()).map(({ name }) => name)).toContain("batchspine-outbox");
  });

  it("does not go on without it if there is no copy", async () => {
    await destroy();
    breakOutbox();
    world.paper.text = "";
    await expect(openPhone(world.reopened())).rejects.toThrow();
    expect(world.notes.get("batchspine.outbox")).toBeUndefined();
  });
});

describe("the second copy", () => {
  it("holds up no start if its file never answers", async () => {
    const stuck = pocket(server.fetch);
    const file = stuck.copyFile;
    if (file !== null) vi.spyOn(file, "read").mockReturnValue(new Promise(() => undefined));
    const opening = openPhone(stuck);
    await vi.waitFor(() => expect(stuck.timers.size).toBeGreaterThan(0));
    await stuck.pass(6_000);
    expect((await opening).enrolled.value).toBeNull();
  });

  it("fills an emptied outbox once, however many tabs are opened at once", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2");
    await destroy("batchspine-outbox");
    const tabs = await Promise.all([openPhone(world.reopened()), openPhone(world.reopened())]);
    opened.push(...tabs);
    expect(tabs.map(({ unsent }) => unsent.value)).toEqual([2, 2]);
  });

  it("is caught up at the next start with what it missed", async () => {
    server.weather = OFFLINE;
    await scan("D1", "D2");
    await destroy();
    world.paper.text = "";
    await open(world.reopened());
    await vi.waitFor(() => expect(signedSeqs()).toEqual([2]));
    expect(readLog(world.paper.text).map(({ is }) => is)).toEqual(["identity", "scan", "scan", "signed"]);
  });

  it("never holds a scan up: one whose file cannot be written is kept all the same", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const file = world.copyFile;
    if (file !== null) vi.spyOn(file, "append").mockRejectedValue(new Error("no space"));
    await phone.record([{ body: { ...receipt("D1") } }]);
    await phone.record([{ body: { ...receipt("D2") } }]);
    expect(phone.unsent.value).toBe(2);
  });

  it("is begun anew when it has grown long, with what is unsent", async () => {
    await scan("D1");
    await call();
    server.weather = OFFLINE;
    await phone.record([{ body: { ...receipt("D2") } }]);
    await vi.waitFor(() => expect(signedSeqs()).toEqual([1, 2]));
    world.paper.text += "x".repeat(1024 * 1024);
    await destroy();
    await open(world.reopened());
    await vi.waitFor(() => expect(signedSeqs()).toEqual([2]));
    expect(world.paper.text.length).toBeLessThan(10_000);
  });
});
