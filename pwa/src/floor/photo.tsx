/** A photo for the next scan: of what has no label, or of what was done against a stop. It never has to be taken. */
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { Problem } from "../device/problem";
import { useApp } from "../ui/context";
import { Button } from "../ui/parts";
import { words } from "../words/words";
import { later } from "./later";

/** Few scans want one: the camera's screen is fetched when the first does. */
export const TakePhoto = later(async () => (await import("./take-photo")).TakePhoto);

/** The button that asks for a photo; once one is taken it says so. */
export function PhotoButton({ photo, onPress }: { photo: Signal<Blob | null>; onPress: () => void }): JSX.Element {
  return (
    <Button icon={photo.value === null ? "camera" : "tick"} testId="photo" onPress={onPress}>
      {photo.value === null ? words.photo.take : words.photo.taken}
    </Button>
  );
}

/** Keep a photo for the next scan of a unit; where there is no room the scan goes on without it, and that is said. */
export function useKeepPhoto(): (unit: string, photo: Blob | null) => Promise<void> {
  const { phone, feedback } = useApp();
  return async (unit, photo) => {
    if (photo === null) return;
    try {
      await phone.addPhoto(unit, photo);
    } catch (error) {
      // No room is expected; anything else is said just so to the person, and told where faults are told.
      if (!(error instanceof Problem)) reportError(error);
      feedback.say({ kind: "attention", line: words.photo.notKept });
    }
  };
}
