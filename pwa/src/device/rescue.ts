/**
 * What is done with the second copy when the outbox it copies is gone.
 *
 *     database emptied, key still there    filled again: the phone is the one it was, and sends what is unsent
 *     database put back to an older state  what it lacks is taken back
 *     database unreadable                  left as it is; another one is begun and filled
 *     key gone too                         the copy hands its scans in by the signatures it holds; the phone enrols anew
 *
 * A database is never deleted here, and a copy is let go only when everything in it is at the server.
 */
import { EVENTS_PER_PUSH_DEFAULT, acks } from "../core/outbox";
import { PROTO, readPushAnswer } from "../core/wire";
import { CallFailed, callJson } from "./call";
import { runsOf, scansOf } from "./copy-log";
import type { Entry, IdentityEntry, ScanEntry, SignedEntry } from "./copy-log";
import { KeyringDatabase, OutboxDatabase, kept } from "./database";
import type { OutboxStore } from "./outbox-store";
import { isOwed } from "./second-copy";
import type { SecondCopy } from "./second-copy";
import type { Caller } from "./sync-loop";
import type { World } from "./world";

/** Counts the outboxes of this browser, beside them. */
const NUMBER = "batchspine.outbox";
const AGAIN_MS = 30_000;

/** Scans found in the copy of a phone that cannot sign any more, and how many of them are at the server. */
export interface Rescued {
  found: number;
  sent: number;
}

/** Give the outbox this browser uses: the last that was begun. */
export function outboxOf(world: World): OutboxDatabase {
  return new OutboxDatabase(world, numberOf(world));
}

export class Rescue {
  private readonly keyring: KeyringDatabase;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    private readonly copy: SecondCopy,
  ) {
    this.keyring = new KeyringDatabase(world);
  }

  /** Put the phone's key in a second place, and what it has not sent into the second copy. */
  async prepare(caller: Caller): Promise<void> {
    this.copy.catchUp(caller);
    await this.keyring.keys.put(caller.keys, caller.enrolled.device).catch(console.warn);
  }

  /** Make the outbox usable; says whether scans that were saved here are gone for good. */
  async restore(): Promise<boolean> {
    if (!(await this.isLost())) return this.isStillBehind();
    const entries = await this.copy.entries();
    const identity = entries.filter((entry) => entry.is === "identity").at(-1);
    const keys = identity && (await this.keyring.keys.get(identity.device).catch(() => undefined));
    if (identity === undefined || keys === undefined) return this.outbox.isBehindCanary();
    return (await this.outbox.refill(identity.enrolled, keys, scansOf(entries, identity.device))).isShort;
  }

  /** Fill a database that is behind the sign left outside it, as far as the copy goes. */
  private async isStillBehind(): Promise<boolean> {
    const enrolled = await this.outbox.get("enrolled");
    if (enrolled === undefined || !(await this.outbox.isBehindCanary())) return false;
    await this.outbox.takeBack(scansOf(await this.copy.entries(), enrolled.device));
    const gap = await this.outbox.behindCanary();
    if (gap !== null) await this.outbox.put("lost", [...((await this.outbox.get("lost")) ?? []), gap]);
    // Numbers behind the copy may have been given.
    await this.outbox.beginIncarnation((await this.outbox.head()).inc);
    return gap !== null;
  }

  /** Hand in what the copy holds of phones this browser no longer is; goes on trying, and tells how far it has come. */
  async handIn(told: (rescued: Rescued) => void): Promise<void> {
    const own = (await this.outbox.get("enrolled"))?.device;
    const entries = await this.copy.entries();
    const owed = entries.filter((entry) => entry.is === "identity");
    const gone = owed.filter(({ device }) => device !== own && isOwed(entries, device));
    const all = gone.map((identity) => ({ identity, scans: scansOf(entries, identity.device) }));
    const rescued = { found: all.reduce((sum, { scans }) => sum + scans.length, 0), sent: 0 };
    if (rescued.found === 0) return;
    told({ ...rescued });
    try {
      for (const { identity, scans } of all) {
        for (const run of signedRuns(entries, scans)) {
          rescued.sent += await this.handInRun(identity, run);
          told({ ...rescued });
        }
        await this.copy.handedIn(identity.device);
      }
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      this.world.setTimer(() => void this.handIn(told), AGAIN_MS);
    }
  }

  /** Say whether there is no identity; a database that cannot be read, twice, is set aside if there is a copy of it. */
  private async isLost(): Promise<boolean> {
    try {
      return !(await this.outbox.isEnrolled().catch(() => this.outbox.isEnrolled()));
    } catch (error) {
      if ((await this.copy.entries()).length === 0) throw error;
      console.warn(error);
      const next = numberOf(this.world) + 1;
      this.world.canaries.setItem(kept(NUMBER, this.world.role), String(next));
      this.outbox.setAside(new OutboxDatabase(this.world, next));
      return !(await this.outbox.isEnrolled());
    }
  }

  private async handInRun({ device, enrolled }: IdentityEntry, { scans, end }: SignedRun): Promise<number> {
    const [first] = scans;
    if (first === undefined) return 0;
    const head = { seq: end.seq, hash: end.hash };
    const who = { proto: PROTO, app: __APP_VERSION__, device, inc: end.inc, nonce: "", sig: end.sig };
    const body = {
      ...who,
      certificate: enrolled.certificate,
      head,
      base: { seq: first.seq - 1, hash: first.before },
      events: scans.map(({ id, seq, body: text }) => ({ id, seq, body: text })),
    };
    const answer = readPushAnswer(await callJson(this.world, "/sync/v1/push", { body }));
    const run = scans.map((scan) => ({ ...scan, madeAt: scan.made_at, ack: null }));
    if (answer === null || acks(run, answer).size < run.length) throw new CallFailed("trouble", "answer_unreadable");
    return run.length;
  }
}

interface SignedRun {
  scans: ScanEntry[];
  end: SignedEntry;
}

/** Cut scans into runs that end where the phone signed; what it had not signed yet cannot be proven to be its. */
export function signedRuns(entries: readonly Entry[], scans: readonly ScanEntry[]): SignedRun[] {
  const signed = new Map(entries.flatMap((entry) => (entry.is === "signed" ? [[entry.hash, entry] as const] : [])));
  const found: SignedRun[] = [];
  for (const unbroken of runsOf(scans, Infinity)) {
    const ends = unbroken.flatMap((scan, at) => {
      const end = signed.get(scan.hash);
      return end === undefined ? [] : [{ at, end }];
    });
    let from = 0;
    ends.forEach(({ at, end }, n) => {
      const next = ends[n + 1];
      if (next !== undefined && next.at - from < EVENTS_PER_PUSH_DEFAULT) return;
      found.push({ scans: unbroken.slice(from, at + 1), end });
      from = at + 1;
    });
  }
  return found;
}

function numberOf(world: World): number {
  const number = Number(world.canaries.getItem(kept(NUMBER, world.role)) ?? "1");
  return Number.isSafeInteger(number) && number > 0 ? number : 1;
}
