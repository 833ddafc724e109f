/**
 * The one door every code comes through, whether the camera, the scanner or a finger brought it.
 *
 * Codes are handled strictly one after the other, in the order they were read. A screen that takes scans stands behind
 * the door; when none does, the operator is told why nothing happened.
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Found, Phone } from "../device/phone";
import { placeIn } from "../scan/command";
import { words } from "../words/words";
import { useApp } from "./context";
import { measureFeedback, type FeedbackBoard } from "./feedback";
import type { Badges } from "./badge";
import type { Obey } from "./obey";

export type Source = "camera" | "wedge" | "typed";

/** What a screen does with a code. */
export type Taker = (found: Found, source: Source) => void | Promise<void>;

export interface Door {
  /** A code was read at `readAt` (ms, as `performance.now` counts them); resolves when the answer is on the glass. */
  arrive(text: string, source: Source, readAt?: number): Promise<void>;
  /** Keys are coming in as a scanner sends them. */
  expect(): void;
  /** Stand behind the door until the returned function is called. */
  stand(taker: StandingTaker): () => void;
}

interface StandingTaker {
  take: Taker;
  /** Takes any text as it is, such as a supplier's barcode. */
  isRaw: boolean;
  /** Takes the label of a place; without it, such a label is a wrong one. */
  takePlace?: ((place: string) => void | Promise<void>) | undefined;
  /** Takes the number of a pallet nobody knows yet, from bars that say nothing else. */
  takesNewPallets?: boolean;
}

/** No screen takes longer to open, even on a slow phone. */
const OPENING_MS = 400;
/** No label takes a scanner longer to type. */
const TYPING_MS = 1_000;

/** Build the door between the readers and the screens; `onCode` is called for everything that comes. */
export function openDoor(
  phone: Phone,
  feedback: FeedbackBoard,
  obey: Obey,
  badges: Badges,
  onCode: () => void,
): Door {
  const takers: StandingTaker[] = [];
  let queue: Promise<void> = Promise.resolve();
  let stood = (): void => undefined;
  /** Ends the wait for a label that is being typed. */
  let typed = (): void => undefined;

  /** Wait a moment for a screen that is just opening: a trigger pulled right after a tap must not be lost. */
  function nextToStand(): Promise<StandingTaker | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), OPENING_MS);
      stood = () => {
        clearTimeout(timer);
        resolve(takers.at(-1));
      };
    });
  }

  async function handle(text: string, source: Source): Promise<void> {
    if ((await obey(text)) || (await badges.heed(text))) return;
    if (phone.notSaved.value !== null || feedback.blocks()) return;
    const taker = takers.at(-1) ?? (await nextToStand());
    if (taker === undefined) {
      // A camera only runs on screens that take scans; what is left is a scanner's trigger.
      const line = phone.person.value === null ? words.scan.signInFirst : words.scan.notHere;
      feedback.say({ kind: "refused", line });
    } else if (placeIn(text) !== null) {
      await letPlaceThrough(placeIn(text) ?? "", taker);
    } else if (taker.isRaw) {
      await taker.take({ kind: "unknown", text: text.trim(), originIsOurs: null }, source);
    } else {
      await letThrough(await phone.look(text, source), source, taker);
    }
  }

  /** Handle a code while everything that can wait does, until the answer is on the glass. */
  async function answer(text: string, source: Source, readAt: number, answered: () => void): Promise<void> {
    try {
      await handle(text, source);
    } finally {
      void measureFeedback(readAt).finally(answered);
    }
  }

  async function letPlaceThrough(place: string, { takePlace }: StandingTaker): Promise<void> {
    if (takePlace !== undefined) return takePlace(place);
    feedback.say({ kind: "refused", line: words.scan.placeLabel(place) });
  }

  async function letThrough(found: Found, source: Source, { take, takesNewPallets }: StandingTaker): Promise<void> {
    if (takesNewPallets === true && found.newPallet !== undefined) {
      await take({ kind: "unknown", text: found.newPallet, originIsOurs: null }, source);
    } else if (found.kind === "refused") {
      feedback.say({ kind: "refused", line: words.refusals[found.code ?? ""] ?? words.refusedUnknown });
    } else if (found.originIsOurs === false) {
      feedback.say({ kind: "refused", line: words.foreignOrigin });
    } else {
      await take(found, source);
    }
  }

  return {
    arrive(text, source, readAt = performance.now()) {
      onCode();
      const makeWay = phone.scanComing();
      if (source === "wedge") typed();
      return new Promise((resolve) => {
        const answered = (): void => {
          makeWay();
          resolve();
        };
        queue = queue.then(() => answer(text, source, readAt, answered)).catch((error: unknown) => reportError(error));
      });
    },
    expect() {
      typed();
      typed = phone.scanComing();
      setTimeout(typed, TYPING_MS);
    },
    stand(taker) {
      takers.push(taker);
      stood();
      return () => {
        takers.splice(takers.indexOf(taker), 1);
      };
    },
  };
}

interface TakeOptions {
  isRaw?: boolean;
  isActive?: boolean;
  /** Takes the label of a place. */
  onPlace?: (place: string) => void | Promise<void>;
  takesNewPallets?: boolean;
}

/** Take the scans while this screen is shown. */
export function useScans(take: Taker, options: TakeOptions = {}): void {
  const { door } = useApp();
  const latest = useRef({ take, onPlace: options.onPlace });
  latest.current = { take, onPlace: options.onPlace };
  const takesPlaces = options.onPlace !== undefined;
  const isRaw = options.isRaw ?? false;
  const isActive = options.isActive ?? true;
  const takesNewPallets = options.takesNewPallets ?? false;
  useLayoutEffect(() => {
    if (!isActive) return undefined;
    return door.stand({
      take: (found, source) => latest.current.take(found, source),
      isRaw,
      takesNewPallets,
      takePlace: takesPlaces ? (place) => latest.current.onPlace?.(place) : undefined,
    });
  }, [door, isRaw, isActive, takesPlaces, takesNewPallets]);
}
