/** The camera as a camera: a photo, a look at it, and once more if it is not sharp. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { PHOTO_BYTES_MAX } from "../device/photos";
import { openLens } from "../scan/camera";
import { Icon } from "../ui/icons";
import { useEscape } from "../ui/keys";
import { Button, Step } from "../ui/parts";
import { words } from "../words/words";
import { LENS } from "./scan-panel";

/** Long enough to read a torn label by, small enough for a bad network. */
const EDGE_MAX = 1024;
const QUALITIES = [0.7, 0.5, 0.3, 0.15];

interface TakeProps {
  onPhoto: (photo: Blob) => void;
  onBack: () => void;
}

/** The camera, and the picture it took. */
export function TakePhoto({ onPhoto, onBack }: TakeProps): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const isFailed = useSignal(false);
  const shot = useSignal<{ photo: Blob; url: string } | null>(null);
  useEscape(() => (shot.value === null ? onBack() : (shot.value = null)));
  useEffect(() => filmed(video.current, () => (isFailed.value = true)), [isFailed]);
  useEffect(() => () => URL.revokeObjectURL(shot.peek()?.url ?? ""), [shot]);
  const shoot = async (): Promise<void> => {
    const photo = video.current === null ? null : await pictureOf(video.current);
    if (photo !== null) shot.value = { photo, url: URL.createObjectURL(photo) };
  };
  const taken = shot.value;
  return (
    <Step
      instruction={taken === null ? words.photo.title : words.photo.isSharp}
      stepKey={taken === null ? "camera" : "photo"}
      foot={
        <>
          {taken !== null ? (
            <Button look="primary" icon="tick" testId="use-photo" isDefault onPress={() => onPhoto(taken.photo)}>
              {words.photo.use}
            </Button>
          ) : (
            <Button look="primary" icon="camera" testId="shoot" isDisabled={isFailed.value} onPress={() => void shoot()}>
              {words.photo.shoot}
            </Button>
          )}
          <Button command="cancel" onPress={() => (taken === null ? onBack() : (shot.value = null))}>
            {taken === null ? words.action.cancel : words.photo.again}
          </Button>
        </>
      }
    >
      {isFailed.value && (
        <p class="notice" role="alert">
          <Icon name="bang" />
          {words.photo.failed}
        </p>
      )}
      <div class="camera" hidden={taken !== null || isFailed.value}>
        <video ref={video} playsInline muted aria-label={words.photo.title} />
      </div>
      {taken !== null && <img class="photo" src={taken.url} alt={words.photo.taken} />}
    </Step>
  );
}

/** Show the camera that looks away from the person; gives the function that ends it. */
function filmed(video: HTMLVideoElement | null, onFailed: () => void): () => void {
  let stream: MediaStream | null = null;
  let isOver = false;
  const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
  const begin = async (): Promise<void> => {
    stream = await openLens(localStorage.getItem(LENS));
    if (isOver || video === null) return stop();
    video.srcObject = stream;
    await video.play();
  };
  begin().catch(() => {
    if (!isOver) onFailed();
  });
  return () => {
    isOver = true;
    stop();
  };
}

/** Take what the camera shows as a JPEG that the server takes; null: it shows nothing yet. */
async function pictureOf(video: HTMLVideoElement): Promise<Blob | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0) return null;
  const scale = Math.min(1, EDGE_MAX / Math.max(width, height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  for (const quality of QUALITIES) {
    const photo = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (photo !== null && photo.size <= PHOTO_BYTES_MAX) return photo;
  }
  return null;
}
