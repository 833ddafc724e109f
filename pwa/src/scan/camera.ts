/** The camera as a scanner: it turns labels held in front of the phone into texts, and does nothing else. */
import type { Frame } from "./decode-worker";
import { Sightings } from "./sightings";
import type { Sight } from "./sightings";

export interface Camera {
  stop(): void;
  /** Switches the light; null where the camera has none. */
  torch: ((on: boolean) => Promise<void>) | null;
}

/** Ten looks a second find a label as fast as a hand can hold it, and let the battery live. */
const LOOK_MS = 100;

const WANTED: MediaStreamConstraints = {
  audio: false,
  video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
};

/** Start the camera in `video` and call `onText` for every label shown; throws what the browser says if it may not. */
export async function startCamera(video: HTMLVideoElement, onText: (text: string) => void): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia(WANTED);
  const worker = new Worker(new URL("./decode-worker.ts", import.meta.url), { type: "module" });
  const sightings = new Sightings();
  let timer = 0;
  let turn = 0;
  let askedAt = 0;

  const look = async (): Promise<void> => {
    askedAt = performance.now();
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return again();
    const image = await createImageBitmap(video).catch(() => null);
    if (image === null) return again();
    worker.postMessage({ image, turn: turn++ } satisfies Frame, [image]);
  };
  const again = (): void => {
    timer = window.setTimeout(() => void look(), Math.max(0, LOOK_MS - (performance.now() - askedAt)));
  };
  const stop = (): void => {
    window.clearTimeout(timer);
    worker.terminate();
    for (const track of stream.getTracks()) track.stop();
    if (video.srcObject === stream) video.srcObject = null;
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Sight[]>) => {
    for (const text of sightings.see(data, performance.now())) {
      performance.mark("decoded");
      onText(text);
    }
    again();
  });

  video.srcObject = stream;
  video.playsInline = true;
  video.muted = true;
  try {
    await video.play();
  } catch (error) {
    stop();
    throw error;
  }
  void look();
  return { stop, torch: torchOf(stream) };
}

function torchOf(stream: MediaStream): Camera["torch"] {
  const [track] = stream.getVideoTracks();
  // `torch` is not in every browser's list of capabilities, nor in TypeScript's.
  const capabilities: MediaTrackCapabilities & { torch?: boolean } = track?.getCapabilities?.() ?? {};
  if (track === undefined || capabilities.torch !== true) return null;
  return (on) => track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
}
