/**
 * Fetches the books as they stand, when walking through all that ever changed would take too long: on a new phone, on
 * one that was away for weeks, and after the server was restored.
 *
 * Every page is written with its bookmark, so a phone that is killed goes on where it was. What stood in the copy stays
 * in sight until the last page is in; people and open work come first, so scanning need not wait. The pull that follows
 * begins at the position the snapshot is pinned at and tells what has changed meanwhile.
 */
import type { Bookmark, Greeting, SnapshotAnswer } from "../core/wire";
import { CallFailed } from "./call";
import type { Replica } from "./replica";
import type { World } from "./world";

/** Ask for the rows behind a bookmark, or the first ones. */
type Ask = (bookmark: Bookmark | null) => Promise<SnapshotAnswer & Greeting>;

const BEGINNING = { epoch: "", pos: 0, after: "" } as const;

export class Refill {
  /** A server of an earlier version has no snapshots: its feed is walked. */
  private isUnknownThere = false;

  constructor(
    private readonly world: World,
    private readonly replica: Replica,
    private readonly listener: { changed(): void; heard(wall: number): void },
  ) {}

  /** Finish a snapshot that was begun earlier; says whether there was one. */
  async goOn(ask: Ask): Promise<boolean> {
    return (await this.replica.laying()) !== null && this.run(ask);
  }

  /** Fetch a whole snapshot; says whether the server has given one. */
  async begin(ask: Ask): Promise<boolean> {
    return !this.isUnknownThere && this.run(ask);
  }

  private async run(ask: Ask): Promise<boolean> {
    for (;;) {
      const { epoch, pos, after } = (await this.replica.laying()) ?? BEGINNING;
      if (after === null) break;
      const bookmark = after === "" ? null : { epoch, pos, after };
      const page = await this.asked(ask, bookmark);
      if (page === null) return false;
      await this.replica.lay(page, bookmark, this.heard(page));
      this.listener.changed();
    }
    this.listener.heard((await this.replica.sweep()).wall);
    this.listener.changed();
    return true;
  }

  private async asked(ask: Ask, bookmark: Bookmark | null): Promise<(SnapshotAnswer & Greeting) | null> {
    try {
      return await ask(bookmark);
    } catch (error) {
      this.isUnknownThere = error instanceof CallFailed && [404, 405].includes(error.status ?? 0);
      if (this.isUnknownThere) return null;
      throw error;
    }
  }

  private heard({ server_time }: Greeting) {
    return { wall: this.world.clocks().wall, server: server_time };
  }
}
