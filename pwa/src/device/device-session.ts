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

export class DeviceSession {
  private session: { token: string; until: number } | null = null;

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    private readonly loop: SyncLoop,
  ) {}

  /** Fetch the labels of units as PDF. The server prints what it knows, so unsent scans are handed in first. */
  async labels(caller: Caller, units: readonly string[]): Promise<Blob> {
    const { state } = await this.loop.now();
    if (state === "offline") throw new Problem("offline");
    const query = new URLSearchParams(units.map((unit) => ["unit", unit]));
    query.append("format", "pdf");
    try {
      return await this.fetched(caller, `/labels?${query}`);
    } catch (error) {
      throw asProblem(error);
    }
  }

  private async fetched(caller: Caller, path: string): Promise<Blob> {
    try {
      return await callFile(this.world, path, { token: await this.token(caller) });
    } catch (error) {
      if (!(error instanceof CallFailed) || error.status !== 401) throw error;
      this.session = null;
      return callFile(this.world, path, { token: await this.token(caller) });
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
