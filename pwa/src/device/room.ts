/** How full the phone is. It says so before it matters: from then on photos are held back, and scans last of all. */
import { signal } from "@preact/signals";

/** Fuller than this, people are told. */
const SHORT_FROM = 0.85;

/** The phone is nearly full. */
export const isRoomShort = signal(false);

/** Give the part that is taken of the room the browser grants, 0 to 1; 0 where it does not tell. */
export async function fullness(): Promise<number> {
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
  return quota > 0 ? usage / quota : 0;
}

/** Look how full it is now. */
export async function lookForRoom(): Promise<void> {
  isRoomShort.value = (await fullness()) > SHORT_FROM;
}
