/** A scan that was told to be saved is on the disk, whole, in order, for good. */
import { IDBDatabase, IDBObjectStore } from "fake-indexeddb";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as chain from "../src/core/chain";
import type { EventBody } from "../src/core/event";
import { OutboxDatabase } from "../src/device/database";
import { makeKeys } from "../src/device/keys";
import { NotSaved } from "../src/device/problem";
import { FarEnd } from "./far-end";
import { SCENE, begun, enrolled, parts, receipt } from "./phone-parts";
import { pocket } from "./pocket";

async function phone() {
  return enrolled(pocket(new FarEnd().fetch));
}

const bodyOf = (row: { body: string }): EventBody => JSON.parse(row.body) as EventBody;

afterEach(() => vi.restoreAllMocks());

describe("a record", () => {
  it("numbers, chains and keeps scans without gaps", async () => {
    const { outbox } = await phone();
    for (const unit of ["A", "B", "C"]) await outbox.record([receipt(unit)], SCENE);
    const rows = (await outbox.unsent(10)).sort((one, other) => one.seq - other.seq);
    const head = await outbox.head();
    let end = chain.origin((await outbox.get("enrolled"))?.device ?? "", head.inc);
    for (const { id, body, seq, hash } of rows) {
      end = chain.link(end, id, body);
      expect({ seq, hash }).toEqual(end);
    }
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(head).toMatchObject(end);
  });

  it("asks for strict durability and resolves only after the transaction is complete", async () => {
    const order: string[] = [];
    const begin = IDBDatabase.prototype.transaction;
    const asked = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (this: unknown, ...how) {
      const transaction = begin.apply(this as never, how);
      if (how[1] === "readwrite") transaction.addEventListener("complete", () => order.push("complete"));
      return transaction;
    });
    const { outbox } = await phone();
    asked.mockClear();
    order.length = 0;
    await outbox.record([receipt("A")], SCENE).then(() => order.push("resolved"));
    expect(order).toEqual(["complete", "resolved"]);
    const writing = asked.mock.calls.filter(([, mode]) => mode === "readwrite");
    expect(writing.map(([, , options]) => options)).toEqual([{ durability: "strict" }]);
  });

  it("keeps several scans all or none", async () => {
    const { outbox, database } = await phone();
    const tooLong = { ...receipt("B"), note: "x".repeat(70_000) };
    await expect(outbox.record([receipt("A"), tooLong], SCENE)).rejects.toThrow(NotSaved);
    expect(await database.events.count()).toBe(0);
    expect((await outbox.head()).seq).toBe(0);
    expect(await outbox.record([receipt("A"), receipt("B"), receipt("C")], SCENE)).toHaveLength(3);
  });

  it("gives two tabs that record at once different numbers of one chain", async () => {
    const first = await phone();
    const second = await begun(parts(first.world.reopened()));
    const tabs = [first, second];
    await Promise.all(Array.from({ length: 20 }, (_, n) => tabs[n % 2]?.outbox.record([receipt(`U${n}`)], SCENE)));
    const rows = await first.database.events.toArray();
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(20);
  });

  it("names ids that sort as the scans were made, though the wall clock was turned back between", async () => {
    const { outbox, world } = await phone();
    const ids: string[] = [];
    for (const step of [0, 5, -3_600_000, 1, 0]) {
      world.wall += step;
      ids.push(...(await outbox.record([receipt("A")], SCENE)).map(({ id }) => id));
    }
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => /^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(id))).toBe(true);
  });

  it("says who, where and when, and what a screen cannot overrule", async () => {
    const { outbox } = await phone();
    const cheat = Object.assign(receipt("A"), { actor: "somebody", v: 9 });
    const [row] = await outbox.record([cheat], { ...SCENE, author: { ...SCENE.author, for_review: true } });
    expect(row && bodyOf(row)).toMatchObject({
      v: 1,
      actor: SCENE.author.actor,
      site: "KIRAN-FL",
      for_review: true,
      clock: { boot: "b1", offset: null },
    });
  });
});

