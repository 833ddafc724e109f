/** The phone as its screens know it, from the enrolment code to the settled scan. */
import { pbkdf2Sync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as chain from "../src/core/chain";
import { outcomeKey } from "../src/core/wire";
import { openPhone } from "../src/device/phone";
import type { Draft, Phone } from "../src/device/phone";
import { NotSaved } from "../src/device/problem";
import { FAIR, FarEnd, unitData } from "./far-end";
import SIGNATURES from "../../tests/vectors/label_signatures.json" with { type: "json" };
import { ACTOR, receipt } from "./phone-parts";
import { pocket } from "./pocket";
import type { Pocket } from "./pocket";
import { words } from "../src/words/words";

const PIN = "482915";
const SALT = "salt-of-16-bytes";
const SECOND = "01936f5a00007000800000000000a002";

let server: FarEnd;
let world: Pocket;
let phone: Phone;

beforeEach(async () => {
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("navigator", {
    serviceWorker: { ready: Promise.resolve({}) },
    storage: { persisted: async () => true, estimate: async () => ({ quota: 1e9, usage: 0 }) },
    mediaDevices: { enumerateDevices: async () => [{ kind: "videoinput" }] },
  });
  server = new FarEnd();
  server.feed("company", "ASHA", {
    code: "ASHA",
    name: "Asha",
    is_demo: false,
    public_url: "https://batch.example.org",
  });
  server.feed("item", "PARA-API", {
    item: "PARA-API",
    name: "Paracetamol",
    unit_of_measure: "kg",
    per_unit: "1000000",
    waits_for_quality: true,
  });
  server.feed("place", "KIRAN-FL", {
    place: "KIRAN-FL",
    name: "Kiran",
    type: "contract_manufacturer",
    site: "KIRAN-FL",
  });
  server.feed("place", "ASHA-WH", { place: "ASHA-WH", name: "Asha", type: "warehouse", site: "ASHA-WH" });
  server.feed("person", ACTOR, person());
  server.feed("unit", "D1", { ...unitData("D1", "aa"), place: "transfer:TR-1" });
  world = pocket(server.fetch);
  phone = await openPhone(world);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Give the row of an operator whose PIN is `PIN`. */
function person() {
  const hash = pbkdf2Sync(PIN, SALT, 1_000, 32, "sha256").toString("base64url");
  const pin = { salt: Buffer.from(SALT).toString("base64url"), iterations: 1_000, hash };
  return { person: ACTOR, name: "Anita", role: "operator", site: "KIRAN-FL", grant: 3, pin, is_active: true };
}

async function ready(): Promise<void> {
  await phone.enrol("CODE", "Dock 1");
  expect(await phone.signIn(ACTOR, PIN)).toBe("ok");
}

/** Open the app anew on the same phone, as after a kill. */
async function reopen(): Promise<void> {
  world = world.reopened();
  phone = await openPhone(world);
}

const draft = (unit: string, over: object = {}): Draft => ({ body: { ...receipt(unit), ...over } }) as unknown as Draft;
const newest = () => phone.scans.value[0];
/** What a screen shows a moment later. */
const seen = (look: () => void): Promise<void> => vi.waitFor(look, { timeout: 5_000, interval: 5 });
/** Let the phone call the server once, and time pass until its screens show it. */
const call = async (): Promise<void> => {
  phone.syncNow();
  await world.pass(1);
  await seen(() => expect([...world.timers.values()].some(({ dueAt }) => dueAt - world.mono > 1_000)).toBe(true));
  await world.pass(200);
};

describe("an enrolment", () => {
  it("makes the phone a device with its books, and is kept", async () => {
    expect(phone.enrolled.value).toBeNull();
    await phone.enrol("CODE", "Dock 1");
    expect(phone.enrolled.value).toMatchObject({
      device: server.device,
      deviceCode: "03K",
      name: "Dock 1",
      site: "KIRAN-FL",
    });
    expect((await phone.people()).map(({ name, hasPin }) => [name, hasPin])).toEqual([["Anita", true]]);
    expect(await phone.items()).toEqual([
      { item: "PARA-API", name: "Paracetamol", unitOfMeasure: "kg", perUnit: 1_000_000n, waitsForQuality: true, gtin: null },
    ]);
    expect(await phone.company()).toEqual({ code: "ASHA", name: "Asha" });
    const { inc } = phone.enrolled.value ?? {};
    await reopen();
    expect(phone.enrolled.value).toMatchObject({ device: server.device, inc });
  });

  it("whose answer got lost asks again with the same key", async () => {
    const keys: unknown[] = [];
    server.weather = async ({ path, body }, serve) => {
      if (path !== "/devices") return serve();
      keys.push((body as { public_key: string }).public_key);
      const answer = await serve();
      if (keys.length === 1) throw new TypeError("lost");
      return answer;
    };
    await expect(phone.enrol("CODE", "Dock 1")).rejects.toMatchObject({ code: "offline" });
    await phone.enrol("CODE", "Dock 1");
    expect(keys[1]).toBe(keys[0]);
  });

  it("that is refused says why", async () => {
    server.weather = async () => server.problem(409, "enrolment_used", { field: "code" });
    await expect(phone.enrol("CODE", "Dock 1")).rejects.toMatchObject({
      code: "enrolment_used",
      detail: "A sentence.",
      field: "code",
    });
    expect(phone.enrolled.value).toBeNull();
  });

  it("is for phones that can hold scans", async () => {
    vi.stubGlobal("isSecureContext", false);
    await expect(phone.enrol("CODE", "Dock 1")).rejects.toMatchObject({ code: "secure_context" });
    expect((await phone.checks()).filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["secure_context"]);
  });

  it("happens once", async () => {
    await phone.enrol("CODE", "Dock 1");
    await expect(phone.enrol("CODE", "Dock 2")).rejects.toMatchObject({ code: "already_enrolled" });
  });
});

describe("a scan", () => {
  it("goes from saved to sent to settled without a reload", async () => {
    await ready();
    server.isJudging = false;
    const [recorded] = await phone.record([draft("D1")]);
    expect(newest()).toMatchObject({ id: recorded?.id, seq: 1, type: "received", state: "saved", canUndo: true });
    expect(phone.unsent.value).toBe(1);
    await call();
    await seen(() => expect(newest()).toMatchObject({ state: "sent" }));
    expect(phone.unsent.value).toBe(0);
    server.isJudging = true;
    await call();
    await seen(() => expect(newest()).toMatchObject({ state: "settled", sentence: null }));
    expect(phone.connection.value.state).toBe("online");
  });

  it("that somebody must look at says so in the server's words, with the moment as the clock here shows it", async () => {
    await ready();
    const [recorded] = await phone.record([draft("D1")]);
    await call();
    const moment = new Date(world.wall);
    const outcome = {
      event: recorded?.id,
      outcome: "attention",
      code: "already_received",
      sentence: `Ravi has it since ⟨${world.wall}⟩. Carry on.`,
      by: null,
    };
    const key = outcomeKey(recorded?.id ?? "", chain.fingerprint(server.held.get(recorded?.id ?? "")?.body ?? ""));
    // Of another body under the same id, from a clone of this phone.
    server.feed("outcome", outcomeKey(recorded?.id ?? "", chain.fingerprint("{}")), { ...outcome, code: "too_late" });
    server.feed("outcome", key, outcome);
    await call();
    await seen(() => expect(newest()).toMatchObject({ state: "attention", code: "already_received" }));
    expect(newest()?.sentence).toContain(moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    server.feed("outcome", key, null);
    await call();
    await seen(() => expect(newest()).toMatchObject({ state: "settled", code: null, sentence: null }));
  });

  it("says who made it, from which picture, and after what", async () => {
    await ready();
    await phone.record([draft("D1")]);
    expect(newest()?.body).toMatchObject({ actor: ACTOR, grant: 3, site: "KIRAN-FL", after: ["aa"], basis: ["e1", 6] });
    expect(newest()?.body).not.toHaveProperty("for_review");
  });

  it("is for review when the server was not heard for three days, and counts all the same", async () => {
    await ready();
    server.weather = () => Promise.reject(new TypeError("offline"));
    world.wall += 73 * 3_600_000;
    world.mono += 73 * 3_600_000;
    await phone.record([draft("D1")]);
    expect(newest()?.body).toMatchObject({ for_review: true });
  });

  it("does not wait for books that cannot be read", async () => {
    await ready();
    const open = world.indexedDB.open.bind(world.indexedDB);
    vi.spyOn(world.indexedDB, "open").mockImplementation((name, version) => {
      if (name.includes("replica")) throw new DOMException("broken", "UnknownError");
      return open(name, version);
    });
    await expect(phone.record([draft("D9")])).resolves.toHaveLength(1);
  });

  it("needs somebody who is signed in", async () => {
    await phone.enrol("CODE", "Dock 1");
    await expect(phone.record([draft("D1")])).rejects.toMatchObject({ reason: "not_signed_in" });
    expect(phone.notSaved.value).toBe("not_signed_in");
    expect(phone.scans.value).toEqual([]);
  });

  it("that is no event is not saved", async () => {
    await ready();
    await expect(phone.record([{ body: { type: "composted" } }])).rejects.toThrow(NotSaved);
  });

  it("stays when its maker signs out, and belongs to its maker", async () => {
    await ready();
    await phone.record([draft("D1")]);
    phone.signOut();
    await world.pass(200);
    expect(phone.person.value).toBeNull();
    await seen(() => expect(newest()).toMatchObject({ canUndo: false, body: { actor: ACTOR } }));
    expect(phone.unsent.value).toBe(1);
  });
});

describe("a second person", () => {
  it("is checked by PIN while the first stays signed in; wrong ones count against that person alone", async () => {
    server.feed("person", SECOND, { ...person(), person: SECOND, name: "Suresh", role: "supervisor" });
    await ready();
    expect(await phone.confirm(SECOND, PIN)).toBe("ok");
    for (let turn = 1; turn < 10; turn += 1) expect(await phone.confirm(SECOND, "000000")).toBe("wrong");
    expect(await phone.confirm(SECOND, "000000")).toBe("locked");
    expect(await phone.confirm(SECOND, PIN)).toBe("locked");
    expect(phone.person.value?.person).toBe(ACTOR);
    expect(await phone.confirm(ACTOR, PIN)).toBe("ok");
  });
});

describe("a hold made on this phone", () => {
  it("shows at once on every unit of the lot, and on none of another", async () => {
    server.feed("unit", "D2", { ...unitData("D2", "bb"), batch: "MAK-2" });
    await ready();
    await phone.record([{ body: { type: "held", item: "PARA-API", batch: "MAK-1", reason: "Told to use it" } }]);
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { isHeld: true } });
    expect(await phone.look("D2", "wedge")).toMatchObject({ unit: { isHeld: false } });
    expect(newest()).toMatchObject({ type: "held", canUndo: false });
  });
});

describe("a right to overrule that is lent", () => {
  const LENDING = "cd".repeat(16);
  const lent = (until: number) => ({ body: { type: "lent", person: SECOND, lending: LENDING, until } });

  it("is known on the phone it was lent on at once, after a kill, until its end, and not once it is taken back", async () => {
    await ready();
    const [recorded] = await phone.record([lent(phone.now() + 10_000)]);
    const known = { lending: LENDING, event: recorded?.id, person: SECOND, by: ACTOR };
    expect(await phone.lendings()).toEqual([{ ...known, until: expect.any(Number) }]);
    await reopen();
    await phone.signIn(ACTOR, PIN);
    expect(await phone.lendings()).toMatchObject([known]);
    server.now += 20_000;
    await world.pass(20_000);
    expect(await phone.lendings()).toEqual([]);
    const [again] = await phone.record([lent(phone.now() + 60_000)]);
    expect(await phone.lendings()).toMatchObject([{ event: again?.id }]);
    await phone.undo(again?.id ?? "");
    expect(await phone.lendings()).toEqual([]);
  });

  it("is known on every other phone by its books, and gone there as soon as this one takes it back", async () => {
    const event = "01936f5a0000700080000000000000e1";
    const until = world.wall + 3_600_000;
    server.feed("lending", `${event}.ab`, { lending: LENDING, event, person: SECOND, until, by: ACTOR });
    await ready();
    expect(await phone.lendings()).toEqual([{ lending: LENDING, event, person: SECOND, until, by: ACTOR }]);
    await phone.record([{ body: { type: "voided", target: event } }]);
    expect(await phone.lendings()).toEqual([]);
  });
});

describe("that somebody was stopped", () => {
  it("is kept in the history of the unit and cannot be taken back", async () => {
    await ready();
    const [stopped] = await phone.record([
      { body: { type: "stopped", operation: "consume", unit: "D1", stops: ["held"] } },
    ]);
    expect(newest()).toMatchObject({ id: stopped?.id, canUndo: false });
    expect(await phone.look("D1", "wedge")).toMatchObject({
      unit: { quantity: 25_000_000n, place: "transfer:TR-1", heads: [stopped?.id] },
    });
  });
});

describe("the date here", () => {
  it("is that of the phone's clock, as the server has corrected it", async () => {
    world.wall = new Date(2026, 10, 30, 23, 59).getTime();
    expect(phone.today()).toBe("2026-11-30");
  });
});

describe("an undo", () => {
  it("is a new event; the old one stays visible as undone", async () => {
    await ready();
    const [recorded] = await phone.record([draft("D1")]);
    const undone = await phone.undo(recorded?.id ?? "");
    expect(phone.scans.value.map(({ id, type, state, canUndo }) => ({ id, type, state, canUndo }))).toEqual([
      { id: undone.id, type: "voided", state: "saved", canUndo: false },
      { id: recorded?.id, type: "received", state: "undone", canUndo: false },
    ]);
    expect(newest()?.body).toMatchObject({ target: recorded?.id, after: [recorded?.id] });
    await expect(phone.undo(recorded?.id ?? "")).rejects.toMatchObject({ code: "undo_not_possible" });
    await expect(phone.undo(undone.id)).rejects.toMatchObject({ code: "undo_not_possible" });
  });

  it("is offered for two minutes", async () => {
    await ready();
    await phone.record([draft("D1")]);
    await world.pass(119_000);
    expect(newest()?.canUndo).toBe(true);
    await world.pass(2_000);
    await seen(() => expect(newest()?.canUndo).toBe(false));
  });
});

describe("a look", () => {
  describe("of a supplier's GS1 label", () => {
    const GTIN = "09521234543213";
    const SSCC = "106141412345678908";

    beforeEach(async () => {
      server.feed("item", "PARA-API", {
        item: "PARA-API",
        name: "Paracetamol",
        unit_of_measure: "kg",
        per_unit: "1000000",
        waits_for_quality: true,
        gtin: GTIN,
      });
      server.feed("unit", SSCC, { ...unitData(SSCC, "cc"), batch: "MAK-2" });
      await ready();
    });

    it("says which item it is of, its lot, last day, count and measure", async () => {
      const text = `]C101${GTIN}1729043031030250003740\x1d10ROQ-60001`;
      await seen(async () =>
        expect(await phone.goodsOn(text)).toMatchObject({
          item: { item: "PARA-API" },
          lot: "ROQ-60001",
          expiresOn: "2029-04-30",
          count: "40",
          measure: "25",
          unitOfMeasure: "kg",
        }),
      );
      expect(await phone.goodsOn("]E09521234543213")).toMatchObject({ item: { item: "PARA-API" }, lot: "" });
      expect(await phone.goodsOn("(01)04150123456782(10)A")).toMatchObject({ item: null, gtin: "04150123456782" });
      expect(await phone.goodsOn(`]C101${GTIN}10`)).toBe("wrong");
      for (const text of ["ROQ-60001", "https://example.com", "]C1400ORDER-7", ""]) {
        expect(await phone.goodsOn(text), text).toBeNull();
      }
    });

    it("finds the unit that is known by its pallet number, and a batch of ours", async () => {
      for (const text of [`]C100${SSCC}`, `https://id.gs1.org/00/${SSCC}`, `(00)${SSCC}`]) {
        await seen(async () => expect(await phone.look(text, "wedge"), text).toMatchObject({ kind: "unit", batch: "MAK-2" }));
      }
      const lot = { kind: "lot", batch: "MAK-2", itemCode: "PARA-API", originIsOurs: null };
      expect(await phone.look(`HTTPS://ID.EXAMPLE.COM/01/${GTIN}/10/MAK-2`, "camera")).toMatchObject(lot);
      expect(await phone.look(`]d201${GTIN}10MAK-2`, "camera")).toMatchObject(lot);
      for (const separator of ["\x1d", "{GS}", "<GS>"]) {
        expect(await phone.look(`]C101${GTIN}10MAK-2${separator}21HU17`, "wedge")).toMatchObject(lot);
      }
    });

    it("takes a link at our own address for our label, also of a unit it has never met", async () => {
      await seen(async () => expect(await phone.items()).toMatchObject([{ gtin: GTIN }]));
      const ours = `HTTPS://BATCH.EXAMPLE.ORG/01/${GTIN}/10/MAK-9`;
      const unit = { kind: "unit", batch: "MAK-9", itemCode: "PARA-API", originIsOurs: true };
      expect(await phone.look(`${ours}/21/U03K4QX-0001E`, "camera")).toMatchObject({ ...unit, labelCopy: 1 });
      expect(await phone.look(`]Q1${ours}/21/U03K4QX-0001E?C=3`, "wedge")).toMatchObject({ ...unit, labelCopy: 3 });
      expect(await phone.look(ours, "camera")).toMatchObject({ kind: "lot", batch: "MAK-9", originIsOurs: true });
      expect(await phone.look(`${ours}/21/U03K4QX-0001A`, "camera")).toMatchObject({ code: "check_character_wrong" });
      const pallet = `HTTPS://BATCH.EXAMPLE.ORG/00/006141411234567890?02=${GTIN}&37=2&10=MAK-9`;
      expect(await phone.look(pallet, "camera")).toMatchObject({ ...unit, unit: { unit: "006141411234567890" } });
      const theirs = ours.replace("BATCH.EXAMPLE", "OTHER.EXAMPLE");
      expect(await phone.look(theirs, "camera")).toMatchObject({ kind: "refused", code: "gs1_goods_new" });
    });

    it.each([
      [`]C101${GTIN}10NEW`, "gs1_goods_new"],
      ["]C1010415012345678210MAK-2", "gs1_article_unknown"],
      [`]C101${GTIN}10MAK-221HU17`, "separator_lost"],
      [`]C101${GTIN}10MAK-217271031`, "separator_lost"],
      [`]C101${GTIN}10MAK-2A`, "gs1_goods_new"],
      ["]C100106141412345678915", "gs1_pallet_unknown"],
      [`]C101${GTIN}10`, "gs1_wrong"],
      ["]C1400ORDER-7", "foreign_barcode"],
    ])("%s is refused as %s", async (text, code) => {
      await seen(async () => expect(await phone.items()).toMatchObject([{ gtin: GTIN }]));
      expect(await phone.look(text, "wedge")).toMatchObject({ kind: "refused", code });
      expect(words.refusals[code]).toBeDefined();
    });
  });

  it("tells whether a label was issued here, by the keys in its books alone", async () => {
    const { public_key, signed, forged } = SIGNATURES;
    const [, whole = ""] = signed[1] ?? [];
    await ready();
    expect(await phone.look(whole, "camera")).toMatchObject({ kind: "unit", signature: "unchecked", labelCopy: 2 });
    server.feed("company", "ASHA", {
      code: "ASHA",
      name: "Asha Pharma",
      is_demo: false,
      public_url: "https://l.example.com",
      label_keys: { A: public_key },
    });
    await call();
    await seen(async () => expect(await phone.look(whole, "camera")).toMatchObject({ kind: "unit", signature: "ours" }));
    expect(await phone.look(`]Q1${whole}`, "wedge")).toMatchObject({ kind: "unit", signature: "ours" });
    for (const text of forged) {
      expect(await phone.look(text, "camera")).toMatchObject({ kind: "refused", code: "label_forged" });
    }
    expect(words.refusals["label_forged"]).toBeDefined();
    expect((await phone.look("MAK1:MAK-2026-0142/CAP-500/D1", "camera")).signature).toBeUndefined();
  });

  it("knows a supplier's own code as it was taught, until it is forgotten", async () => {
    server.feed("supplier_code", "1", { beginning: "ROQ1", length: 16, item: "PARA-API", lot_to: 14 });
    server.feed("supplier_code", "2", { beginning: "XYZ", length: 8, item: "GONE", lot_to: 8 });
    await ready();
    const goods = { item: { item: "PARA-API" }, lot: "2026000142", gtin: "", expiresOn: "" };
    await seen(async () => expect(await phone.goodsOn("ROQ12026000142-X")).toMatchObject(goods));
    expect(await phone.goodsOn("]C0ROQ12026000142-X")).toMatchObject(goods);
    expect(await phone.goodsOn("ROQ12026000142")).toBeNull();
    expect(await phone.goodsOn("XYZ12345")).toBeNull();
    server.feed("supplier_code", "1", null);
    await call();
    await seen(async () => expect(await phone.goodsOn("ROQ12026000142-X")).toBeNull());
  });

  it("finds a batch by its number on the papers as by its code, however it is scanned or typed", async () => {
    server.feed("batch_number", "MAK-26-27-0142", { batch: "MAK-26-27-0142", number: "MAK/26-27/0142" });
    server.feed("unit", "D2", { ...unitData("D2", "bb"), batch: "MAK-26-27-0142" });
    server.feed("run", "R-12", {
      run: "R-12",
      place: "KIRAN-FL",
      item: "PARA-API",
      batch: "MAK-26-27-0142",
      is_open: true,
    });
    await ready();
    const lot = { kind: "lot", batch: "MAK-26-27-0142", itemCode: "PARA-API", originIsOurs: null };
    await seen(async () => expect(await phone.look("MAK/26-27/0142", "typed")).toMatchObject(lot));
    for (const text of ["mak/26-27/0142", " MAK/26-27/0142\r\n", "]C0MAK/26-27/0142", "MAK-26-27-0142"]) {
      expect(await phone.look(text, "wedge"), text).toMatchObject(lot);
    }
    for (const text of ["MAK/26-27/0143", "MAK/26/27/0142"]) {
      expect(await phone.look(text, "wedge"), text).toMatchObject({ kind: "refused", code: "foreign_barcode" });
    }
    expect(await phone.batchNamed("mak/26-27/0142")).toBe("MAK-26-27-0142");
    expect(await phone.batchNamed(" mak-7 ")).toBe("MAK-7");
    expect(await phone.batchNamed("MAK/7")).toBeNull();
    expect((await phone.runs()).map(({ batchNumber }) => batchNumber)).toEqual(["MAK/26-27/0142"]);
  });

  it("knows units by the books and by own scans that are still waiting", async () => {
    await ready();
    expect(await phone.look("D1", "wedge")).toMatchObject({
      kind: "unit",
      unit: { unit: "D1", known: true, isPending: false, place: "transfer:TR-1", quantity: 25_000_000n, heads: ["aa"] },
      item: { item: "PARA-API" },
      batch: "MAK-1",
    });
    const [recorded] = await phone.record([draft("D1")]);
    expect(await phone.look("D1", "wedge")).toMatchObject({
      unit: { place: "location:KIRAN-FL", isPending: true, heads: [recorded?.id] },
    });
    const part = {
      type: "consumed",
      material: { ...receiptMaterial(), quantity: "5000000" },
      from: "location:KIRAN-FL",
      to: "run:R-1",
    };
    await phone.record([{ body: { ...part, unit: "D1" } }]);
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { quantity: 20_000_000n, isEnded: false } });
    await phone.record([{ body: { ...part, unit: "D1", emptied: true } }]);
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { quantity: 0n, isEnded: true } });
    const last = newest();
    await phone.undo(last?.id ?? "");
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { quantity: 20_000_000n, isEnded: false } });
    await reopen();
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { quantity: 20_000_000n, isPending: true } });
  });

  it("knows what an empty drum weighs from the books, and from an own weighing that still waits", async () => {
    await ready();
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { tare: "2.1 kg" } });
    const weights = { obtained: "scale", gross: "24.2", tare: "4.2", net: "20" };
    const material = { ...receiptMaterial(), quantity: "5000000", ...weights };
    await phone.record([{ body: { type: "consumed", material, from: "location:KIRAN-FL", to: "run:R-1", unit: "D1" } }]);
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { tare: "4.2 kg" } });
    await phone.undo(newest()?.id ?? "");
    expect(await phone.look("D1", "wedge")).toMatchObject({ unit: { tare: "2.1 kg" } });
  });

  it("puts a photo to the next scan of its unit, and to none that begins with a label", async () => {
    await ready();
    const photo = new Blob([Uint8Array.from([0xff, 0xd8, 0xff])], { type: "image/jpeg" });
    await phone.addPhoto("D1", photo);
    await phone.look("D1", "typed");
    await phone.record([draft("D1")]);
    expect(newest()?.body["photos"]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    await phone.record([draft("D1")]);
    expect(newest()?.body["photos"]).toBeUndefined();
    await phone.addPhoto("D1", photo);
    await phone.look("D1", "wedge");
    await phone.record([draft("D1")]);
    expect(newest()?.body["photos"]).toBeUndefined();
  });

  it("tells whose label it is", async () => {
    await ready();
    expect(await phone.look("HTTPS://BATCH.EXAMPLE.ORG/B/MAK-9/I/PARA-API", "camera")).toMatchObject({
      kind: "lot",
      originIsOurs: true,
      item: { name: "Paracetamol" },
    });
    expect(await phone.look("HTTPS://SOMEBODY.ELSE/B/MAK-9/I/X", "camera")).toMatchObject({
      kind: "lot",
      originIsOurs: false,
      itemCode: "X",
      batch: "MAK-9",
    });
    expect(await phone.look("MAK1:MAK-9/PARA-API/D77", "camera")).toMatchObject({
      kind: "unit",
      unit: { known: false, item: "PARA-API", batch: "MAK-9" },
      originIsOurs: null,
    });
  });

  it("tells a batch, a stranger and a foreign code apart", async () => {
    await ready();
    expect(await phone.look("mak-1", "typed")).toMatchObject({ kind: "lot", batch: "MAK-1", itemCode: "PARA-API" });
    expect(await phone.look("NOBODY", "typed")).toMatchObject({ kind: "unknown", text: "NOBODY" });
    expect(await phone.look("U03K4QX-0001C", "typed")).toMatchObject({
      kind: "refused",
      code: "check_character_wrong",
    });
    expect(await phone.look("U03K4QX-0001E", "typed")).toMatchObject({ kind: "unit", unit: { known: false } });
    expect(await phone.look("https://example.com", "camera")).toMatchObject({
      kind: "refused",
      code: "foreign_barcode",
    });
  });

  it("lists what stands here, own receipts included", async () => {
    await ready();
    expect(await phone.unitsHere()).toEqual([]);
    await phone.record([draft("D1"), draft("D2")]);
    expect((await phone.unitsHere()).map(({ unit }) => unit)).toEqual(["D1", "D2"]);
  });
});

