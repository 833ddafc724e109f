/** How codes come in on a floor screen: the camera on demand, the scanner always, and fingers when a label is torn. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { startCamera } from "../scan/camera";
import { useApp } from "../ui/context";
import { Icon } from "../ui/icons";
import { Button } from "../ui/parts";
import { words } from "../words/words";
import { later } from "./later";

interface PanelProps {
  /** False while a scanned unit waits for an answer: the camera keeps running out of sight and its texts are dropped. */
  isOpen: boolean;
}

interface ScanStepProps extends PanelProps {
  /** "Scan the drum". */
  instruction: string;
  children?: ComponentChildren;
  /** The places where what is wanted may stand: without a label it is then picked from a list. */
  expected?: readonly string[];
  /** What ends the scanning, beside the camera's button: it never scrolls out of sight. */
  action?: ComponentChildren;
}

/** The step that waits for a code. It stays mounted through a flow: the camera need not start again for each label. */
export function ScanStep({ instruction, isOpen, children, expected, action }: ScanStepProps): JSX.Element {
  const isPicking = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (isOpen) heading.current?.focus({ preventScroll: true });
  }, [isOpen]);
  if (!isOpen) isPicking.value = false;
  const scanning = (
    <section class="step" hidden={!isOpen || isPicking.value}>
      <h2 ref={heading} class="instruction" tabIndex={-1}>
        {instruction}
      </h2>
      <div class="step-body">{children}</div>
      <div class="foot scan-panel">
        <Camera
          isOpen={isOpen}
          beside={action}
          instead={
            // Three in a row are too narrow for a thumb.
            !action &&
            expected !== undefined && (
              <Button testId="no-label" onPress={() => (isPicking.value = true)}>
                {words.scan.noLabel}
              </Button>
            )
          }
        />
        <TypedEntry />
      </div>
    </section>
  );
  return (
    <>
      {scanning}
      {isPicking.value && expected !== undefined && (
        <PickExpected places={expected} onDone={() => (isPicking.value = false)} />
      )}
    </>
  );
}

/** Few labels are torn: the list is fetched when the first one is. */
const PickExpected = later(async () => (await import("./expected")).PickExpected);

type CameraState = "off" | "starting" | "on" | "failed" | "idle";
type Running = Awaited<ReturnType<typeof startCamera>>;

const IDLE_MS = 60_000;
/** The camera that somebody chose on this phone. */
export const LENS = "batchspine.lens";

interface CameraProps extends PanelProps {
  beside?: ComponentChildren;
  /** What helps without a camera; a running one needs the room. */
  instead?: ComponentChildren;
  /** "plain": where scanning is one way of several. */
  look?: "primary" | "plain";
  /** The words on the button, where the step wants something else than one of our labels. */
  label?: string;
}

/** The camera behind its button, as it is part of each step that takes codes. */
export function Camera({ isOpen, beside, instead, look = "primary", label = words.scan.cameraOn }: CameraProps): JSX.Element {
  const camera = useCamera(isOpen);
  const isRunning = camera.state === "on" || camera.state === "starting";
  return (
    <>
      <div class="camera" hidden={!isRunning}>
        <video ref={camera.video} playsInline muted aria-label={words.scan.cameraHelp} />
        <div class="camera-frame" />
      </div>
      {camera.state === "failed" && (
        <p class="notice" role="alert">
          <Icon name="bang" />
          {words.scan.cameraFailed}
        </p>
      )}
      {camera.state === "idle" && <p class="notice">{words.scan.cameraIdle}</p>}
      <div class="button-row">
        {isRunning ? (
          <Button icon="cross" onPress={camera.stop}>
            {words.scan.cameraOff}
          </Button>
        ) : (
          <Button icon="camera" look={look} onPress={camera.start}>
            {label}
          </Button>
        )}
        {isRunning && camera.torch !== null && (
          <Button icon="light" onPress={() => void camera.torch?.()}>
            {camera.isLit ? words.scan.torchOff : words.scan.torchOn}
          </Button>
        )}
        {isRunning && camera.otherLens !== null && (
          <Button icon="camera" testId="other-lens" onPress={camera.otherLens}>
            {words.scan.otherLens}
          </Button>
        )}
        {beside}
        {!isRunning && instead}
      </div>
    </>
  );
}

interface CameraControl {
  video: { current: HTMLVideoElement | null };
  state: CameraState;
  isLit: boolean;
  torch: (() => Promise<void>) | null;
  /** Goes on with another camera, from then on; null: there is none. */
  otherLens: (() => void) | null;
  start: () => void;
  stop: () => void;
}

/** Run the camera while it is wanted and seen: off when the page is hidden, at rest after a minute without a label. */
function useCamera(isOpen: boolean): CameraControl {
  const { door } = useApp();
  const video = useRef<HTMLVideoElement>(null);
  const state = useSignal<CameraState>("off");
  const isLit = useSignal(false);
  const running = useSignal<Running | null>(null);
  const turn = useRef(0);
  const idle = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const takesTexts = useRef(isOpen);
  takesTexts.current = isOpen;

  const end = (next: CameraState): void => {
    turn.current += 1;
    clearTimeout(idle.current);
    running.value?.stop();
    running.value = null;
    isLit.value = false;
    state.value = next;
  };
  const restLater = (): void => {
    clearTimeout(idle.current);
    idle.current = setTimeout(() => end("idle"), IDLE_MS);
  };
  const start = async (): Promise<void> => {
    if (video.current === null) return;
    end("starting");
    const mine = turn.current;
    try {
      const started = await startCamera(video.current, localStorage.getItem(LENS), (text, readAt) => {
        restLater();
        return takesTexts.current ? door.arrive(text, "camera", readAt) : undefined;
      });
      // Stopped while it was starting: this stream is nobody's any more.
      if (mine !== turn.current) return started.stop();
      running.value = started;
      state.value = "on";
      restLater();
    } catch {
      if (mine === turn.current) end("failed");
    }
  };
  useEffect(() => {
    const follow = (): void => {
      if (document.hidden && running.value !== null) end("idle");
      else if (!document.hidden && state.value === "idle" && isOpen) void start();
    };
    document.addEventListener("visibilitychange", follow);
    return () => document.removeEventListener("visibilitychange", follow);
  });
  useEffect(() => () => end("off"), []);

  const torch = running.value?.torch ?? null;
  const lens = running.value?.nextLens ?? null;
  const useLens = (chosen: string): void => {
    localStorage.setItem(LENS, chosen);
    void start();
  };
  return {
    video,
    state: state.value,
    isLit: isLit.value,
    torch: torch === null ? null : () => torch(!isLit.value).then(() => void (isLit.value = !isLit.value)),
    otherLens: lens === null ? null : () => useLens(lens),
    start: () => void start(),
    stop: () => end("off"),
  };
}

/** Type what is printed under the code. */
function TypedEntry(): JSX.Element {
  const { door } = useApp();
  const id = useId();
  const text = useSignal("");
  return (
    <form
      class="typed"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.value.trim() === "") return;
        void door.arrive(text.value, "typed");
        text.value = "";
      }}
    >
      <label class="visually-hidden" for={id}>
        {words.scan.typed}
      </label>
      <input
        id={id}
        class="code"
        data-testid="scan-text"
        placeholder={words.scan.typed}
        value={text.value}
        inputMode="text"
        enterKeyHint="go"
        autoComplete="off"
        autoCapitalize="characters"
        spellcheck={false}
        maxLength={600}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <button type="submit" class="button plain">
        {words.scan.typedGo}
      </button>
    </form>
  );
}
