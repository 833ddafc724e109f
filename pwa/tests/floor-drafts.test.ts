/** What floor screens say has happened, word for word. */
import { describe, expect, it } from "vitest";
import { isDraft } from "../src/core/event";
import type { Item, Run, Transfer, Unit } from "../src/device/phone";
import {
  asKnown,
  commissioned,
  consumed,
  dispatched,
  heldOutput,
  material,
  ofQuantity,
  produced,
  received,
  stopped,
} from "../src/floor/drafts";

const starch: Item = {
  item: "STARCH",
  name: "Maize starch",
  unitOfMeasure: "kg",
  perUnit: 1_000_000n,
  waitsForQuality: true,
  gtin: null,
};
const run: Run = { run: "R-12", place: "KIRAN", item: "TAB", batch: "MAK-2026-0142", batchNumber: "MAK-2026-0142", isOpen: true };
const transfer: Transfer = { transfer: "TR-7", fromPlace: "ASHA", toPlace: "KIRAN", isOpen: true };
const drum: Unit = {
  unit: "U03K4QX-0001E",
  kind: "drum",
  item: "STARCH",
  batch: "RM-1",
  owner: "ASHA",
  status: "available",
  quantity: 24_500_000n,
  place: "transfer:TR-7",
  parent: null,
  isEnded: false,
  supplierLot: null,
  isHeld: false,
  expiresOn: null,
  tare: null,
  heads: [],
  isPending: false,
  known: true,
};
const contents = material({
  item: starch,
  batch: "R261122-03K-1",
  base: 24_500_000n,
  entered: "24.5",
  owner: "ASHA",
  obtained: "typed",
});

describe("goods in", () => {
  const units = { serials: ["U-1", "U-2"], kind: "drum", material: contents, here: "ASHA" } as const;
  const label = { supplier: "Roquette", supplierLot: "ROQ-1", expiresOn: "2027-03-31" };

  it("gives each container its identity, in quarantine, from the supplier", () => {
    const [first, second] = commissioned({ ...units, serials: [...units.serials] }, label);
    expect(first?.body).toEqual({
      type: "commissioned",
      unit: "U-1",
      kind: "drum",
      material: {
        item: "STARCH",
        batch: "R261122-03K-1",
        quantity: "24500000",
        entered: { quantity: "24.5", unit_of_measure: "kg" },
        owner: "ASHA",
        status: "quarantine",
        obtained: "typed",
      },
      from: "supplier",
      to: "location:ASHA",
      container: [1, 2],
      supplier_lot: "ROQ-1",
      supplier: "Roquette",
      expires_on: "2027-03-31",
    });
    expect(second?.body).toMatchObject({ unit: "U-2", container: [2, 2], expires_on: "2027-03-31" });
  });

  it("is available at once if its item waits for nobody's word", () => {
    const free = { ...starch, waitsForQuality: false };
    const lot = { item: free, batch: "R-1", base: 1n, entered: "1", owner: "ASHA", obtained: "typed" } as const;
    expect(material(lot)).toMatchObject({ status: "available" });
    expect(material(lot, "rejected")).toMatchObject({ status: "rejected" });
  });

  it("leaves out what the supplier's label does not say", () => {
    const [first] = commissioned({ ...units, serials: ["U-1"] }, { ...label, supplier: "", expiresOn: "" });
    expect(first?.body).not.toHaveProperty("supplier");
    expect(first?.body).not.toHaveProperty("expires_on");
  });
});

describe("a known unit", () => {
  it("is received whole and unseen, out of its transfer", () => {
    const seen = { unit: drum.unit, kind: "drum", material: asKnown(drum, starch, "ASHA") } as const;
    expect(received(seen, "transfer:TR-7", "TR-7", "KIRAN").body).toMatchObject({
      type: "received",
      from: "transfer:TR-7",
      to: "location:KIRAN",
      transfer: "TR-7",
      material: { quantity: "24500000", entered: { quantity: "24.5" }, status: "available", obtained: "assumed" },
    });
  });

  it("is used in part, out of where it is seen", () => {
    const whole = asKnown(drum, starch, "ASHA");
    if (whole === null) throw new Error("the drum holds something");
    const part = ofQuantity(whole, { base: 1_500_000n, entered: "1.5", obtained: "typed" });
    const { body } = consumed({ unit: drum.unit, kind: "drum", material: part }, run, "KIRAN", false);
    expect(body).toMatchObject({
      type: "consumed",
      from: "location:KIRAN",
      to: "run:R-12",
      run: "R-12",
      emptied: false,
      material: { quantity: "1500000", entered: { quantity: "1.5", unit_of_measure: "kg" }, obtained: "typed" },
    });
  });

  it("leaves under a transfer that says where it is bound for", () => {
    const { body } = dispatched({ unit: drum.unit, kind: null, material: null }, transfer, "ASHA");
    expect(body).toMatchObject({
      type: "dispatched",
      from: "location:ASHA",
      to: "transfer:TR-7",
      transfer: "TR-7",
      destination: "location:KIRAN",
      material: null,
    });
  });

  it("that holds other units has no material of its own", () => {
    expect(asKnown({ ...drum, item: null, batch: null, quantity: 0n }, undefined, "ASHA")).toBeNull();
  });
});

describe("a scan that went on against a stop", () => {
  const seen = { unit: drum.unit, kind: "drum", material: null } as const;

  it("says what stood against it, who let it go on and why", () => {
    const answer = { stops: ["held"], reason: "Agreed", overruled: true, second: "b".repeat(32), second_grant: 3 } as const;
    const told = { ...answer, stops: [...answer.stops] };
    expect(consumed(seen, run, "KIRAN", true, told).body).toMatchObject(told);
    expect(dispatched(seen, transfer, "ASHA", told).body).toMatchObject({ ...told, type: "dispatched" });
  });

  it("says nothing of stops if there was none", () => {
    expect(consumed(seen, run, "KIRAN", true).body).not.toHaveProperty("stops");
  });

  it("puts what the run makes on hold, for the same reason, if it was done already", () => {
    const { body } = heldOutput(run, "Told to use it");
    expect(body).toEqual({ type: "held", item: "TAB", batch: "MAK-2026-0142", reason: "Told to use it" });
    expect(isDraft(body)).toBe(true);
  });

  it("is told apart from a stop that nobody went past", () => {
    const { body } = stopped(drum.unit, "consume", ["expired"]);
    expect(body).toEqual({ type: "stopped", operation: "consume", unit: drum.unit, stops: ["expired"] });
    expect(isDraft(body)).toBe(true);
  });
});

describe("a run", () => {
  it("makes units of its own batch", () => {
    const units = { serials: ["U-3"], kind: "carton", material: contents, here: "KIRAN" } as const;
    const [made] = produced({ ...units, serials: ["U-3"] }, run);
    expect(made?.body).toMatchObject({ type: "produced", from: "made", to: "location:KIRAN", run: "R-12" });
    expect(made !== undefined && isDraft(made.body)).toBe(true);
  });
});
