/** The camera as a scanner: it turns labels held in front of the phone into texts, and does nothing else. */
import type { Answer, Frame, Sighted } from "./decode-worker";
import { Sightings } from "./sightings";

export interface Camera {
  stop(): void;
  /** Switches the light; null where the camera has none. */
  torch: ((on: boolean) => Promise<void>) | null;
  /** The camera that comes after this one, by the browser's name for it; null: there is but one. */
  nextLens: string | null;
}

/** Ten looks a second find a label as fast as a hand can hold it, and let the battery live. */
const LOOK_MS = 100;
/** Looking goes on after so long, whatever has become of the answer. */
const ANSWER_MS_MAX = 400;

const SIZE: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** Ask for the lens that was chosen, or else for one that looks away from the person. A lens that is gone is no loss. */
function wanted(lens: string | null): MediaStreamConstraints {
  const which: MediaTrackConstraints =
    lens === null ? { facingMode: { ideal: "environment" } } : { deviceId: { ideal: lens } };
  return { audio: false, video: { ...which, ...SIZE } };
}

/** Open the camera that was chosen, for whoever shows what it sees; throws what the browser says if it may not. */
export function openLens(lens: string | null): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia(wanted(lens));
}

/** Called for every code, with the moment its frame was decoded (ms, as `performance.now` counts them here). */
type Hear = (text: string, readAt: number) => Promise<void> | void;

/**
 * Start the camera in `video` and call `onText` for every label shown; throws what the browser says if it may not. The
 * next look waits until `onText` is done: taking a frame must not keep an answer waiting.
 */
export async function startCamera(video: HTMLVideoElement, lens: string | null, onText: Hear): Promise<Camera> {
  const stream = await openLens(lens);
  const worker = new Worker(new URL("./decode-worker.ts", import.meta.url), { type: "module" });
  const stop = (): void => {
    worker.terminate();
    for (const track of stream.getTracks()) track.stop();
    if (video.srcObject === stream) video.srcObject = null;
  };
  video.srcObject = stream;
  video.playsInline = true;
  video.muted = true;
  try {
    await Promise.all([video.play(), started(worker)]);
  } catch (error) {
    stop();
    throw error;
  }
  const rest = keepLooking(video, worker, onText);
  const sleep = stayAwake();
  return {
    stop: () => {
      sleep();
      rest();
      stop();
    },
    torch: torchOf(stream),
    nextLens: await lensAfter(stream),
  };
}

/** Keep the screen on while labels are shown, where the browser can; gives the function that lets it go dark again. */
function stayAwake(): () => void {
  const lock = navigator.wakeLock?.request("screen").catch(() => null) ?? Promise.resolve(null);
  return () => void lock.then((held) => held?.release());
}

/** Phones have several cameras, and the browser does not always choose the one that sees close things sharply. */
async function lensAfter(stream: MediaStream): Promise<string | null> {
  const now = stream.getVideoTracks()[0]?.getSettings().deviceId;
  const lenses = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  const next = lenses[(lenses.findIndex(({ deviceId }) => deviceId === now) + 1) % lenses.length]?.deviceId;
  return next === undefined || next === "" || next === now ? null : next;
}

/** Wait until the decoder runs. */
function started(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (): void => reject(new Error("the decoder could not be started"));
    worker.addEventListener("error", failed, { once: true });
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => (data === "ready" ? resolve() : failed()), {
      once: true,
    });
  });
}

/** Send frame after frame to the decoder, one at a time; gives the function that ends it. */
function keepLooking(video: HTMLVideoElement, worker: Worker, onText: Hear): () => void {
  const sightings = new Sightings();
  let timer = 0;
  let turn = 0;
  let askedAt = 0;
  const again = (): void => {
    timer = window.setTimeout(() => void look(), Math.max(0, LOOK_MS - (performance.now() - askedAt)));
  };
  const look = async (): Promise<void> => {
    askedAt = performance.now();
    const hasFrame = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
    const image = hasFrame ? await frameOf(video) : null;
    if (image === null) return again();
    worker.postMessage({ image, turn: turn++ } satisfies Frame, [image]);
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    const { sights, at } = data as Sighted;
    const texts = sightings.see(sights, performance.now());
    const answered = texts.map((text) => onText(text, at - performance.timeOrigin));
    if (texts.length === 0) again();
    else void Promise.race([Promise.all(answered), passed(ANSWER_MS_MAX)]).finally(again);
  });
  void look();
  return () => window.clearTimeout(timer);
}

/** Take the frame that is shown. Copying its pixels is left to the worker where the browser can. */
async function frameOf(video: HTMLVideoElement): Promise<Frame["image"] | null> {
  try {
    return "VideoFrame" in window ? new VideoFrame(video) : await createImageBitmap(video);
  } catch {
    return null;
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function torchOf(stream: MediaStream): Camera["torch"] {
  const [track] = stream.getVideoTracks();
  // `torch` is not in every browser's list of capabilities, nor in TypeScript's.
  const capabilities: MediaTrackCapabilities & { torch?: boolean } = track?.getCapabilities?.() ?? {};
  if (track === undefined || capabilities.torch !== true) return null;
  return (on) => track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
}
