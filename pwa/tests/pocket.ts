/** A phone in a test's pocket: real databases in memory, clocks and timers that the test turns by hand. */
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import type { CopyFile } from "../src/device/copy-file";
import type { World } from "../src/device/world";

export interface Pocket extends World {
  wall: number;
  mono: number;
  /** Pending timers by number, with the moment (mono) they are due. */
  timers: Map<number, { run: () => void; dueAt: number }>;
  notes: Map<string, string>;
  /** The file of the second copy. */
  paper: { text: string };
  /** Let time pass and run what falls due. */
  pass(ms: number): Promise<void>;
  /** The same phone after its app was killed and opened again: memory is gone, the disk is not. */
  reopened(): Pocket;
}

const NOW = 1_763_800_000_000;

/** Make a phone whose calls go to `fetch`. */
export function pocket(
  fetch: World["fetch"] = offline,
  disk: IDBFactory = new IDBFactory(),
  notes = new Map<string, string>(),
  paper = { text: "" },
): Pocket {
  let timerCount = 0;
  let seed = 1;
  const made: Pocket = {
    wall: NOW,
    mono: 1_000,
    timers: new Map(),
    notes,
    paper,
    copyFile: fileOf(paper),
    indexedDB: disk,
    IDBKeyRange,
    clocks: () => ({ wall: made.wall, mono: made.mono, boot: "b1" }),
    random: (count) => Uint8Array.from({ length: count }, () => (seed = (seed * 48271) % 2147483647) & 0xff),
    fetch,
    chance: () => 0.5,
    setTimer: (run, ms) => {
      timerCount += 1;
      made.timers.set(timerCount, { run, dueAt: made.mono + ms });
      return timerCount;
    },
    clearTimer: (timer) => void made.timers.delete(timer),
    alone: (work) => work(),
    pack: null,
    isVisible: () => true,
    onWake: () => undefined,
    canaries: { getItem: (key) => notes.get(key) ?? null, setItem: (key, value) => void notes.set(key, value) },
    origin: "https://l.example.com",
    pass: async (ms) => {
      made.mono += ms;
      made.wall += ms;
      for (const [timer, { run, dueAt }] of [...made.timers]) {
        if (dueAt > made.mono) continue;
        made.timers.delete(timer);
        run();
      }
      await settled();
    },
    reopened: () => {
      const again = pocket(made.fetch, disk, notes, paper);
      again.wall = made.wall;
      // Other random bytes than the first time, as in life.
      again.random = (count) => crypto.getRandomValues(new Uint8Array(count));
      return again;
    },
  };
  return made;
}

function fileOf(paper: { text: string }): CopyFile {
  return {
    append: async (text) => void (paper.text += text),
    replace: async (text) => void (paper.text = text),
    read: async () => paper.text,
  };
}

/** Let everything that is under way in memory come to rest. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

const offline: World["fetch"] = () => Promise.reject(new TypeError("no network"));