describe("what a scan is after", () => {
  it("names the unit's own latest scan and the heads of the books it did not know to be older", async () => {
    const { outbox } = await phone();
    const scene = { ...SCENE, bookHeads: () => ["aa", "bb"] };
    const [first] = await outbox.record([receipt("A")], scene);
    const [second] = await outbox.record([receipt("A")], scene);
    const [other] = await outbox.record([receipt("B")], SCENE);
    expect(first && bodyOf(first).after).toEqual(["aa", "bb"]);
    expect(second && bodyOf(second).after).toEqual([first?.id]);
    expect(other && bodyOf(other).after).toEqual([]);
  });

  it("follows the drafts of one record from one to the next", async () => {
    const { outbox } = await phone();
    const rows = await outbox.record([receipt("A"), { ...receipt("A"), note: "again" }], SCENE);
    expect(rows.map((row) => bodyOf(row).after)).toEqual([[], [rows[0]?.id]]);
  });

  it("names an undo's target first, then the heads of its unit", async () => {
    const { outbox } = await phone();
    const [first] = await outbox.record([receipt("A")], SCENE);
    const [second] = await outbox.record([receipt("A")], SCENE);
    const [undo] = await outbox.record([{ type: "voided", target: first?.id ?? "" }], SCENE);
    expect(undo && bodyOf(undo).after).toEqual([first?.id, second?.id]);
  });

  it("is known again after the app was killed", async () => {
    const { outbox, world } = await phone();
    const [first] = await outbox.record([receipt("A")], SCENE);
    const again = await begun(parts(world.reopened()));
    const [second] = await again.outbox.record([receipt("A")], SCENE);
    expect(second && bodyOf(second).after).toEqual([first?.id]);
    expect(second?.seq).toBe(2);
  });
});

describe("a disk that fails", () => {
  const realAdd = IDBObjectStore.prototype.add;
  const failing = (name: string, times: number): void => {
    let left = times;
    vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function (this: IDBObjectStore, ...given) {
      if (left-- > 0) throw new DOMException(name, name);
      return realAdd.apply(this, given);
    });
  };

  it("that is full throws the copy of the books away and keeps the scan", async () => {
    const { outbox, replica } = await phone();
    const dropped = vi.spyOn(replica, "drop");
    failing("QuotaExceededError", 1);
    expect(await outbox.record([receipt("A")], SCENE)).toHaveLength(1);
    expect(dropped).toHaveBeenCalledOnce();
    expect(await outbox.unsentCount()).toBe(1);
  });

  it("that stays full says so loudly and keeps nothing by halves", async () => {
    const { outbox, database } = await phone();
    failing("QuotaExceededError", 99);
    await expect(outbox.record([receipt("A")], SCENE)).rejects.toMatchObject({ reason: "storage_full" });
    vi.restoreAllMocks();
    expect(await database.events.count()).toBe(0);
    expect((await outbox.record([receipt("A")], SCENE))[0]?.seq).toBe(1);
  });

  it("that was closed under the app is opened again", async () => {
    const { outbox } = await phone();
    failing("InvalidStateError", 1);
    expect(await outbox.record([receipt("A")], SCENE)).toHaveLength(1);
    expect(await outbox.unsentCount()).toBe(1);
  });

  it("that fails otherwise says so", async () => {
    const { outbox } = await phone();
    failing("UnknownError", 99);
    await expect(outbox.record([receipt("A")], SCENE)).rejects.toMatchObject({ reason: "storage_failed" });
  });
});

