/**
 * Esc takes back the last thing that opened: whoever registered last answers.
 *
 * What takes keys, scans or the focus does so in a layout effect, in the same breath as the screen is drawn. An ordinary
 * effect runs after the paint, on a busy phone long after: a hand is quick enough to press the next key before it.
 */
import { useLayoutEffect, useRef } from "preact/hooks";

type Escape = () => void;

const open: { run: Escape }[] = [];

function listen(event: KeyboardEvent): void {
  if (event.key !== "Escape") return;
  const top = open.at(-1);
  if (top === undefined) return;
  event.preventDefault();
  top.run();
}

/** Do what Esc does: the Back button on the screen. */
export function goBack(): void {
  open.at(-1)?.run();
}

/** Whether a step inside a screen is open, so that going back means closing it rather than leaving the screen. */
export function isStepOpen(): boolean {
  return open.length > 1;
}

/** Start answering Esc, once for the whole app. */
export function listenForEscape(): void {
  window.addEventListener("keydown", listen);
}

/** Answer Esc with `run` while this component is shown and `isActive`. */
export function useEscape(run: Escape, isActive = true): void {
  const latest = useRef(run);
  latest.current = run;
  useLayoutEffect(() => {
    if (!isActive) return undefined;
    const entry = { run: () => latest.current() };
    open.push(entry);
    return () => {
      open.splice(open.indexOf(entry), 1);
    };
  }, [isActive]);
}
