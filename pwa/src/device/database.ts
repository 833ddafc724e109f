/**
 * The two databases of the phone, and the only file that knows how a browser stores things.
 *
 * `batchspine-outbox` holds what exists nowhere else: the scans and the phone's identity. Its schema never changes, one
 * code path alone deletes from it, and it is written with strict durability: a transaction completes when the bytes are
 * on the disk, not when they are in a cache. The database itself refuses to change a written scan, and to delete one
 * that was not let go by name and in the server's custody.
 * `batchspine-replica-1` is a copy of the server's books and may be thrown away at any time.
 */
import Dexie from "dexie";
import type { Table } from "dexie";
import type { Ack } from "../core/outbox";

/** A scan on the disk. `unsent` is there (1) only while the server has not vouched for it, so its index stays small. */
export interface EventRow {
  inc: string;
  seq: number;
  id: string;
  body: string;
  hash: string;
  made_at: number;
  ack: Ack | null;
  unsent?: 1;
  /** The hash it follows, on a scan that came back from the second copy: the one before may be missing. */
  before?: string;
}

/**
 * One row of the books; `batch` and `place` repeat what `data` says, for looking up. `snapshot` is the number of the
 * snapshot that brought it, if nothing has changed it since.
 */
export interface BookRow {
  kind: string;
  id: string;
  data: unknown;
  batch?: string;
  place?: string;
  snapshot?: number;
}

/** Where a browser keeps its databases; tests bring their own. */
export interface Storage {
  indexedDB: IDBFactory;
  IDBKeyRange: typeof IDBKeyRange;
  /** One browser may be a phone and a desk: two devices that share nothing. */
  role?: Role;
}

export type Role = "phone" | "desk";

/** Name something this device keeps in the browser; what is the desk's has its own names. */
export function kept(name: string, role: Role = "phone"): string {
  return role === "desk" ? name.replace("batchspine", "batchspine-desk") : name;
}

const OUTBOX_NAME = "batchspine-outbox";
const KEYRING_NAME = "batchspine-keyring";
const PHOTOS_NAME = "batchspine-photos";
const REPLICA_NAME = "batchspine-replica-1";
const MUTABLE: ReadonlySet<string> = new Set(["ack", "unsent"]);

/** What exists nowhere else: scans and identity. */
export class OutboxDatabase extends Dexie {
  declare events: Table<EventRow, [string, number]>;
  declare meta: Table<unknown, string>;
  /** The scans being let go of. */
  private named: ReadonlySet<string> = new Set();

  /** `number` counts the outboxes of this browser: one that cannot be read is left as it is, and the next one begun. */
  constructor(storage: Storage, number = 1) {
    const name = number === 1 ? OUTBOX_NAME : `${OUTBOX_NAME}-${number}`;
    super(kept(name, storage.role), { ...storage, chromeTransactionDurability: "strict", cache: "disabled" });
    // Frozen: an outbox of any earlier release must open for ever. What is new goes into `meta`.
    this.version(1).stores({ events: "[inc+seq], &id, unsent", meta: "" });
    this.events.hook("deleting", (_, { id, ack, unsent }) => {
      if (!this.named.has(id) || ack === null || unsent !== undefined) throw new Error("this scan must be kept");
    });
    this.events.hook("updating", (changes) => {
      const forbidden = Object.keys(changes).filter((name) => !MUTABLE.has(name.split(".")[0] ?? name));
      if (forbidden.length > 0) throw new Error(`a written scan never changes: ${forbidden.join(", ")}`);
    });
  }

  /** Delete scans that need not be kept; all others are safe from whatever goes wrong. */
  async letGo(rows: readonly { inc: string; seq: number; id: string }[]): Promise<void> {
    this.named = new Set(rows.map(({ id }) => id));
    try {
      await this.events.bulkDelete(rows.map(({ inc, seq }) => [inc, seq] as [string, number]));
    } finally {
      this.named = new Set();
    }
  }
}

/** A photo, until its scan is let go; `sent_in` is the server's epoch in which it was taken over. */
export interface PhotoRow {
  hash: string;
  data: ArrayBuffer;
  event: string | null;
  made_at: number;
  sent_in: string | null;
}

/** Photos are large and never worth a scan, so they have a database of their own. */
export class PhotoDatabase extends Dexie {
  declare photos: Table<PhotoRow, string>;

  constructor(storage: Storage) {
    super(kept(PHOTOS_NAME, storage.role), { ...storage, chromeTransactionDurability: "strict", cache: "disabled" });
    this.version(1).stores({ photos: "hash" });
  }
}

/** A second place for the phone's key, by device: without it a phone whose outbox is gone is a stranger. */
export class KeyringDatabase extends Dexie {
  declare keys: Table<CryptoKeyPair, string>;

  constructor(storage: Storage) {
    super(kept(KEYRING_NAME, storage.role), { ...storage, chromeTransactionDurability: "strict", cache: "disabled" });
    this.version(1).stores({ keys: "" });
  }
}

/** The pulled copy of the server's books. */
export class ReplicaDatabase extends Dexie {
  declare rows: Table<BookRow, [string, string]>;
  declare meta: Table<unknown, string>;

  constructor(storage: Storage) {
    super(kept(REPLICA_NAME, storage.role), { ...storage, cache: "disabled" });
    this.version(1).stores({ rows: "[kind+id], [kind+batch], [kind+place]", meta: "" });
  }
}

/** Say that the disk is full. */
export function isStorageFull(error: unknown): boolean {
  return namesOf(error).includes("QuotaExceededError");
}

/** Say that the browser closed the database under us, as iOS does to apps that come back from the background. */
export function isClosed(error: unknown): boolean {
  const names = namesOf(error);
  return ["InvalidStateError", "DatabaseClosedError", "AbortError"].some((name) => names.includes(name));
}

function namesOf(error: unknown): string[] {
  const names: string[] = [];
  let at: unknown = error;
  while (at instanceof Object && names.length < 5) {
    if ("name" in at && typeof at.name === "string") names.push(at.name);
    at = "inner" in at ? at.inner : "cause" in at ? at.cause : null;
  }
  return names;
}