describe("nothing is taken away", () => {
  it("not by the database: it refuses to delete a scan or to change a written one", async () => {
    const { outbox, database } = await phone();
    const [row] = await outbox.record([receipt("A")], SCENE);
    const key: [string, number] = [row?.inc ?? "", row?.seq ?? 0];
    await expect(database.events.delete(key)).rejects.toThrow(/must be kept/);
    await expect(database.events.clear()).rejects.toThrow(/must be kept/);
    await expect(database.events.update(key, { body: "{}" })).rejects.toThrow(/never changes/);
    await expect(database.events.toCollection().delete()).rejects.toThrow(/must be kept/);
    expect(await database.events.get(key)).toEqual(row);
  });

  it("not by a second enrolment", async () => {
    const { outbox } = await phone();
    await outbox.record([receipt("A")], SCENE);
    const who = await outbox.get("enrolled");
    if (who === undefined) throw new Error("not enrolled");
    await expect(outbox.enrol(who, await makeKeys())).rejects.toThrow(/already/);
    expect(await outbox.unsentCount()).toBe(1);
  });

  it("not by a new incarnation: what was made before keeps its own and stays unsent", async () => {
    const { outbox } = await phone();
    await outbox.record([receipt("A")], SCENE);
    const before = await outbox.head();
    await outbox.beginIncarnation(before.inc);
    await outbox.beginIncarnation(before.inc);
    const after = await outbox.head();
    expect(after.earlier).toEqual([{ inc: before.inc, seq: 1, hash: before.hash }]);
    expect((await outbox.record([receipt("B")], SCENE))[0]).toMatchObject({ inc: after.inc, seq: 1 });
    expect(await outbox.unsentCount()).toBe(2);
  });
});

describe("serials", () => {
  it("are never given twice, not even to two tabs or after a kill", async () => {
    const { outbox, world } = await phone();
    const other = parts(world.reopened());
    const taken = await Promise.all([outbox.takeSerials(3), other.outbox.takeSerials(2), outbox.takeSerials(1)]);
    const after = await parts(world.reopened()).outbox.takeSerials(1);
    expect([...taken].sort()).toHaveLength(3);
    expect(new Set(taken).size).toBe(3);
    expect(after).toBe(7);
  });
});

describe("lost storage", () => {
  it("is noticed by the sign left outside the database", async () => {
    const { outbox, world } = await phone();
    expect(await outbox.isBehindCanary()).toBe(false);
    await outbox.record([receipt("A")], SCENE);
    outbox.leaveCanary(await outbox.head(), 1);
    expect(await outbox.isBehindCanary()).toBe(false);
    const emptied = parts(pocket(world.fetch, undefined, world.notes));
    expect(await emptied.outbox.isBehindCanary()).toBe(true);
  });

  it("is not suspected on a phone that never held anything", async () => {
    expect(await parts(pocket()).outbox.isBehindCanary()).toBe(false);
  });
});

describe("the key", () => {
  it("is kept as it is, cannot be read, and still signs after a restart", async () => {
    const { world } = await phone();
    const keys = await parts(world.reopened()).outbox.get("keys");
    expect(keys?.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("pkcs8", keys?.privateKey as CryptoKey)).rejects.toThrow();
  });
});

describe("the frozen schema", () => {
  it("opens a database made by the first release", async () => {
    const { world } = await phone();
    const database = new OutboxDatabase(world);
    await database.open();
    expect(
      database.tables.map(({ name, schema }) => [name, schema.primKey.src, schema.indexes.map(({ src }) => src)]),
    ).toEqual([
      ["events", "[inc+seq]", ["&id", "unsent"]],
      ["meta", "", []],
    ]);
    expect(database.verno).toBe(1);
  });
});