describe("serials", () => {
  it("carry the phone's code and are never given twice", async () => {
    await ready();
    const first = await phone.mintSerials(2);
    await reopen();
    const second = await phone.mintSerials(1);
    expect(new Set([...first, ...second]).size).toBe(3);
    for (const serial of [...first, ...second]) expect(serial).toMatch(/^U03K[0-9A-Z]{3}-000[123][0-9A-Z]$/);
  });
});

describe("a phone whose storage was emptied", () => {
  it("says that scans are lost, and stops saying so when it is enrolled anew", async () => {
    await ready();
    await phone.record([draft("D1")]);
    await world.pass(200);
    await seen(() => expect([...world.notes.values()].join()).toContain('"seq":1'));
    phone = await openPhone(pocket(server.fetch, undefined, world.notes));
    expect(phone.storageLost.value).toBe(true);
    expect(phone.enrolled.value).toBeNull();
    await phone.enrol("CODE", "Dock 1");
    expect(phone.storageLost.value).toBe(false);
  });
});

describe("labels", () => {
  /** Serve sessions and labels beside push and pull. */
  function printing(asked: string[]): void {
    server.weather = async ({ path, body }, serve) => {
      if (path === "/session") {
        asked.push(`session of ${(body as { device: string }).device === server.device ? "this phone" : "a stranger"}`);
        return { status: 200, body: { token: "t", expires_at: world.wall + 600_000, person: null, device: {} } };
      }
      if (!path.startsWith("/print-jobs")) return serve();
      asked.push(body === undefined ? path : `${path} ${(body as { units: string[] }).units.join()}`);
      if (path.endsWith("/file")) return { status: 200, body: "%PDF", type: "application/pdf" };
      return { status: 201, body: { state: "queued", labels: [] } };
    };
  }

  it("are fetched after what they name was handed in, in one session for several", async () => {
    await ready();
    await phone.record([draft("D7")]);
    const asked: string[] = [];
    printing(asked);
    expect(await (await phone.labels("01", ["D7"])).text()).toBe("%PDF");
    expect(phone.connection.value.state).toBe("online");
    expect(server.held.size).toBe(1);
    await phone.labels("02", ["D7", "D8"]);
    expect(asked).toEqual([
      "session of this phone",
      "/print-jobs D7",
      "/print-jobs/01/file",
      "/print-jobs D7,D8",
      "/print-jobs/02/file",
    ]);
  });

  it("wait for the network", async () => {
    await ready();
    server.weather = () => Promise.reject(new TypeError("offline"));
    await expect(phone.labels("01", ["D7"])).rejects.toMatchObject({ code: "offline" });
  });
});

describe("somebody switched off by the office", () => {
  it("is signed out with the next word from the server; the scans stay", async () => {
    await ready();
    await phone.record([draft("D1")]);
    const row = {
      person: ACTOR,
      name: "Anita",
      role: "operator",
      site: "KIRAN-FL",
      grant: 4,
      pin: null,
      is_active: false,
    };
    server.feed("person", ACTOR, row);
    server.weather = FAIR;
    await call();
    await seen(() => expect(phone.person.value).toBeNull());
    expect(phone.scans.value).toHaveLength(1);
  });
});

function receiptMaterial() {
  const draft = receipt("D1");
  return "material" in draft ? draft.material : null;
}
