/** Photos wait for their scan to be with the server, stay until it is let go, and never hold anything up. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CallFailed } from "../src/device/call";
import { PhotoDatabase } from "../src/device/database";
import { PhotoStore } from "../src/device/photos";
import { SCENE, enrolled, parts, receipt } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { FAIR, FarEnd } from "./far-end";
import { pocket } from "./pocket";
import type { Pocket } from "./pocket";

const PHOTO = Uint8Array.from([0xff, 0xd8, 0xff, 1, 2, 3]).buffer;

let server: FarEnd;
let world: Pocket;
let phone: Parts;
let asked: { event: string; data: string }[];
let answer: () => Promise<unknown>;

const storeOf = (of: Parts) =>
  new PhotoStore(of.world, of.outbox, (_, body) => {
    asked.push(body as (typeof asked)[number]);
    return answer();
  });
const left = async () => (await new PhotoDatabase(world).photos.toArray()).map(({ event, sent_in }) => ({ event, sent_in }));

async function scanned(photos: string[]): Promise<string> {
  const [row] = await phone.outbox.record([{ ...receipt("D1"), photos }], SCENE);
  return row?.id ?? "";
}

beforeEach(async () => {
  vi.stubGlobal("navigator", { storage: { estimate: async () => ({ quota: 100, usage: 10 }) } });
  server = new FarEnd();
  world = pocket(server.fetch);
  phone = await enrolled(world);
  asked = [];
  answer = async () => ({ is_kept: true });
});

describe("a photo", () => {
  it("goes out once its scan is with the server, and once", async () => {
    const store = storeOf(phone);
    server.weather = () => Promise.reject(new TypeError("offline"));
    const hash = await store.keep(PHOTO);
    const event = await scanned([hash]);
    await store.bind([hash], event);
    await store.flush();
    expect(asked).toEqual([]);
    server.weather = FAIR;
    await phone.loop.now();
    await store.flush();
    await store.flush();
    expect(asked).toEqual([{ event, data: btoa("\xff\xd8\xff\x01\x02\x03") }]);
    expect(await left()).toEqual([{ event, sent_in: "e1" }]);
  });

  it("is asked about again until the server has it, and handed to a server that was put back", async () => {
    const store = storeOf(phone);
    const hash = await store.keep(PHOTO);
    await store.bind([hash], await scanned([hash]));
    await phone.loop.now();
    answer = () => Promise.reject(new CallFailed("offline", "no_answer"));
    await store.flush();
    answer = async () => ({ is_kept: false });
    await store.flush();
    answer = async () => ({ is_kept: true });
    await store.flush();
    expect(asked).toHaveLength(3);
    await phone.outbox.put("bases", [["e1", 1], ["e2", 5]]);
    await store.flush();
    expect(asked).toHaveLength(4);
  });

  it("finds its scan where the app was killed between the two", async () => {
    const hash = await storeOf(phone).keep(PHOTO);
    const event = await scanned([hash]);
    await phone.loop.now();
    world.wall += 1;
    const again = world.reopened();
    const store = storeOf(parts(again));
    await store.flush();
    expect(asked.map((one) => one.event)).toEqual([event]);
  });

  it("of a scan that nobody made is thrown away after a day, and one whose scan was let go when the server has it", async () => {
    const store = storeOf(phone);
    const hash = await store.keep(PHOTO);
    world.wall += 86_400_001;
    await store.flush();
    expect(await left()).toEqual([]);
    await store.keep(PHOTO);
    await store.bind([hash], "gone");
    await store.flush();
    expect(await left()).toHaveLength(1);
    await new PhotoDatabase(world).photos.update(hash, { sent_in: "e1" });
    await phone.loop.now();
    await store.flush();
    expect(await left()).toEqual([]);
  });

  it("is refused where the disk is nearly full: the room is for scans", async () => {
    vi.stubGlobal("navigator", { storage: { estimate: async () => ({ quota: 100, usage: 96 }) } });
    await expect(storeOf(phone).keep(PHOTO)).rejects.toMatchObject({ code: "photo_not_kept" });
  });
});
