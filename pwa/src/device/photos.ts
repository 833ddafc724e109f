/**
 * Photos of this phone: kept before the scan that names them by their hash, handed in after it.
 *
 * A photo never holds up a scan: it goes out when its scan is with the server, and where there is no room for it the
 * scan goes without. It stays here until the scan itself is let go, which asks for two backups that hold it; a server
 * that was put back to an earlier state is handed it again.
 */
import { toBase64 } from "../core/base64url";
import { digestOf } from "../core/chain";
import { CallFailed } from "./call";
import { PhotoDatabase, type PhotoRow } from "./database";
import type { OutboxStore } from "./outbox-store";
import { Problem } from "./problem";
import { fullness } from "./room";
import type { World } from "./world";

/** What the server takes of one photo. */
export const PHOTO_BYTES_MAX = 180_000;
/** A photo whose scan was given up is thrown away after so long. */
const FORGOTTEN_MS = 86_400_000;
/** Fuller than this, the disk is for scans alone. */
const FULL_FROM = 0.95;

export class PhotoStore {
  private readonly database: PhotoDatabase;
  private going: Promise<void> | null = null;
  private readonly openedAt: number;
  /** Photos of before this start for whose scans was looked in vain. */
  private readonly orphans = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly outbox: OutboxStore,
    /** Ask the server as this phone. */
    private readonly ask: (path: string, body: unknown) => Promise<unknown>,
  ) {
    this.database = new PhotoDatabase(world);
    this.openedAt = world.clocks().wall;
  }

  /** Keep a photo; gives the hash that its scan will name. Throws Problem where there is no room. */
  async keep(data: ArrayBuffer): Promise<string> {
    if ((await fullness()) > FULL_FROM) throw new Problem("photo_not_kept");
    const hash = digestOf(new Uint8Array(data));
    try {
      await this.database.photos.put({ hash, data, event: null, made_at: this.world.clocks().wall, sent_in: null });
    } catch {
      throw new Problem("photo_not_kept");
    }
    return hash;
  }

  /** Say which scan names them. */
  async bind(hashes: readonly string[], event: string): Promise<void> {
    await this.database.photos.where("hash").anyOf([...hashes]).modify({ event });
  }

  /** Hand in what can be, and throw away what need not be kept. */
  async flush(): Promise<void> {
    this.going ??= this.go().finally(() => (this.going = null));
    return this.going;
  }

  private async go(): Promise<void> {
    const names = await this.database.photos.toCollection().primaryKeys();
    if (names.length === 0) return;
    const history = (await this.outbox.get("bases"))?.at(-1)?.[0] ?? "";
    for (const hash of names) {
      const photo = await this.database.photos.get(hash);
      if (photo === undefined) continue;
      const event = photo.event ?? (await this.found(photo));
      const scan = event === null ? undefined : await this.outbox.byId(event);
      if (scan === undefined) {
        const isOld = this.world.clocks().wall - photo.made_at > FORGOTTEN_MS;
        if (event === null ? isOld : photo.sent_in === history) await this.database.photos.delete(hash);
      } else if (scan.ack !== null && photo.sent_in !== history) {
        if (!(await this.hand(hash, scan.id, photo.data, history))) return;
      }
    }
  }

  /** Find the scan of a photo where the app was killed between keeping the one and noting it at the other. */
  private async found({ hash, made_at }: PhotoRow): Promise<string | null> {
    if (made_at >= this.openedAt || this.orphans.has(hash)) return null;
    const event = await this.outbox.naming(hash);
    if (event === null) this.orphans.add(hash);
    else await this.bind([hash], event);
    return event;
  }

  /** Hand in one; false: nobody answers. */
  private async hand(hash: string, event: string, data: ArrayBuffer, history: string): Promise<boolean> {
    try {
      const answer = await this.ask("/photos", { event, data: toBase64(new Uint8Array(data)) });
      if ((answer as { is_kept: boolean }).is_kept) await this.database.photos.update(hash, { event, sent_in: history });
      return true;
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      return false;
    }
  }
}
