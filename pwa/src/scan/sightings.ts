/**
 * When does a code in front of the camera count as a scan?
 *
 * The camera sees a held label ten times a second, and operators hold labels for seconds; yet the same label shown
 * again is a new scan. So a code counts once until it has been out of view for a while. Three labels A, B, A are three
 * scans, even quickly: a code that was replaced by another has left sooner. A label carries its code twice, as a QR
 * symbol and as bars; both are one label, and the QR symbol, which says more, is waited for a moment.
 */
import { linearText, parse } from "./grammar";

/** Out of view for so long: the next sight is a new scan. */
export const LEFT_MS = 1_200;
/** Replaced by another code, this much is enough. */
export const REPLACED_MS = 500;
/** How long bars wait for the QR symbol of the same label. */
export const BARS_WAIT_MS = 350;

/** One code decoded from a frame. */
export interface Sight {
  text: string;
  isLinear: boolean;
}

interface Seen {
  /** What the bars of the same label say. */
  label: string;
  firstAt: number;
  lastAt: number;
  /** Nothing more is expected of it while it stays in view … */
  isDone: boolean;
  /** … because it was given as a scan itself, or its twin was. */
  wasGiven: boolean;
}

export class Sightings {
  private readonly inView = new Map<string, Seen>();
  private lastGivenAt = -Infinity;

  /** Take what one frame shows and give the texts that count as scans now. */
  see(sights: readonly Sight[], now: number): string[] {
    this.forget(sights, now);
    // QR symbols first: in the same frame they speak for the bars beside them.
    const ordered = [...sights.filter(({ isLinear }) => !isLinear), ...sights.filter(({ isLinear }) => isLinear)];
    return ordered.filter((sight) => this.isNew(sight, now)).map(({ text }) => text);
  }

  private isNew({ text, isLinear }: Sight, now: number): boolean {
    const seen = this.inView.get(text) ?? fresh(text, now);
    seen.lastAt = now;
    this.inView.set(text, seen);
    if (seen.isDone || (isLinear && now - seen.firstAt < BARS_WAIT_MS)) return false;
    seen.isDone = true;
    seen.wasGiven = !this.twinWasGiven(text, seen.label, isLinear);
    if (seen.wasGiven) this.lastGivenAt = now;
    return seen.wasGiven;
  }

  /** Two QR symbols of one batch are two labels (two items); only bars and QR symbol can be twins. */
  private twinWasGiven(text: string, label: string, isLinear: boolean): boolean {
    if (!isLinear) return label !== text && (this.inView.get(label)?.wasGiven ?? false);
    return [...this.inView].some(([other, seen]) => other !== text && seen.label === label && seen.wasGiven);
  }

  private forget(sights: readonly Sight[], now: number): void {
    const here = new Set(sights.map(({ text }) => text));
    for (const [text, { lastAt }] of this.inView) {
      const limit = this.lastGivenAt > lastAt ? REPLACED_MS : LEFT_MS;
      if (now - lastAt > limit && (here.size > 0 || now - lastAt > LEFT_MS)) this.inView.delete(text);
    }
  }
}

function fresh(text: string, now: number): Seen {
  return { label: labelOf(text), firstAt: now, lastAt: now, isDone: false, wasGiven: false };
}

function labelOf(text: string): string {
  const scanned = parse(text, "camera");
  return scanned.kind === "lot" || scanned.kind === "unit" ? linearText(scanned) : text;
}
