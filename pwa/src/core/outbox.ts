/**
 * What to send next, and what an answer means. No database, no network, no clock: plain values in, plain values out.
 *
 * Three ideas carry it. An event is *unsent* until its own verdict arrives, event by event; a watermark would lose
 * scans as soon as phones can be cloned. A verdict counts only while the server still has the history it was given
 * in (the epoch rule); after a restore the event is simply unsent again. And an event is kept until one rule lets it
 * go: its verdict counts, every backup the server may still be restored from holds it, and it is two weeks old.
 * Whatever else the server says or does not say, the worst that happens is that an event is sent once more.
 */
import type { Link } from "./chain";

/** The server's custody of one event: all verdicts mean "your bytes are safe here", counted in (epoch, pos). */
export interface Ack {
  verdict: string;
  epoch: string;
  pos: number;
}

/** An event as the phone keeps it. Everything but `ack` is written once. */
export interface Kept {
  inc: string;
  seq: number;
  id: string;
  body: string;
  hash: string;
  /** By the phone's wall clock, ms. */
  madeAt: number;
  ack: Ack | null;
}

/** Every epoch of the server, oldest first, with the first position each may allocate. */
export type Bases = readonly (readonly [epoch: string, firstPos: number])[];

/** What an answer says of the server's past, and of what it would still hold after a restore: of one moment. */
export interface Assurance {
  /** By the server's clock, ms. */
  server_time: number;
  bases: Bases;
  /** First position that a restored server might lack; a server of an earlier version does not say. */
  durable_pos?: number;
}

/** What the phone reads in the answer to a push. */
export interface PushAnswer extends Assurance {
  epoch: string;
  verdicts: readonly { id: string; v: string; pos: number }[];
  missing: readonly (readonly [number, number])[];
  do: readonly string[];
  next: { max_events: number; after_ms: number };
}

/** How much is sent at a time, and which events are set aside for a while because the server could not take them. */
export interface Pace {
  limit: number;
  limitMax: number;
  aside: ReadonlyMap<string, number>;
}

export const EVENTS_PER_PUSH_DEFAULT = 200;
export const EVENTS_PER_PUSH_MAX = 1_000;
/** A run stops growing here, well below what the server takes. */
export const PUSH_BYTES_MAX = 1024 * 1024;
/** Every event is kept at least so long, whoever else has it. */
export const KEPT_MS_MIN = 14 * 24 * 3_600_000;
/** How long an event that was refused on its own waits while those behind it go first. */
export const ASIDE_MS = 5 * 60_000;

const SAFE: ReadonlySet<string> = new Set(["stored", "duplicate", "quarantined", "stored_apart", "stored_fork"]);

export const FIRST_PACE: Pace = {
  limit: EVENTS_PER_PUSH_DEFAULT,
  limitMax: EVENTS_PER_PUSH_DEFAULT,
  aside: new Map(),
};

/**
 * Choose the next unbroken run of one incarnation from the unsent events, given in order of incarnation and `seq`.
 *
 * An event set aside ends a run: what stands behind it is sent with the set-aside event as its base, so one event the
 * server chokes on never holds up the others.
 */
export function nextRun(unsent: readonly Kept[], pace: Pace, now: number): Kept[] {
  const run: Kept[] = [];
  let bytes = 0;
  for (const kept of unsent) {
    const last = run.at(-1);
    if ((pace.aside.get(kept.id) ?? 0) > now) {
      if (last) break;
      continue;
    }
    // A character is at most three bytes of UTF-8, and of JSON text hardly ever more than one.
    bytes += kept.body.length * (isAscii(kept.body) ? 1 : 3);
    if (last && (kept.inc !== last.inc || kept.seq !== last.seq + 1)) break;
    if (last && (run.length >= pace.limit || bytes > PUSH_BYTES_MAX)) break;
    run.push(kept);
  }
  return run;
}

/** After a push was taken: half as much again next time, up to what the server likes. */
export function afterTaken(pace: Pace, liked: number): Pace {
  const limitMax = Math.max(1, Math.min(Math.floor(liked), EVENTS_PER_PUSH_MAX));
  return { ...pace, limit: Math.min(Math.ceil(pace.limit * 1.5), limitMax), limitMax };
}

/** After a push was too large or timed out: half as much next time. */
export function afterTooMuch(pace: Pace, sent: number): Pace {
  return { ...pace, limit: Math.max(1, Math.floor(Math.min(pace.limit, sent) / 2)) };
}

/** After a push was refused: half as much; an event refused on its own steps aside for a while. It stays unsent. */
export function afterRefused(pace: Pace, run: readonly Kept[], now: number): Pace {
  const [only] = run;
  if (only === undefined) return pace;
  if (run.length > 1) return afterTooMuch(pace, run.length);
  return { ...pace, aside: new Map([...pace.aside, [only.id, now + ASIDE_MS]]) };
}

/** Read which of the events sent are now in the server's custody: each by its own verdict, nothing by implication. */
export function acks(run: readonly Kept[], answer: PushAnswer): Map<string, Ack> {
  const sent = new Set(run.map(({ id }) => id));
  const found = new Map<string, Ack>();
  for (const { id, v, pos } of answer.verdicts) {
    if (sent.has(id) && SAFE.has(v) && Number.isSafeInteger(pos))
      found.set(id, { verdict: v, epoch: answer.epoch, pos });
  }
  return found;
}

/**
 * Say whether a verdict still counts: its epoch is one the server remembers, and its position lies below the first
 * of every later epoch. Otherwise a restore has forgotten the event.
 */
export function counts(ack: Ack, bases: Bases): boolean {
  const given = bases.findIndex(([epoch]) => epoch === ack.epoch);
  return given >= 0 && bases.slice(given + 1).every(([, firstPos]) => ack.pos < firstPos);
}

/**
 * Say whether an event need not be kept: held for good by the server, by its backups, and old.
 *
 * The age is taken by the server's clock, which does not jump when somebody sets the phone's.
 */
export function isDisposable({ ack, madeAt }: Kept, { bases, durable_pos, server_time }: Assurance): boolean {
  if (ack === null || durable_pos === undefined) return false;
  return counts(ack, bases) && ack.pos < durable_pos && server_time - madeAt > KEPT_MS_MIN;
}

/**
 * Pick the events of one incarnation, given in order behind the link `from`, that need not be kept.
 *
 * Only its beginning is let go, without a gap: so what is left is one unbroken run whose base is known.
 */
export function disposable(events: readonly Kept[], from: number, told: Assurance): Kept[] {
  const end = events.findIndex((kept, n) => kept.seq !== from + 1 + n || !isDisposable(kept, told));
  return events.slice(0, end < 0 ? events.length : end);
}

/** Say that two answers tell the same history, so that old verdicts need no second look. */
export function sameBases(one: Bases, other: Bases): boolean {
  return (
    one.length === other.length && one.every(([epoch, pos], n) => other[n]?.[0] === epoch && other[n]?.[1] === pos)
  );
}

/** Give the end of the chain after a run, which is what its push is signed over. */
export function endOf(run: readonly Kept[], head: Link): Link {
  const last = run.at(-1);
  return last ? { seq: last.seq, hash: last.hash } : head;
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
