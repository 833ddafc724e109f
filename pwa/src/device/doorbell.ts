/**
 * A question left standing at the server: is there anything new? So news come at once, and a quiet floor asks little.
 *
 * It only ever makes the phone call sooner. The loop goes on calling by its own timer all the while; when the question
 * cannot be left (an older server, a proxy that cuts silent answers, no network) the phone just calls more often. One
 * tab of a phone asks for all.
 */
import { CallFailed } from "./call";
import type { World } from "./world";

/** The server answers after 25 s at the latest; then something on the way has swallowed the question. */
export const ANSWER_MS_MAX = 35_000;
/** "Nothing new" sooner than this means that somebody else asks as this phone, or that the server is closing. */
const ANSWER_MS_MIN = 3_000;
const DEAF_MS = 60_000;
/** A server that does not know the question will not learn it within the minute. */
const STRANGER_DEAF_MS = 600_000;

export class Doorbell {
  private standing: AbortController | null = null;
  private deafUntil = 0;

  constructor(
    private readonly world: World,
    /** Ask once; tells whether there is something new. */
    private readonly ask: (signal: AbortSignal) => Promise<boolean>,
    private readonly listener: {
      /** There is something new. */
      rang(): void;
      /** From now on nobody will ring: call more often. */
      wentDeaf(): void;
    },
  ) {}

  /** Leave the question standing, unless that has just failed; says whether it is. */
  listen(): boolean {
    const { mono } = this.world.clocks();
    if (mono < this.deafUntil || !this.world.isVisible()) return false;
    if (this.standing === null) void this.stand();
    return true;
  }

  /** Take the question back. */
  silence(): void {
    this.standing?.abort();
    this.standing = null;
  }

  private async stand(): Promise<void> {
    const abort = new AbortController();
    this.standing = abort;
    try {
      let isOurs = false;
      await this.world.alone(async () => {
        isOurs = true;
        await this.askOn(abort);
      }, "wait");
      if (!isOurs) this.goDeaf(abort, DEAF_MS);
    } catch (error) {
      this.goDeaf(abort, deafMs(error));
    } finally {
      if (this.standing === abort) this.standing = null;
    }
  }

  /** Ask again and again, until there is something new or the phone is put away. */
  private async askOn(abort: AbortController): Promise<void> {
    while (!abort.signal.aborted && this.world.isVisible()) {
      const asked = this.world.clocks().mono;
      const isNews = await this.ask(abort.signal);
      if (abort.signal.aborted) return;
      if (isNews) return this.listener.rang();
      if (this.world.clocks().mono - asked < ANSWER_MS_MIN) return this.goDeaf(abort, DEAF_MS);
    }
  }

  private goDeaf(abort: AbortController, ms: number): void {
    if (abort.signal.aborted) return;
    this.deafUntil = this.world.clocks().mono + ms * (0.75 + this.world.chance() / 2);
    this.listener.wentDeaf();
  }
}

function deafMs(error: unknown): number {
  if (!(error instanceof CallFailed)) {
    console.error(error);
    return DEAF_MS;
  }
  const isStranger = error.status !== null && [400, 404, 405, 415, 501].includes(error.status);
  return Math.max(isStranger ? STRANGER_DEAF_MS : DEAF_MS, error.retryAfterMs);
}
