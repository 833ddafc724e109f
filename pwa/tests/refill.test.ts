/** A phone far behind gets the books as they stand, goes on where it was killed, and shows in the end what is so. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FAR_BEHIND } from "../src/core/wire";
import { FAIR, FarEnd } from "./far-end";
import type { Weather } from "./far-end";
import { SCENE, begun, enrolled, parts, receipt } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket } from "./pocket";

const ITEMS = 2_500;

let server: FarEnd;
let phone: Parts;

beforeEach(async () => {
  server = new FarEnd();
  phone = await enrolled(pocket(server.fetch));
});

afterEach(() => {
  phone.loop.stop();
  vi.restoreAllMocks();
});

const item = (n: number, name = `Item ${n}`) => ({ item: `I${n}`, name, unit_of_measure: "kg", per_unit: "1" });

/** Let a few things change again and again, until the way through the feed is long. */
function live(): void {
  for (let n = 0; n < FAR_BEHIND + 600; n++) server.feed("item", `I${n % ITEMS}`, item(n % ITEMS));
}

/** Lose the answer of the `number`th page of a snapshot. */
function losing(number: number): Weather {
  let pages = 0;
  return async (call, serve) => {
    if (call.path.endsWith("snapshot") && ++pages === number) throw new TypeError("lost");
    return FAIR(call, serve);
  };
}

/** Give the rows of the copy as the server would. */
async function shown(): Promise<Map<string, unknown>> {
  const rows = await phone.replica.all("item");
  return new Map(rows.map((row) => [row.item, row]));
}

function due(): Map<string, unknown> {
  const now = new Map(server.changes.filter(({ kind }) => kind === "item").map(({ id, data }) => [id, data]));
  return new Map([...now].filter(([, data]) => data !== null).sort(([one], [other]) => (one < other ? -1 : 1)));
}

async function killed(): Promise<void> {
  phone.loop.stop();
  phone = await begun(parts(phone.world.reopened()));
}

describe("a phone with a long way through the feed", { timeout: 60_000 }, () => {
  it("takes a snapshot and pulls what has changed behind it", async () => {
    live();
    expect(await phone.loop.now()).toMatchObject({ state: "online", code: null });
    expect(server.snapshots.map(({ bookmark }) => bookmark?.after ?? null)).toEqual([null, "item/I1898", "item/I548"]);
    expect(server.pulls.map(({ cursor }) => cursor?.pos ?? null)).toEqual([null, FAR_BEHIND + 600]);
    expect(await shown()).toEqual(due());
    expect(await phone.replica.cursor()).toEqual({ epoch: "e1", pos: FAR_BEHIND + 600 });
  });

  it("walks a short way, whatever the server offers", async () => {
    for (let n = 0; n < 1_200; n++) server.feed("item", `I${n}`, item(n));
    await phone.loop.now();
    expect(server.snapshots).toEqual([]);
    expect(await shown()).toEqual(due());
  });

  it("walks a long way if the server knows no snapshots, and asks for one only once", async () => {
    server.hasSnapshots = false;
    live();
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    await phone.loop.now();
    expect(server.calls.filter((path) => path.endsWith("snapshot"))).toHaveLength(1);
    expect(await shown()).toEqual(due());
  });

  it("sees each row as soon as it is there, and counts its books as older until all are", async () => {
    live();
    server.weather = losing(2);
    await phone.loop.now();
    expect((await shown()).size).toBe(1_000);
    expect(await phone.replica.cursor()).toBeNull();
    expect(await phone.replica.heard()).not.toBeNull();
  });

  it("goes on where it was killed, however often, and hears of what changed meanwhile", async () => {
    live();
    server.weather = losing(2);
    await phone.loop.now();
    await killed();
    server.feed("item", "I1", item(1, "Renamed"));
    server.feed("item", "I2", null);
    server.feed("item", "NEW", { ...item(0), item: "NEW" });
    server.weather = losing(2);
    await phone.loop.now();
    await killed();
    server.weather = FAIR;
    await phone.loop.now();
    expect(server.snapshots.map(({ bookmark }) => bookmark?.after ?? null)).toEqual([null, "item/I1898", "item/I549"]);
    expect(await shown()).toEqual(due());
  });

  it("goes on with what is left to clear away when it is killed after the last page", async () => {
    for (let n = 0; n < 3; n++) server.feed("item", `GONE${n}`, { ...item(n), item: `GONE${n}` });
    await phone.loop.now();
    for (let n = 0; n < 3; n++) server.feed("item", `GONE${n}`, null);
    live();
    const sweep = vi.spyOn(phone.replica, "sweep").mockImplementationOnce(() => new Promise(() => undefined));
    void phone.loop.now();
    await vi.waitFor(() => expect(sweep).toHaveBeenCalled(), 10_000);
    await killed();
    expect(await phone.replica.one("item", "GONE1")).not.toBeNull();
    const asked = server.snapshots.length;
    await phone.loop.now();
    expect(server.snapshots).toHaveLength(asked);
    expect(await shown()).toEqual(due());
  });

  it("keeps what it has in sight until the whole snapshot is in", async () => {
    server.feed("item", "OLD", { ...item(0), item: "OLD" });
    await phone.loop.now();
    server.feed("item", "OLD", null);
    live();
    server.weather = losing(3);
    await phone.loop.now();
    expect((await shown()).has("OLD")).toBe(true);
    server.weather = FAIR;
    await phone.loop.now();
    expect(await shown()).toEqual(due());
  });

  it("starts over when the server was restored between two pages, and shows nothing of the lost life", async () => {
    live();
    server.feed("item", "A-LOST", { ...item(0), item: "A-LOST" });
    server.weather = losing(2);
    await phone.loop.now();
    expect((await shown()).has("A-LOST")).toBe(true);
    server.restore(FAR_BEHIND + 600, "e2");
    server.weather = FAIR;
    await phone.loop.now();
    expect(await shown()).toEqual(due());
    expect(await phone.replica.cursor()).toEqual({ epoch: "e2", pos: FAR_BEHIND + 600 });
  });

  it("keeps people able to sign in while it fetches everything again after a restore", async () => {
    const row = { person: "p", name: "Anita", role: "operator", site: "KIRAN-FL", grant: 1, pin: null, is_active: true };
    server.feed("person", "p", row);
    live();
    await phone.loop.now();
    server.restore(server.changes.length, "e2");
    server.weather = losing(2);
    await phone.loop.now();
    expect(await phone.replica.one("person", "p")).toEqual(row);
  });

  it("lays its own scans over what the snapshot shows until they are judged again", async () => {
    await phone.outbox.record([receipt("U1")], SCENE);
    live();
    await phone.loop.now();
    expect(Object.values(await phone.replica.judged())).toEqual([1]);
    server.restore(0, "e2");
    live();
    server.isJudging = false;
    await phone.loop.now();
    expect(Object.values(await phone.replica.judged())).toEqual([0]);
    expect(await phone.outbox.unsentCount()).toBe(1);
  });

  it("throws a copy away that cannot be written and begins anew", async () => {
    live();
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(phone.replica, "lay").mockRejectedValueOnce(new Error("the copy is broken"));
    expect(await phone.loop.now()).toMatchObject({ code: "books_lost" });
    expect(await phone.loop.now()).toMatchObject({ state: "online" });
    expect(await shown()).toEqual(due());
  });
});
