/**
 * What an operator hears and feels who is not looking: a pattern of its own for each class of feedback.
 *
 * Browsers start audio only after a touch or a key: any of them wakes it, so that the first scan finds it awake.
 */

export type FeedbackClass = "saved" | "attention" | "duplicate" | "refused" | "not_saved";

interface Pattern {
  hertz: number;
  wave: OscillatorType;
  tones: number;
  toneMs: number;
  vibration: number[];
}

const refused: Pattern = {
  hertz: 220,
  wave: "square",
  tones: 3,
  toneMs: 200,
  vibration: [200, 80, 200, 80, 200],
};

export const PATTERNS: Record<FeedbackClass, Pattern> = {
  saved: { hertz: 1000, wave: "sine", tones: 1, toneMs: 80, vibration: [40] },
  attention: { hertz: 700, wave: "sine", tones: 2, toneMs: 120, vibration: [80, 60, 80] },
  duplicate: { hertz: 500, wave: "sine", tones: 1, toneMs: 60, vibration: [30] },
  refused,
  not_saved: { ...refused, vibration: [500] },
};

const GAP_MS = 80;
const VOLUME = 0.35;
/** So long a loudspeaker may take to answer before it is asked again. */
const WAKING_MS = 3_000;

let audio: AudioContext | null = null;

/** Wake the sound at the first touch or key, and again after a call or a locked screen has silenced it. */
export function wakeSoundOnTouch(): void {
  let isWaking = false;
  const wake = (): void => {
    // A scanner's fifty keys must not ask fifty times: where there is no loudspeaker the answer never comes.
    if (isWaking || audio?.state === "running") return;
    isWaking = true;
    audio ??= new AudioContext();
    const ended = (): void => void (isWaking = false);
    setTimeout(ended, WAKING_MS);
    audio.resume().then(ended, ended);
  };
  // Not when a finger comes down: only when it is lifted does a browser count it as somebody's wish. Sound that is
  // not woken by a finger is woken by the first scan, and that takes a slow phone half a second.
  window.addEventListener("pointerup", wake, { capture: true });
  window.addEventListener("keydown", wake, { capture: true });
}

/** Sound and vibrate; a phone that can do neither stays silent without an error. */
export function signalClass(name: FeedbackClass): void {
  const pattern = PATTERNS[name];
  if (audio !== null && audio.state === "running") play(audio, pattern);
  if ("vibrate" in navigator && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate(pattern.vibration);
}

function play(context: AudioContext, pattern: Pattern): void {
  for (let tone = 0; tone < pattern.tones; tone += 1) {
    const start = context.currentTime + (tone * (pattern.toneMs + GAP_MS)) / 1000;
    const end = start + pattern.toneMs / 1000;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = pattern.wave;
    oscillator.frequency.value = pattern.hertz;
    // A short ramp at both ends: a tone cut off hard clicks in the loudspeaker.
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(VOLUME, start + 0.005);
    gain.gain.setValueAtTime(VOLUME, end - 0.01);
    gain.gain.linearRampToValueAtTime(0, end);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(end);
  }
}
