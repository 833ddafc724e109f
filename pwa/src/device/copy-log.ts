/**
 * The second copy of the outbox as a text: one line for each thing worth keeping, each with its own check.
 *
 * It is only ever appended to, and an append may be torn by a flat battery. So every append begins on a new line, every
 * line begins with a digest of the rest, and a line that does not fit its digest is passed over: what is readable
 * around it still counts. A scan carries the hash it follows, so any unbroken run can be sent whatever is missing before.
 */
import { fingerprint } from "../core/chain";
import type { EventRow } from "./database";
import type { Enrolled } from "./outbox-store";

/** Who the phone is; its key is not a thing that can be written into a file. */
export interface IdentityEntry {
  is: "identity";
  device: string;
  enrolled: Enrolled;
}

/** A scan, and the hash of the one before it. */
export interface ScanEntry extends Pick<EventRow, "inc" | "seq" | "id" | "body" | "hash" | "made_at"> {
  is: "scan";
  device: string;
  before: string;
}

/** The phone's signature over the end of a run, good for handing it in without the phone's key. */
export interface SignedEntry {
  is: "signed";
  device: string;
  inc: string;
  seq: number;
  hash: string;
  sig: string;
}

/** Everything of this device written above is at the server. */
export interface HandedInEntry {
  is: "handed_in";
  device: string;
}

export type Entry = IdentityEntry | ScanEntry | SignedEntry | HandedInEntry;

const CHECK_LENGTH = 16;

/** Write entries as they are appended. */
export function lines(entries: readonly Entry[]): string {
  return entries.map((entry) => `\n${checked(JSON.stringify(entry))}`).join("") + "\n";
}

/** Read what can be read, in the order it was written. */
export function readLog(text: string): Entry[] {
  return text.split("\n").flatMap((line) => {
    const said = line.slice(CHECK_LENGTH + 1);
    return line.length > CHECK_LENGTH && line === checked(said) ? [JSON.parse(said) as Entry] : [];
  });
}

/** Give each scan of a device once, by incarnation and number. */
export function scansOf(entries: readonly Entry[], device: string): ScanEntry[] {
  const found = new Map<string, ScanEntry>();
  for (const entry of entries) if (entry.is === "scan" && entry.device === device) found.set(entry.id, entry);
  return [...found.values()].sort((one, other) =>
    one.inc === other.inc ? one.seq - other.seq : one.inc < other.inc ? -1 : 1,
  );
}

/** Split scans into unbroken runs of one incarnation, none longer than `longest`. */
export function runsOf<Scan extends { inc: string; seq: number }>(scans: readonly Scan[], longest: number): Scan[][] {
  const runs: Scan[][] = [];
  for (const scan of scans) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const joins = last !== undefined && last.inc === scan.inc && last.seq + 1 === scan.seq;
    if (run !== undefined && joins && run.length < longest) run.push(scan);
    else runs.push([scan]);
  }
  return runs;
}

function checked(said: string): string {
  return `${fingerprint(said).slice(0, CHECK_LENGTH)} ${said}`;
}