describe("what is let go", () => {
  const DAY = 86_400_000;

  /** Make scans that the server acknowledged at positions 1, 2, 3 …, three weeks ago. */
  async function acknowledged(count: number) {
    const made = await phone();
    const rows = [];
    for (let n = 0; n < count; n++) rows.push(...(await made.outbox.record([receipt(`U${n}`)], SCENE)));
    await made.outbox.mark(
      new Map(rows.map(({ id }, n) => [id, { verdict: "stored", epoch: "e1", pos: n + 1 }] as const)),
    );
    made.world.wall += 21 * DAY;
    return { ...made, rows };
  }

  const told = (wall: number, durable_pos: number, bases: [string, number][] = [["e1", 1]]) => ({
    server_time: wall,
    bases,
    durable_pos,
  });

  it("is the beginning of the chain that the backups hold, and the chain goes on from its end", async () => {
    const { outbox, database, world, rows } = await acknowledged(5);
    expect(await outbox.letGo(told(world.wall, 4))).toBe(3);
    expect((await database.events.toArray()).map(({ seq }) => seq)).toEqual([4, 5]);
    const [kept] = await database.events.toArray();
    const device = (await outbox.get("enrolled"))?.device ?? "";
    const third = { seq: 3, hash: rows[2]?.hash };
    expect(await outbox.before({ ...kept!, madeAt: 0 }, device)).toEqual(third);
    const [sixth] = await outbox.record([receipt("U6")], SCENE);
    expect(sixth).toMatchObject(chain.link({ seq: 5, hash: rows[4]?.hash ?? "" }, sixth!.id, sixth!.body));
    expect(await outbox.letGo(told(world.wall, 6))).toBe(2);
    expect(await outbox.before({ ...sixth!, madeAt: 0 }, device)).toEqual({ seq: 5, hash: rows[4]?.hash });
    expect(await outbox.letGo(told(world.wall + 30 * DAY, 99))).toBe(0);
    expect(await outbox.unsentCount()).toBe(1);
  });

  it("is nothing that is young, not sent, taken back by a restore, or of a server that says nothing", async () => {
    const { outbox, database, world } = await acknowledged(3);
    expect(await outbox.letGo(told(world.wall - 8 * DAY, 9))).toBe(0);
    expect(await outbox.letGo(told(world.wall, 9, [["e2", 1]]))).toBe(0);
    expect(await outbox.letGo({ server_time: world.wall, bases: [["e1", 1]] })).toBe(0);
    await outbox.applyBases([
      ["e1", 1],
      ["e2", 1],
    ]);
    expect(await outbox.letGo(told(world.wall, 9))).toBe(0);
    expect(await database.events.count()).toBe(3);
  });

  it("goes of every incarnation by itself, in small steps", async () => {
    const { outbox, database, world } = await acknowledged(2);
    await outbox.beginIncarnation((await outbox.head()).inc);
    const rows = await outbox.record([receipt("X"), receipt("Y"), receipt("Z")], SCENE);
    await outbox.mark(new Map(rows.map(({ id }) => [id, { verdict: "stored", epoch: "e1", pos: 7 }] as const)));
    expect(await outbox.letGo(told(world.wall + 21 * DAY, 8))).toBe(5);
    expect(await database.events.count()).toBe(0);
    expect(Object.values((await outbox.get("let_go")) ?? {}).map(({ seq }) => seq)).toEqual(
      expect.arrayContaining([2, 3]),
    );
    expect((await outbox.record([receipt("W")], SCENE))[0]).toMatchObject({ seq: 4 });
  });

  it("goes together with the note of where the chain stands, or not at all", async () => {
    const { outbox, database, world } = await acknowledged(3);
    const put = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, ...given) {
      if (given[1] === "let_go") throw new DOMException("killed", "UnknownError");
      return put.apply(this, given);
    });
    await expect(outbox.letGo(told(world.wall, 9))).rejects.toThrow();
    vi.restoreAllMocks();
    expect(await database.events.count()).toBe(3);
    expect(await outbox.get("let_go")).toBeUndefined();
    expect(await outbox.letGo(told(world.wall, 9))).toBe(3);
  });

  it("is refused by the database for a scan nobody has vouched for, even by its name", async () => {
    const { outbox, database } = await phone();
    const rows = await outbox.record([receipt("A")], SCENE);
    await expect(database.letGo(rows)).rejects.toThrow(/must be kept/);
    expect(await database.events.count()).toBe(1);
  });

  it("leaves the list of my scans, undoing and looking at units as they are", async () => {
    const { outbox, own, world, rows } = await acknowledged(4);
    await outbox.letGo(told(world.wall, 3));
    const judged = { [rows[0]?.inc ?? ""]: 4 };
    const { rows: listed, unsent } = await outbox.state(judged, 100);
    expect(listed.map(({ seq }) => seq)).toEqual([4, 3]);
    expect(unsent).toBe(0);
    // The books were thrown away: what is left is taken in again, what has gone they will bring.
    await outbox.state({}, 100);
    expect(own.units().sort()).toEqual(["U2", "U3"]);
    const target = rows[0]?.id ?? "";
    expect(await outbox.byId(target)).toBeUndefined();
    const [undo] = await outbox.record([{ type: "voided", target }], SCENE);
    expect(bodyOf(undo!)).toMatchObject({ type: "voided", target });
  });
});
