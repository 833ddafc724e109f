/**
 * The second copy of what is unsent, in a file beside the databases: it helps when a database cannot be read any more.
 *
 * It comes after green and nothing waits for it: a phone whose file cannot be written scans as well as any other. Every
 * append is signed for export, so the file alone can hand its scans in, even if the phone's key is gone with its
 * database. At each start what it lacks is added.
 */
import type { Kept } from "../core/outbox";
import { lines, readLog, runsOf } from "./copy-log";
import type { CopyFile } from "./copy-file";
import type { Entry, ScanEntry } from "./copy-log";
import { signature } from "./keys";
import type { OutboxStore } from "./outbox-store";
import type { RightOfWay } from "./right-of-way";
import type { Caller } from "./sync-loop";
import type { World } from "./world";

/** A file longer than this is written anew at the next start, with what is still unsent. */
const BYTES_MAX = 1024 * 1024;
const READ_MS_MAX = 5_000;
const SCANS_MAX = 10_000;
const RUN_MAX = 200;

export class SecondCopy {
  private work: Promise<void> = Promise.resolve();
  /** What was kept and is not in the file yet. */
  private fresh: Kept[] = [];

  private readonly file: CopyFile | null;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    private readonly way: RightOfWay,
  ) {
    this.file = world.copyFile;
  }

  /** Give what the file holds; nothing if it cannot be read, or not in time: a start never hangs on it. */
  async entries(): Promise<Entry[]> {
    const { file } = this;
    if (file === null) return [];
    return new Promise((resolve) => {
      const timer = this.world.setTimer(() => resolve([]), READ_MS_MAX);
      const read = file.read().then(readLog, () => []);
      void read.then(resolve).finally(() => this.world.clearTimer(timer));
    });
  }

  /** Add scans that were just kept, when there is time. */
  take(scans: readonly Kept[], caller: Caller): void {
    this.fresh.push(...scans);
    // One signature for all that came in meanwhile.
    this.later(() => this.add(this.fresh.splice(0), caller));
  }

  /** Add what the file lacks; what it need not keep goes once it has grown long. */
  catchUp(caller: Caller): void {
    this.later(async (file) => {
      const text = await file.read();
      const unsent = await this.outbox.unsent(SCANS_MAX);
      let entries = readLog(text);
      if (text.length > BYTES_MAX) {
        entries = entries.filter(({ device }) => isOwed(entries, device) && device !== caller.enrolled.device);
        await file.replace(lines(entries));
      }
      const { device } = caller.enrolled;
      const isNamed = entries.some((entry) => entry.is === "identity" && entry.device === device);
      if (!isNamed) await file.append(lines([{ is: "identity", device, enrolled: caller.enrolled }]));
      const known = new Set(entries.map((entry) => (entry.is === "scan" ? entry.id : "")));
      await this.add(unsent.filter(({ id }) => !known.has(id)), caller);
    });
  }

  /** Note that everything of a device is at the server. */
  async handedIn(device: string): Promise<void> {
    await this.file?.append(lines([{ is: "handed_in", device }]));
  }

  /** Resolves when nothing is being written. */
  async rest(): Promise<void> {
    await this.work;
  }

  private later(work: (file: CopyFile) => Promise<void>): void {
    const { file } = this;
    if (file === null) return;
    const inTurn = async (): Promise<void> => {
      await this.way.clear();
      await work(file);
    };
    this.work = this.work.then(inTurn).catch(console.warn);
  }

  private async add(scans: readonly Kept[], caller: Caller): Promise<void> {
    for (const run of runsOf(scans, RUN_MAX)) {
      await this.file?.append(lines(await this.written(run, caller)));
      const end = run.at(-1);
      if (end === undefined) continue;
      const { device } = caller.enrolled;
      const { inc, seq, hash } = end;
      const sig = await signature(caller.keys, "export", "", { device, inc }, { seq, hash });
      await this.file?.append(lines([{ is: "signed", device, inc, seq, hash, sig }]));
    }
  }

  private async written(run: readonly Kept[], { enrolled: { device } }: Caller): Promise<ScanEntry[]> {
    const [first] = run;
    if (first === undefined) return [];
    let before = (await this.outbox.before(first, device)).hash;
    return run.map(({ inc, seq, id, body, hash, madeAt }) => {
      const entry = { is: "scan", device, inc, seq, id, body, hash, made_at: madeAt, before } as const;
      before = hash;
      return entry;
    });
  }
}

/** Say whether a device has scans in the file that were not handed in from there. */
export function isOwed(entries: readonly Entry[], device: string): boolean {
  return !entries.some((entry) => entry.is === "handed_in" && entry.device === device);
}
