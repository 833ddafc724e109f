/**
 * What a scanned command does: it presses what a finger would press, so that no flow needs to know of commands.
 *
 * `OK` is the large button, a digit a key of the number pad or else the line of that number. A command waits a moment
 * for the screen that the scan before it leads to; where there is nothing to press, the operator is told so.
 */
import { commandIn, isFlow, isKey, type Command } from "../scan/command";
import type { Phone } from "../device/phone";
import { words } from "../words/words";
import { painted, type FeedbackBoard } from "./feedback";
import { goBack, isStepOpen } from "./keys";
import type { Router } from "./router";

/** Obey a text if it is a command; false: it is none. */
export type Obey = (text: string) => Promise<boolean>;

/** No screen takes longer to come up, even on a slow phone. */
const OPENING_MS = 400;
const NUMBERED = "batchspine.commands";

type Press = () => void;

/** Give what obeys commands. Whoever has used one sees numbers on what can be chosen by a digit, from then on. */
export function openObey(phone: Phone, feedback: FeedbackBoard, router: Router): Obey {
  if (localStorage.getItem(NUMBERED) !== null) showNumbers();
  return async (text) => {
    const command = commandIn(text);
    if (command === null) return false;
    showNumbers();
    localStorage.setItem(NUMBERED, "yes");
    if (phone.notSaved.value !== null || feedback.current.value?.kind === "refused") {
      if (command === "OK" || command === "CANCEL") seen(phone, feedback);
      else feedback.blocks();
      return true;
    }
    const press = await whenThere(() => pressOf(command, router, phone));
    if (press === null) feedback.say({ kind: "refused", line: words.commands.nothing });
    else press();
    return true;
  };
}

function showNumbers(): void {
  document.documentElement.dataset["commands"] = "";
}

function seen(phone: Phone, feedback: FeedbackBoard): void {
  phone.notSaved.value = null;
  feedback.acknowledge();
}

/** Look until it is there, beginning after the screen has caught up with the scan before. */
async function whenThere(find: () => Press | null): Promise<Press | null> {
  const until = performance.now() + OPENING_MS;
  for (;;) {
    await painted();
    const press = find();
    if (press !== null || performance.now() > until) return press;
  }
}

function pressOf(command: Command, router: Router, phone: Phone): Press | null {
  if (isFlow(command)) return flowOf(command, router, phone);
  if (isKey(command)) return clickOf(keyOf(command) ?? lineOf(command));
  switch (command) {
    case "OK":
      return clickOf(first("[data-command=ok]") ?? first(".button.primary"));
    case "CANCEL":
      return clickOf(first("[data-command=cancel]")) ?? (isStepOpen() ? goBack : null);
    case "BACK":
      return goBack;
    case "UNDO":
      return clickOf(first("[data-testid=undo]"));
    case "ALL":
    case "PART":
      return clickOf(first(`[data-command=${command.toLowerCase()}]`));
    case "CHANGE":
      return clickOf(first(".context .button"));
    case "HOME":
      return isBusy() ? null : () => router.replace("/");
  }
}

/** A flow begins from anywhere but the middle of a step, where something would be lost. */
function flowOf(command: string, router: Router, phone: Phone): Press | null {
  if (phone.person.value === null || isBusy()) return null;
  return () => router.replace(`/#${command.toLowerCase()}`);
}

/** Something waits for an answer: not so while a screen only waits for the next code. */
export function isBusy(): boolean {
  if (shown("[data-unsaved]").length > 0) return true;
  const isScanning = shown(".scan-panel").length > 0 && first(".button.primary") === undefined;
  return isStepOpen() && !isScanning;
}

function keyOf(command: string): HTMLElement | undefined {
  const name = { POINT: words.quantity.point, ERASE: words.quantity.erase }[command] ?? command;
  return all(".keys .key").find((key) => (key.ariaLabel ?? key.textContent) === name);
}

function lineOf(command: string): HTMLElement | undefined {
  const lines = all("main :is(.choice, .tile, .person)");
  return (lines.length > 0 ? lines : all("main .foot .button:not(.primary)"))[Number(command) - 1];
}

function clickOf(element: HTMLElement | undefined): Press | null {
  return element === undefined ? null : () => element.click();
}

const first = (selector: string): HTMLElement | undefined => all(selector)[0];

/** What can be pressed now, from top to bottom; the panel that takes codes is no answer to anything. */
function all(selector: string): HTMLElement[] {
  return shown(selector).filter(
    (element) =>
      element.closest("[inert], :disabled") === null &&
      (element.dataset["command"] !== undefined || element.closest(".scan-panel") === null),
  );
}

function shown(selector: string): HTMLElement[] {
  const found = [...document.querySelectorAll<HTMLElement>(selector)];
  return found.filter((element) => element.checkVisibility({ visibilityProperty: true }));
}
