/** Serials are a pool each phone has from its enrolment on: its code, its incarnation's tag, and a counter of its own. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { incarnationTag } from "../src/core/chain";
import { makeKeys } from "../src/device/keys";
import { mintSerial } from "../src/scan/grammar";
import { SCENE, parts, receipt } from "./phone-parts";
import type { Parts } from "./phone-parts";
import { pocket } from "./pocket";

const keys = await makeKeys();
const CODES = ["03K", "9ZZ", "A00"];

/** Give a phone enrolled under a code. */
async function phoneOf(code: string): Promise<Parts> {
  const phone = parts(pocket());
  const who = { device: `${CODES.indexOf(code)}`.padStart(32, "0"), device_code: code, name: code, site: "S", certificate: "c" };
  await phone.outbox.enrol({ ...who, company: "Asha", is_demo: false }, keys);
  return phone;
}

/** Mint as the phone does. */
async function minted(phone: Parts, count: number): Promise<string[]> {
  const [first, head, who] = [
    await phone.outbox.takeSerials(count),
    await phone.outbox.head(),
    await phone.outbox.get("enrolled"),
  ];
  const tag = incarnationTag(head.inc);
  return Array.from({ length: count }, (_, n) => mintSerial(who?.device_code ?? "", tag, first + n));
}

/** Empty the phone's database, and fill it from what the second copy holds of its scans. */
async function refilled(phone: Parts): Promise<Parts> {
  const [who, rows] = [await phone.outbox.get("enrolled"), await phone.database.events.toArray()];
  if (who === undefined) throw new Error("not enrolled");
  const device = who.device;
  const scans = await Promise.all(
    rows.map(async ({ inc, seq, id, body, hash, made_at }) => {
      const before = (await phone.outbox.before({ inc, seq, id, body, hash, madeAt: made_at, ack: null }, device)).hash;
      return { is: "scan" as const, device, inc, seq, id, body, hash, made_at, before };
    }),
  );
  const again = parts(pocket());
  again.world.random = (count) => crypto.getRandomValues(new Uint8Array(count));
  await again.outbox.refill(who, keys, scans);
  return again;
}

describe("serials", { timeout: 60_000 }, () => {
  it("are never given twice, by tabs, over kills, new incarnations and databases filled again", async () => {
    const step = fc.record({
      phone: fc.nat(CODES.length - 1),
      what: fc.constantFrom("mint", "two tabs", "kill", "begin", "refill"),
      count: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const phones = await Promise.all(CODES.map(phoneOf));
        const all: string[] = [];
        for (const { phone: at, what, count } of steps) {
          const phone = phones[at];
          if (phone === undefined) throw new Error("no such phone");
          // What was never recorded leaves nothing in the second copy that could tell its incarnation.
          await phone.outbox.record([receipt("D1")], SCENE);
          if (what === "kill") phones[at] = parts(phone.world.reopened());
          else if (what === "refill") phones[at] = await refilled(phone);
          else if (what === "begin") await phone.outbox.beginIncarnation((await phone.outbox.head()).inc);
          else if (what === "mint") all.push(...(await minted(phone, count)));
          else {
            const other = parts(phone.world.reopened());
            all.push(...(await Promise.all([minted(phone, count), minted(other, count)])).flat());
          }
        }
        expect(new Set(all).size).toBe(all.length);
      }),
      { numRuns: 40 },
    );
  });

  it("of a new incarnation never have a tag that an earlier one of the phone had", async () => {
    const phone = await phoneOf("03K");
    const bytesOf = (n: number): Uint8Array<ArrayBuffer> => {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setUint32(0, n);
      return bytes;
    };
    const tagOf = (n: number): string => incarnationTag(n.toString(16).padStart(8, "0").padEnd(32, "0"));
    const first = await phone.outbox.head();
    let twin = 1;
    while (tagOf(twin) !== incarnationTag(first.inc)) twin += 1;
    const other = tagOf(1) === incarnationTag(first.inc) ? 2 : 1;
    const drawn = [twin, twin, other];
    phone.world.random = () => bytesOf(drawn.shift() ?? other);
    await phone.outbox.beginIncarnation(first.inc);
    expect(incarnationTag((await phone.outbox.head()).inc)).toBe(tagOf(other));
  });
});

