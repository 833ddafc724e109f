/** The parts of a phone below its screens, put together as `open-phone.ts` does, for tests that look inside. */
import type { EventDraft } from "../src/core/event";
import { OutboxDatabase } from "../src/device/database";
import { askEnrolment } from "../src/device/enrolment";
import { makeKeys } from "../src/device/keys";
import { OutboxStore } from "../src/device/outbox-store";
import type { Scene } from "../src/device/outbox-store";
import { OwnScans } from "../src/device/own-scans";
import type { Connection } from "../src/device/phone";
import { Replica } from "../src/device/replica";
import { RightOfWay } from "../src/device/right-of-way";
import { SyncLoop } from "../src/device/sync-loop";
import type { Pocket } from "./pocket";

export const ACTOR = "01936f5a00007000800000000000a001";

/** Put the parts together over the disk of `world`. */
export function parts(world: Pocket) {
  const database = new OutboxDatabase(world);
  const own = new OwnScans();
  const replica = new Replica(world);
  const outbox = new OutboxStore(database, world, own, () => replica.drop());
  const connections: Connection[] = [];
  const way = new RightOfWay(world);
  const loop = new SyncLoop(world, outbox, replica, way, {
    connected: (connection) => connections.push(connection),
    changed: () => undefined,
    heard: () => undefined,
  });
  return { world, database, own, replica, outbox, way, loop, connections };
}

export type Parts = ReturnType<typeof parts>;

/** Make the phone a device of the server its calls go to, and begin to call only when the test says so. */
export async function enrolled(world: Pocket): Promise<Parts> {
  const phone = parts(world);
  const keys = await makeKeys();
  await phone.outbox.enrol(await askEnrolment(world, "CODE", "Dock 1", keys), keys);
  return begun(phone);
}

/** Let an enrolled phone call, as after a cold start. */
export async function begun(phone: Parts): Promise<Parts> {
  const [who, keys] = [await phone.outbox.get("enrolled"), await phone.outbox.get("keys")];
  if (who === undefined || keys === undefined) throw new Error("not enrolled");
  phone.loop.start({ enrolled: who, keys }, null);
  phone.world.timers.clear();
  return phone;
}

/** What a record needs to know when nothing is known. */
export const SCENE: Scene = {
  author: { actor: ACTOR, grant: 1, site: "KIRAN-FL", basis: null, picture_at: null, for_review: false },
  learned: null,
  bookHeads: () => [],
};

/** Make the draft of a receipt of a unit. */
export function receipt(unit: string): EventDraft {
  return {
    type: "received",
    unit,
    kind: "drum",
    material: {
      item: "PARA-API",
      batch: "MAK-1",
      quantity: "25000000",
      entered: { quantity: "25", unit_of_measure: "kg" },
      owner: "ASHA",
      status: "available",
      obtained: "assumed",
    },
    from: "transfer:TR-1",
    to: "location:KIRAN-FL",
    transfer: "TR-1",
  };
}
