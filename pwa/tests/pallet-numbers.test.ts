/** Pallet numbers laid in: none is given twice, whatever becomes of answers, tabs, phones and their incarnations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallFailed } from "../src/device/call";
import { makeKeys } from "../src/device/keys";
import { LOW_WATER, PalletNumberStore } from "../src/device/pallet-numbers";
import { parts } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket, type Pocket } from "./pocket";

const keys = await makeKeys();
const PREFIX = "8901234";

/** Hands out blocks as the server does: one to a request, however often it is asked. */
class Office {
  readonly given = new Map<string, { head: string; first: number; count: number }>();
  /** How the next answers fare. */
  weather: "fair" | "answer lost" | "offline" = "fair";

  ask = (_: string, body: unknown): Promise<unknown> => {
    if (this.weather === "offline") return Promise.reject(new CallFailed("offline", "no_answer"));
    const { request } = body as { request: string };
    const block = this.given.get(request) ?? { head: PREFIX, first: this.given.size * 30, count: 30 };
    this.given.set(request, block);
    return this.weather === "fair" ? Promise.resolve({ block }) : Promise.reject(new CallFailed("offline", "no_answer"));
  };
}

/** Put a phone together that draws its ids by real chance. */
function drawing(world: Pocket): Parts {
  world.random = (count) => crypto.getRandomValues(new Uint8Array(count));
  return parts(world);
}

async function phone(device: string): Promise<Parts> {
  const made = drawing(pocket());
  const who = { device: device.padStart(32, "0"), device_code: "03K", name: device, site: "S", certificate: "c" };
  await made.outbox.enrol({ ...who, company: "Asha", is_demo: false }, keys);
  return made;
}

describe("pallet numbers", { timeout: 60_000 }, () => {
  it("are never given twice, by tabs, over kills, lost answers and new incarnations", async () => {
    const step = fc.record({
      at: fc.nat(1),
      what: fc.constantFrom("take", "take many", "two tabs", "kill", "begin"),
      weather: fc.constantFrom("fair" as const, "answer lost" as const, "offline" as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const office = new Office();
        const phones = [await phone("1"), await phone("2")];
        const all: string[] = [];
        const numbers = (of: Parts) => new PalletNumberStore(of.world, of.outbox, office.ask);
        const take = async (store: PalletNumberStore): Promise<void> => {
          const number = await store.take();
          if (number !== null) all.push(number);
        };
        for (const { at, what, weather } of steps) {
          const one = phones[at];
          if (one === undefined) throw new Error("no such phone");
          office.weather = weather;
          await numbers(one).layIn(PREFIX);
          if (what === "kill") phones[at] = drawing(one.world.reopened());
          else if (what === "begin") await one.outbox.beginIncarnation((await one.outbox.head()).inc);
          else if (what === "two tabs") {
            const other = drawing(one.world.reopened());
            await Promise.all([numbers(one).layIn(PREFIX), numbers(other).layIn(PREFIX)]);
            await Promise.all([take(numbers(one)), take(numbers(other))]);
          } else for (let n = what === "take" ? 1 : 20; n > 0; n -= 1) await take(numbers(one));
        }
        expect(new Set(all).size).toBe(all.length);
      }),
      { numRuns: 40 },
    );
  });

  it("are laid in before they run out, and what a lost answer brought is asked for again", async () => {
    const office = new Office();
    const one = await phone("1");
    const store = new PalletNumberStore(one.world, one.outbox, office.ask);
    office.weather = "answer lost";
    await store.layIn(PREFIX);
    expect(await store.take()).toBeNull();
    office.weather = "fair";
    await store.layIn(PREFIX);
    expect(office.given.size).toBe(1);
    for (let n = 30; n > LOW_WATER; n -= 1) expect(await store.take()).toMatch(/^[0-9]8901234[0-9]{10}$/);
    await store.layIn(PREFIX);
    expect(office.given.size).toBe(1);
    await store.take();
    await store.layIn(PREFIX);
    expect(office.given.size).toBe(2);
  });

  it("of a clone are those of its original until the server has heard both, and never again", async () => {
    const office = new Office();
    const one = await phone("1");
    const take = async (of: Parts) => new PalletNumberStore(of.world, of.outbox, office.ask).take();
    await new PalletNumberStore(one.world, one.outbox, office.ask).layIn(PREFIX);
    const clone = drawing(pocket());
    const [names, values] = [await one.database.meta.toCollection().keys(), await one.database.meta.toArray()];
    await clone.database.meta.bulkPut(values, names as string[]);
    // Nothing tells them apart yet; what both labelled becomes an exception.
    expect(await take(clone)).toBe(await take(one));
    // The server has told one of them to go on anew.
    await clone.outbox.beginIncarnation((await clone.outbox.head()).inc);
    const all = new Set<string | null>();
    for (const each of [one, clone]) {
      await new PalletNumberStore(each.world, each.outbox, office.ask).layIn(PREFIX);
      for (let n = 20; n > 0; n -= 1) all.add(await take(each));
    }
    expect([all.size, all.has(null)]).toEqual([40, false]);
  });

  it("of an earlier prefix, or of an earlier incarnation, are not gone on with", async () => {
    const office = new Office();
    const one = await phone("1");
    const store = new PalletNumberStore(one.world, one.outbox, office.ask);
    await store.layIn(PREFIX);
    await one.outbox.beginIncarnation((await one.outbox.head()).inc);
    expect(await store.take()).toBeNull();
    await store.layIn(PREFIX);
    expect(await store.take()).not.toBeNull();
    office.weather = "offline";
    await store.layIn("9521234");
    expect(await store.take()).toBeNull();
  });
});
