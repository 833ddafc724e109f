/** The phone's own short session with the server, for what is fetched rather than synced: labels to print. */
import { CallFailed, callFile, callJson } from "./call";
import { asProblem } from "./enrolment";
import { signature } from "./keys";
import type { OutboxStore } from "./outbox-store";
import { Problem } from "./problem";
import type { Caller, SyncLoop } from "./sync-loop";
import type { World } from "./world";

/** A session is not used in its last half minute: the answer may take a while. */
const SPARE_MS = 30_000;

/** Labels wanted as a file. */
export interface FileWish {
  job: string;
  units: readonly string[];
  reason: string;
  actor: string | null;
}

export class DeviceSession {
  private session: { token: string; until: number } | null = null;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    private readonly loop: SyncLoop,
  ) {}

  /** Fetch the labels of units as PDF. The server prints what it knows, so unsent scans are handed in first. */
  async labels(caller: Caller, wish: FileWish): Promise<{ pdf: Blob; job: unknown }> {
    const { state } = await this.loop.now();
    if (state === "offline") throw new Problem("offline", "No network. The labels can be printed when it is back.");
    try {
      const job = await this.ask(caller, "/print-jobs", wish);
      const path = `/print-jobs/${wish.job}/file`;
      return { job, pdf: await this.signed(caller, (token) => callFile(this.world, path, { token })) };
    } catch (error) {
      throw asProblem(error);
    }
  }

  /** Ask the server as this phone; throws CallFailed. */
  async ask(caller: Caller, path: string, body?: unknown): Promise<unknown> {
    return this.signed(caller, (token) => callJson(this.world, path, body === undefined ? { token } : { token, body }));
  }

  private async signed<T>(caller: Caller, call: (token: string) => Promise<T>): Promise<T> {
    try {
      return await call(await this.token(caller));
    } catch (error) {
      if (!(error instanceof CallFailed) || error.status !== 401) throw error;
      this.session = null;
      return call(await this.token(caller));
    }
  }

  private async token({ enrolled, keys }: Caller): Promise<string> {
    const { mono } = this.world.clocks();
    if (this.session !== null && mono < this.session.until) return this.session.token;
    const { inc, seq, hash } = await this.outbox.head();
    const who = { device: enrolled.device, inc };
    const nonce = await this.loop.freshNonce();
    const sig = await signature(keys, "session", nonce, who, { seq, hash });
    const answer = await callJson(this.world, "/session", { body: { ...who, nonce, sig, head: { seq, hash } } });
    const { token, expires_at } = answer as { token: string; expires_at: number };
    const left = expires_at - (this.world.clocks().wall + (this.loop.learned?.offset ?? 0));
    this.session = { token, until: mono + left - SPARE_MS };
    return token;
  }
}
