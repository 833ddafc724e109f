/**
 * What the operator is told after a scan, in five classes, and how fast.
 *
 * One piece of feedback stands at a time. `refused` stays until a person has seen it: no scan and no Enter takes it
 * away. Green is only ever said after the scan is durably kept; this module trusts its caller for that.
 */
import { signal, type Signal } from "@preact/signals";
import { signalClass } from "./sound";

export interface Feedback {
  kind: "saved" | "attention" | "duplicate" | "refused";
  /** Replaces the word of the class, for example "Undone". */
  title?: string;
  line: string;
  /** What is odd about it. */
  note?: string | null;
  /** The events this feedback speaks of: what Undo takes back. */
  ids?: string[];
}

export interface FeedbackBoard {
  readonly current: Signal<Feedback | null>;
  say(feedback: Feedback): void;
  /** Take away what is shown, except a refusal nobody has seen. */
  clear(): void;
  /** A person has seen the refusal. */
  acknowledge(): void;
  /** Whether a refusal waits to be seen; the reminder sounds again. */
  blocks(): boolean;
}

const DUPLICATE_STAYS_MS = 2_000;

/** Open the one board of the app. */
export function openFeedback(): FeedbackBoard {
  const current = signal<Feedback | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    current,
    say(feedback) {
      clearTimeout(timer);
      current.value = feedback;
      signalClass(feedback.kind);
      if (feedback.kind === "duplicate") {
        timer = setTimeout(() => {
          if (current.value === feedback) current.value = null;
        }, DUPLICATE_STAYS_MS);
      }
    },
    clear() {
      if (current.value?.kind !== "refused") current.value = null;
    },
    acknowledge() {
      if (current.value?.kind === "refused") current.value = null;
    },
    blocks() {
      if (current.value?.kind !== "refused") return false;
      signalClass("refused");
      return true;
    },
  };
}

/** Resolve once what has just been set is on the glass. */
export function painted(): Promise<number> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      // A frame callback runs before the paint; the next task runs after it.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve(performance.now());
      channel.port2.postMessage(null);
    });
  });
}

/** Record how long the operator waited from the reading of the code to the feedback on the glass. */
export async function measureFeedback(readAt: number): Promise<void> {
  performance.measure("feedback", { start: readAt, end: await painted() });
}
