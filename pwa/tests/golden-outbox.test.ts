/**
 * An outbox as each release has written it opens for ever, and what is unsent in it is sent: a phone may lie in a drawer
 * for years. A release adds its own file beside the others (`golden/outbox-<version>.json`); none is ever changed. The
 * databases are built with the browser's own calls, so that nothing of today's code has a hand in them.
 */
import { IDBFactory } from "fake-indexeddb";
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as chain from "../src/core/chain";
import type { EventRow } from "../src/device/database";
import { FarEnd } from "./far-end";
import { SCENE, begun, parts, receipt } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket } from "./pocket";

const FOLDER = new URL("golden/", import.meta.url);
const CURVE = { name: "ECDSA", namedCurve: "P-256" };

interface Golden {
  native_version: number;
  events: EventRow[];
  meta: Record<string, unknown>;
  /** The phone's key; a real one could not be written down. */
  keys: { public: JsonWebKey; private: JsonWebKey };
  /** What the server holds of it. */
  held: { id: string; inc: string; seq: number; body: string; pos: number }[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Golden;
const releases = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

/** Build the database of a release, and the server its phone belongs to. */
async function found(golden: Golden): Promise<{ server: FarEnd; phone: Parts }> {
  const disk = new IDBFactory();
  const publicKey = await crypto.subtle.importKey("jwk", golden.keys.public, CURVE, true, ["verify"]);
  const privateKey = await crypto.subtle.importKey("jwk", golden.keys.private, CURVE, false, ["sign"]);
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = disk.open("batchspine-outbox", golden.native_version);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result);
    opening.onupgradeneeded = () => {
      const events = opening.result.createObjectStore("events", { keyPath: ["inc", "seq"] });
      events.createIndex("id", "id", { unique: true });
      events.createIndex("unsent", "unsent");
      const meta = opening.result.createObjectStore("meta");
      for (const row of golden.events) events.add(row);
      for (const [key, value] of Object.entries(golden.meta)) meta.add(value, key);
    };
  });
  await new Promise((resolve, reject) => {
    const writing = database.transaction("meta", "readwrite");
    writing.objectStore("meta").add({ publicKey, privateKey }, "keys");
    writing.oncomplete = resolve;
    writing.onerror = reject;
  });
  database.close();
  const server = new FarEnd();
  server["publicKey"] = publicKey;
  server.now = Math.max(...golden.events.map(({ made_at }) => made_at));
  for (const event of golden.held) {
    server.held.set(event.id, event);
    server.feed("unit", `U-${event.id}`, null);
  }
  const world = pocket(server.fetch, disk);
  world.wall = server.now;
  return { server, phone: await begun(parts(world)) };
}

it("there is one of every release that has written any", () => {
  expect(releases).toContain("outbox-0.1.0.json");
});

describe.each(releases)("%s", (name) => {
  const golden = read(name);

  it("opens with every scan and everything known of the phone", async () => {
    const { phone } = await found(golden);
    expect(await phone.database.events.toArray()).toEqual(golden.events);
    expect(await phone.outbox.get("enrolled")).toEqual(golden.meta["enrolled"]);
    expect(await phone.outbox.head()).toEqual(golden.meta["head"]);
    expect(await phone.outbox.unsentCount()).toBe(golden.events.filter(({ unsent }) => unsent === 1).length);
    expect(await phone.outbox.takeSerials(1)).toBe((golden.meta["serials"] as number) + 1);
  });

  it("sends what is unsent, byte for byte", async () => {
    const { server, phone } = await found(golden);
    expect(await phone.loop.now()).toMatchObject({ state: "online", code: null });
    expect(await phone.outbox.unsentCount()).toBe(0);
    for (const { id, body } of golden.events) expect(server.held.get(id)?.body).toBe(body);
    phone.loop.stop();
  });

  it("goes on with its chain where it ended", async () => {
    const { phone } = await found(golden);
    const end = golden.meta["head"] as chain.Link;
    const [next] = await phone.outbox.record([receipt("U03KAAA-00066")], SCENE);
    expect(next && { seq: next.seq, hash: next.hash }).toEqual(chain.link(end, next?.id ?? "", next?.body ?? ""));
    await phone.loop.now();
    expect(await phone.outbox.unsentCount()).toBe(0);
    phone.loop.stop();
  });
});
