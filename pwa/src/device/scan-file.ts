/**
 * Unsent scans as a file: for a phone whose network is gone for days.
 *
 * The file holds pushes, each signed by the phone for `export`: whoever carries it can hand it in and cannot change it.
 * It is a copy; the scans stay unsent here and are pushed as ever when there is a network again. What the server has
 * already it then says so of, so it makes no difference who comes first, or how often.
 */
import { EVENTS_PER_PUSH_DEFAULT } from "../core/outbox";
import { PROTO, readPushAnswer } from "../core/wire";
import type { Push } from "../core/wire";
import { CallFailed, callJson } from "./call";
import { runsOf } from "./copy-log";
import { signature } from "./keys";
import type { OutboxStore } from "./outbox-store";
import { Problem } from "./problem";
import type { Caller } from "./sync-loop";
import type { World } from "./world";

/** A push without what only a phone that calls by itself can say. */
type CarriedPush = Omit<Push, "pending" | "oldest_at" | "clock" | "epoch_seen">;

/** The first member of every such file, and the version of its form. */
const FORM = 1;

interface ScanFile {
  batchspine_scans: typeof FORM;
  phone: string;
  pushes: CarriedPush[];
}

/** What became of a file's scans. */
export interface HandedIn {
  phone: string;
  taken: number;
  /** The server had them already. */
  known: number;
}

/** Write all unsent scans down; null: there are none. */
export async function writeScanFile(outbox: OutboxStore, { enrolled, keys }: Caller): Promise<string | null> {
  const unsent = await outbox.unsent(Infinity);
  if (unsent.length === 0) return null;
  const pushes: CarriedPush[] = [];
  for (const run of runsOf(unsent, EVENTS_PER_PUSH_DEFAULT)) {
    const [first, end] = [run[0], run.at(-1)];
    if (first === undefined || end === undefined) continue;
    const head = { seq: end.seq, hash: end.hash };
    const who = { device: enrolled.device, inc: end.inc };
    pushes.push({
      proto: PROTO,
      app: __APP_VERSION__,
      ...who,
      nonce: "",
      sig: await signature(keys, "export", "", who, head),
      certificate: enrolled.certificate,
      head,
      base: await outbox.before(first, enrolled.device),
      events: run.map(({ id, seq, body }) => ({ id, seq, body })),
    });
  }
  const file: ScanFile = { batchspine_scans: FORM, phone: enrolled.name, pushes };
  return JSON.stringify(file);
}

/** Hand in a file that somebody brought; throws Problem if it is none, CallFailed if the server does not take it. */
export async function handInScanFile(world: World, text: string): Promise<HandedIn> {
  const file = readScanFile(text);
  const told = { phone: file.phone, taken: 0, known: 0 };
  for (const push of file.pushes) {
    const answer = readPushAnswer(await callJson(world, "/sync/v1/push", { body: push }));
    if (answer === null) throw new CallFailed("trouble", "answer_unreadable");
    const known = answer.verdicts.filter(({ v }) => v === "duplicate").length;
    told.known += known;
    told.taken += answer.verdicts.length - known;
  }
  return told;
}

function readScanFile(text: string): ScanFile {
  try {
    const file = JSON.parse(text) as Partial<ScanFile> | null;
    if (file?.batchspine_scans === FORM && Array.isArray(file.pushes) && typeof file.phone === "string") {
      return file as ScanFile;
    }
  } catch {
    // Said below.
  }
  throw new Problem("no_scan_file");
}
