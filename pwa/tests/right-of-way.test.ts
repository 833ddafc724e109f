/** What can wait does so while a scan is on its way, and never for long. */
import { describe, expect, it, vi } from "vitest";
import { Noticeboard } from "../src/device/noticeboard";
import { Replica } from "../src/device/replica";
import { HELD_MS_MAX, RightOfWay } from "../src/device/right-of-way";
import { FarEnd } from "./far-end";
import { SCENE, enrolled, receipt } from "./phone-parts";
import { pocket, settled } from "./pocket";

async function waits(way: RightOfWay): Promise<() => boolean> {
  let isThrough = false;
  void way.clear().then(() => (isThrough = true));
  await settled();
  return () => isThrough;
}

describe("S4: the right of way of a scan", () => {
  it("is everybody's while no scan comes", async () => {
    expect((await waits(new RightOfWay(pocket())))()).toBe(true);
  });

  it("ends when the last of the scans that are coming is answered, however often that is said", async () => {
    const way = new RightOfWay(pocket());
    const first = way.take();
    const second = way.take();
    const isThrough = await waits(way);
    first();
    first();
    await settled();
    expect(isThrough()).toBe(false);
    second();
    await settled();
    expect(isThrough()).toBe(true);
  });

  it("is lost by a scan that is never answered", async () => {
    const world = pocket();
    const way = new RightOfWay(world);
    way.take();
    const isThrough = await waits(way);
    await world.pass(HELD_MS_MAX - 1);
    expect(isThrough()).toBe(false);
    await world.pass(1);
    expect(isThrough()).toBe(true);
  });

  it("keeps the phone from calling until the scan is answered; then the scan is sent", async () => {
    const server = new FarEnd();
    const { outbox, loop, way } = await enrolled(pocket(server.fetch));
    await outbox.record([receipt("A")], SCENE);
    const answered = way.take();
    const calling = loop.now();
    await settled();
    expect(await outbox.unsentCount()).toBe(1);
    answered();
    await calling;
    expect(await outbox.unsentCount()).toBe(0);
  });
});

describe("S7: what screens show", () => {
  it("never goes back to before a scan that was recorded while it was being read", async () => {
    const { world, outbox, replica, way } = await enrolled(pocket(new FarEnd().fetch));
    const board = new Noticeboard(world, outbox, replica, way);
    const record = async (unit: string) => board.recorded(await outbox.record([receipt(unit)], SCENE));
    const counts: number[] = [];
    board.unsent.subscribe((count) => counts.push(count));
    await record("A");
    const state = outbox.state.bind(outbox);
    vi.spyOn(outbox, "state").mockImplementationOnce(async (...asked) => {
      const read = await state(...asked);
      await record("B");
      return read;
    });
    await board.refresh();
    expect(counts).toEqual([0, 1, 2]);
    expect(board.scans.value).toHaveLength(2);
  });
});

describe("the books that are remembered", () => {
  const item = (name: string) => ({ item: "A", name, unit_of_measure: "kg", per_unit: "1" });

  it("are not read from the disk twice, and read again after they have changed", async () => {
    const server = new FarEnd();
    const { replica, loop } = await enrolled(pocket(server.fetch));
    server.feed("item", "A", item("Starch"));
    await loop.now();
    const first = await replica.one("item", "A");
    expect(await replica.one("item", "A")).toBe(first);
    expect(await replica.one("item", "B")).toBeNull();
    server.feed("item", "A", item("Maize starch"));
    server.feed("item", "B", { ...item("Talc"), item: "B" });
    await loop.now();
    expect((await replica.one("item", "A"))?.name).toBe("Maize starch");
    expect((await replica.one("item", "B"))?.name).toBe("Talc");
    expect((await replica.all("item")).map(({ name }) => name)).toEqual(["Maize starch", "Talc"]);
  });

  it("go when another tab has brought the books forward, before their judgement of own scans is believed", async () => {
    const server = new FarEnd();
    const { world, replica, loop } = await enrolled(pocket(server.fetch));
    server.feed("item", "A", item("Starch"));
    await loop.now();
    const other = new Replica(world);
    expect((await other.one("item", "A"))?.name).toBe("Starch");
    server.feed("item", "A", item("Maize starch"));
    await loop.now();
    expect((await replica.one("item", "A"))?.name).toBe("Maize starch");
    await other.state();
    expect((await other.one("item", "A"))?.name).toBe("Maize starch");
  });

  it("are thrown away with the copy", async () => {
    const server = new FarEnd();
    const { replica, loop } = await enrolled(pocket(server.fetch));
    server.feed("item", "A", item("Starch"));
    await loop.now();
    expect(await replica.one("item", "A")).not.toBeNull();
    await replica.drop();
    expect(await replica.one("item", "A")).toBeNull();
    expect(await replica.cursor()).toBeNull();
  });
});
