/**
 * The clock of this phone, and when a thing happened.
 *
 * The clock is `max(last + 1, wall + offset)` written as [ms, counter]: it never runs backwards, and no other phone's
 * clock raises it. `offset` is learned from the server's answers; a newly learned one never re-dates earlier scans.
 * For people an event happened in the *interval* its reading gives, never at one instant. Twin of `sync/clock.py`.
 */

/** How much a phone's crystal may wander since its offset was learned: twice a bad crystal's. */
export const DRIFT_PER_MILLION = 200;

/** How far off a clock may be that was never compared with a server's: half a day. */
export const UNKNOWN_OFFSET_MS = 12 * 3600 * 1000;

/** A wall clock that falls this far behind the monotonic one was turned back by somebody. */
const TURNED_BACK_MS = 2_000;

export type Tick = readonly [number, number];

/** What the clocks of the phone show now (ms); `boot` changes whenever `mono` starts again. */
export interface Clocks {
  wall: number;
  mono: number;
  boot: string;
}

/** One comparison with the server's clock, and what the phone's own clocks showed at it. */
export interface Learned extends Clocks {
  /** Server time minus wall. */
  offset: number;
  round_trip: number;
}

/** All that the clocks said when an event was made. It is signed, never corrected. */
export interface Reading {
  at: Tick;
  wall: number;
  offset: number | null;
  offset_age: number | null;
  round_trip: number | null;
  mono: number;
  boot: string;
}

/** Advance the clock: the corrected wall clock if it is ahead, else the next counter at the same ms. */
export function tick(last: Tick, wall: number, offset: number | null): Tick {
  const now = wall + (offset ?? 0);
  return now > last[0] ? [now, 0] : [last[0], last[1] + 1];
}

/** Give the earliest and the latest moment (ms, server time) at which the event can have happened. */
export function interval(
  reading: Pick<Reading, "wall" | "offset" | "offset_age" | "round_trip">,
): readonly [number, number] {
  if (reading.offset === null) return [reading.wall - UNKNOWN_OFFSET_MS, reading.wall + UNKNOWN_OFFSET_MS];
  const wander = Math.floor(((reading.offset_age ?? 0) * DRIFT_PER_MILLION) / 1_000_000);
  const error = Math.floor((reading.round_trip ?? 0) / 2) + wander;
  const centre = reading.wall + reading.offset;
  return [centre - error, centre + error];
}

/** Write down the clocks together with the next tick after `last`. */
export function read(last: Tick, clocks: Clocks, learned: Learned | null): Reading {
  const known = stillHolds(learned, clocks) ? learned : null;
  return {
    at: tick(last, clocks.wall, known?.offset ?? null),
    wall: clocks.wall,
    offset: known?.offset ?? null,
    offset_age: known ? age(known, clocks) : null,
    round_trip: known?.round_trip ?? null,
    mono: clocks.mono,
    boot: clocks.boot,
  };
}

/** Learn the offset from an answer: the server read its clock somewhere within the round trip. */
export function learn(serverTime: number, asked: Clocks, answered: Clocks): Learned {
  const round_trip = Math.max(0, answered.mono - asked.mono);
  const offset = Math.round(serverTime + round_trip / 2 - answered.wall);
  return { offset, round_trip, ...answered };
}

/** Prefer the comparison whose error is smaller by now: a quick answer of an hour ago beats a slow one of today. */
export function better(old: Learned | null, fresh: Learned): Learned {
  if (old === null || !stillHolds(old, fresh)) return fresh;
  const wandered = (age(old, fresh) * DRIFT_PER_MILLION) / 1_000_000;
  const oldError = old.round_trip / 2 + wandered;
  const agrees = Math.abs(old.offset - fresh.offset) <= oldError + fresh.round_trip / 2;
  return agrees && oldError <= fresh.round_trip / 2 ? old : fresh;
}

/** Say that nobody has visibly turned the wall clock since: it may run ahead (a sleeping phone), never fall behind. */
function stillHolds(learned: Learned | null, now: Clocks): learned is Learned {
  if (learned === null) return false;
  if (learned.boot !== now.boot) return now.wall >= learned.wall - TURNED_BACK_MS;
  return now.wall - learned.wall >= now.mono - learned.mono - TURNED_BACK_MS;
}

function age(learned: Learned, now: Clocks): number {
  const elapsed = learned.boot === now.boot ? now.mono - learned.mono : now.wall - learned.wall;
  return Math.max(0, elapsed);
}
