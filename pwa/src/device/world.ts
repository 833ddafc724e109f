/** What the phone needs from outside: clocks, randomness, the page's life. Tests bring their own. */
import type { Clocks } from "../core/clock";
import type { Random } from "../core/identifier";
import { openCopyFile } from "./copy-file";
import type { CopyFile } from "./copy-file";
import { kept } from "./database";
import type { Role, Storage } from "./database";

export interface World extends Storage {
  clocks(): Clocks;
  random: Random;
  fetch: typeof fetch;
  /** A number in [0, 1), for spreading the calls of many phones. */
  chance(): number;
  setTimer(run: () => void, ms: number): number;
  clearTimer(timer: number): void;
  /** Run `work` unless another tab of this phone is at it: at calling, or at waiting for news. */
  alone(work: () => Promise<void>, at?: "sync" | "wait"): Promise<void>;
  /** Pack a text with gzip; null where the browser cannot. */
  pack: ((text: string) => Promise<Blob>) | null;
  isVisible(): boolean;
  /** Call back when the phone is picked up again or believes to have a network. */
  onWake(run: () => void): void;
  /** A small store that is not IndexedDB: it notices when IndexedDB was emptied. */
  canaries: Pick<globalThis.Storage, "getItem" | "setItem">;
  /** A file beside the databases for a second copy of the outbox; null where the browser has none. */
  copyFile: CopyFile | null;
  /** This installation's own web address. */
  origin: string;
}

/** Give the world of a real browser to one of the devices it is. */
export function browserWorld(role: Role = "phone"): World {
  const boot = Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0"));
  return {
    indexedDB,
    IDBKeyRange,
    role,
    clocks: () => ({ wall: Date.now(), mono: Math.round(performance.now()), boot: boot.join("") }),
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    fetch: (...request) => fetch(...request),
    chance: () => Math.random(),
    setTimer: (run, ms) => window.setTimeout(run, ms),
    clearTimer: (timer) => window.clearTimeout(timer),
    alone: (work, at = "sync") => alone(work, kept(`batchspine-${at}`, role)),
    pack: "CompressionStream" in globalThis ? pack : null,
    isVisible: () => document.visibilityState === "visible",
    onWake: (run) => {
      window.addEventListener("online", run);
      window.addEventListener("pageshow", run);
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") run();
      });
    },
    canaries: {
      getItem: (key) => localStorage.getItem(key),
      setItem: (key, value) => localStorage.setItem(key, value),
    },
    copyFile: openCopyFile(kept("batchspine-outbox.log", role)),
    origin: location.origin,
  };
}

async function alone(work: () => Promise<void>, at: string): Promise<void> {
  if (!("locks" in navigator)) return work();
  await navigator.locks.request(at, { ifAvailable: true }, async (lock) => {
    if (lock !== null) await work();
  });
}

async function pack(text: string): Promise<Blob> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
}
