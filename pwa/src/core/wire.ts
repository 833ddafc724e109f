/**
 * Push and pull as they travel, and the reading of answers.
 *
 * What comes back is believed only if it has the shape of an answer: a hotel's sign-in page also says 200, and nothing
 * may be marked as sent on its word. Twin of `sync/wire.py`; names are the wire's.
 */
import type { Link } from "./chain";
import type { Clocks } from "./clock";
import type { Assurance, PushAnswer } from "./outbox";

export const PROTO = 1;
export const CHANGES_PER_PULL = 500;
export const ROWS_PER_SNAPSHOT = 1_000;
/** Longer ways through the feed are not walked: the books are fetched as they stand. */
export const FAR_BEHIND = 5_000;

/** The phone's clocks at sending. */
export interface ClockReport extends Clocks {
  offset: number | null;
  offset_age: number | null;
  round_trip: number | null;
}

/** Who is calling and what it still holds; on every push and every pull. */
export interface Contact {
  proto: number;
  app: string;
  device: string;
  inc: string;
  nonce: string;
  sig: string;
  certificate: string;
  head: Link;
  pending: number;
  oldest_at: number | null;
  clock: ClockReport;
}

export interface Push extends Contact {
  base: Link;
  events: { id: string; seq: number; body: string }[];
  epoch_seen: string | null;
}

export interface Cursor {
  epoch: string;
  pos: number;
}

export interface Pull extends Contact {
  cursor: Cursor | null;
  limit: number;
}

/** One row of the books as it is now; `data` null means: gone from this phone's scope. */
export interface Change {
  pos: number;
  kind: string;
  id: string;
  data: unknown;
}

/** Name what became of a scan, among the rows of the books: of two bodies under one id each has its own. */
export function outcomeKey(id: string, fingerprint: string): string {
  return `${id}.${fingerprint.slice(0, 16)}`;
}

/** How far this phone has come with a snapshot pinned at `pos`; `after` is the server's own note where to go on. */
export interface Bookmark extends Cursor {
  after: string;
}

/** Ask for the books as they stand, instead of all that ever changed. */
export interface Snapshot extends Contact {
  bookmark: Bookmark | null;
  limit: number;
}

/** Rows of the books, good for position `at` or later; `after` null: that was all. */
export interface SnapshotAnswer extends Assurance {
  epoch: string;
  /** The bookmark was of no use: these are the first rows of a new snapshot. */
  reset: boolean;
  at: number;
  after: string | null;
  changes: Change[];
}

/** Ask to be told when there is something behind `cursor`. */
export interface Wait extends Contact {
  cursor: Cursor | null;
}

/** How far the books of the phone's site have come; what is new, a pull tells. */
export interface WaitAnswer {
  epoch: string;
  head: number;
}

/** The answer to a pull: changes in (from, to]; ranges must join without a gap. */
export interface PullAnswer extends Assurance {
  epoch: string;
  reset: boolean;
  from: number;
  to: number;
  /** Where the feed ends. */
  head: number;
  more: boolean;
  changes: Change[];
  judged: number;
  do: string[];
}

/** What both answers carry for the next contact. */
export interface Greeting {
  server_time: number;
  nonce: string;
}

/** Read what a server says on every contact; null if this is no answer of ours. */
export function readGreeting(value: unknown): Greeting | null {
  return hasShape(value, { server_time: isNumber, nonce: isText }) ? (value as unknown as Greeting) : null;
}

/** Read the answer to a push; null if it is none. */
export function readPushAnswer(value: unknown): (PushAnswer & Greeting) | null {
  const fits =
    readGreeting(value) !== null &&
    hasShape(value, { epoch: isText, bases: listOf(isBase), verdicts: listOf(isVerdict), do: listOf(isText) }) &&
    hasShape(value, { missing: listOf(isRange), next: isPace, durable_pos: isNumberOrAbsent });
  return fits ? (value as unknown as PushAnswer & Greeting) : null;
}

/** Read the answer to a pull; null if it is none. */
export function readPullAnswer(value: unknown): (PullAnswer & Greeting) | null {
  const fits =
    readGreeting(value) !== null &&
    hasShape(value, { epoch: isText, bases: listOf(isBase), reset: isFlag, from: isNumber, to: isNumber }) &&
    hasShape(value, { more: isFlag, changes: listOf(isChange), judged: isNumber, do: listOf(isText) }) &&
    hasShape(value, { head: isNumber, durable_pos: isNumberOrAbsent });
  return fits ? (value as unknown as PullAnswer & Greeting) : null;
}

/** Read the answer to a snapshot; null if it is none. */
export function readSnapshotAnswer(value: unknown): (SnapshotAnswer & Greeting) | null {
  const fits =
    readGreeting(value) !== null &&
    hasShape(value, { epoch: isText, bases: listOf(isBase), reset: isFlag, at: isNumber, changes: listOf(isChange) }) &&
    hasShape(value, { after: (after) => after === null || isText(after), durable_pos: isNumberOrAbsent });
  return fits ? (value as unknown as SnapshotAnswer & Greeting) : null;
}

/** Read the answer to a question left standing; null if it is none. */
export function readWaitAnswer(value: unknown): WaitAnswer | null {
  return hasShape(value, { epoch: isText, head: isNumber }) ? (value as unknown as WaitAnswer) : null;
}

type Test = (value: unknown) => boolean;

function hasShape(value: unknown, shape: Record<string, Test>): value is Record<string, unknown> {
  if (!(value instanceof Object) || Array.isArray(value)) return false;
  const members = value as Record<string, unknown>;
  return Object.entries(shape).every(([name, test]) => test(members[name]));
}

const isText: Test = (value) => typeof value === "string";
const isNumber: Test = (value) => Number.isSafeInteger(value);
const isNumberOrAbsent: Test = (value) => value === undefined || isNumber(value);
const isFlag: Test = (value) => typeof value === "boolean";
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const isPair =
  (first: Test, second: Test): Test =>
  (value) =>
    Array.isArray(value) && value.length === 2 && first(value[0]) && second(value[1]);
const isBase = isPair(isText, isNumber);
const isRange = isPair(isNumber, isNumber);
const isVerdict: Test = (value) => hasShape(value, { id: isText, v: isText, pos: isNumber });
const isPace: Test = (value) => hasShape(value, { max_events: isNumber, after_ms: isNumber });
const isChange: Test = (value) =>
  hasShape(value, { pos: isNumber, kind: isText, id: isText, data: (data) => data === null || data instanceof Object });
