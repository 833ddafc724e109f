/**
 * A scan goes first: what can wait does so from the scan's first keys until its answer is on the glass.
 *
 * A phone has one thread for everything, and a cheap one takes tens of milliseconds to read an answer of the server, to
 * mark what was sent or to draw a list anew. An operator who waits for the beep would wait for all of it. So that work
 * is done in steps, and each step asks here first. The way is never held for long: work that waits is work too.
 */
import type { World } from "./world";

/** So long may scans hold the way without a break; an answer takes a small part of it. */
export const HELD_MS_MAX = 2_000;

export class RightOfWay {
  private readonly coming = new Set<symbol>();
  private waiting: (() => void)[] = [];
  private timer = 0;

  constructor(private readonly world: Pick<World, "setTimer" | "clearTimer">) {}

  /** A scan is coming; call what is given back when it has been answered. */
  take(): () => void {
    const scan = Symbol();
    if (this.coming.size === 0) this.timer = this.world.setTimer(() => this.open(), HELD_MS_MAX);
    this.coming.add(scan);
    return () => {
      if (this.coming.delete(scan) && this.coming.size === 0) this.open();
    };
  }

  /** Resolves when no scan is on its way, at once if none is. */
  async clear(): Promise<void> {
    if (this.coming.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private open(): void {
    this.world.clearTimer(this.timer);
    this.coming.clear();
    const next = this.waiting;
    this.waiting = [];
    for (const go of next) go();
  }
}
