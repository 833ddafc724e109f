/**
 * A handheld scanner that types: told from a person by its speed, wherever the focus is.
 *
 * A scanner sends its keys within milliseconds and ends with Enter or Tab; people take longer. So keys are watched, not
 * caught in a field: a burst is a scan, on a button, in a dialog, after a change of screen. What a scan has typed into
 * a field is taken out again, and its Enter never presses a button or sends a form. Scanners type the keys of a
 * US keyboard whatever the phone's layout is, so the *place* of a key (`code`) is believed before what the layout made
 * of it (`key`).
 *
 * A busy phone brings keys late, but each says when it was pressed, and that alone tells what belongs together. Silence is
 * the doubtful end of a scan: the rest of a label may be on its way. So it is waited for longer where keys have come late,
 * and longest for a scanner that is known to press Enter; and what comes after all is joined to what was told too soon.
 */
import { isSign } from "./command";
import { isMintedSerial, parse } from "./grammar";
import type { Heard } from "./scanner-profile";

/** Keys of a scanner follow each other faster than this; people's do not. */
export const KEY_GAP_MS = 50;
/** And on average much faster, which tells a scanner from a person rolling over two keys. */
export const KEY_MEAN_MS = 40;
/** Without a terminator, so much silence ends a scan. */
export const IDLE_MS = 100;
/** What is no label of ours may be half of one: it waits so much longer for the rest. */
export const LATE_MS = 250;
/** A scanner whose last scan ended with Enter is waited for so long. */
export const PATIENCE_MS = 1_500;
/** The same code again within this time is one press of the trigger. */
export const BOUNCE_MS = 100;

const LENGTH_MIN = 3;
/** What separates the elements of a GS1 code. */
const GS = "\u001d";
const LENGTH_MIN_UNTERMINATED = 6;
const TERMINATORS: ReadonlySet<string> = new Set(["Enter", "NumpadEnter", "Tab"]);

interface Key {
  /** What the phone's keyboard layout makes of the key. */
  typed: string;
  /** What a US keyboard makes of it; null when the browser does not tell which key it was. */
  us: string | null;
  at: number;
}

/** Keys that silence has made a scan of. */
interface Cut {
  keys: readonly Key[];
  field: Field | null;
}

/** A field and what stood in it before the scanner wrote into it. */
interface Field {
  element: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
  value: string;
}

/** Called for every scan, with the moment its last key was pressed (ms, as `performance.now` counts them) and its keys. */
type Hear = (text: string, readAt: number, heard: Heard) => void;

/**
 * Watch the keyboard and call `onText` for every scan, and `onBurst` before, when keys begin to come in as from a
 * scanner; gives the function that ends it.
 */
export function startWedge(onText: Hear, onBurst: () => void = () => undefined): () => void {
  const wedge = new Wedge(onText, onBurst);
  const keydown = (event: KeyboardEvent): void => wedge.keydown(event);
  const keyup = (event: KeyboardEvent): void => wedge.keyup(event);
  const beforeinput = (event: InputEvent): void => wedge.beforeinput(event);
  window.addEventListener("keydown", keydown, { capture: true });
  window.addEventListener("keyup", keyup, { capture: true });
  window.addEventListener("beforeinput", beforeinput, { capture: true });
  return () => {
    wedge.stop();
    window.removeEventListener("keydown", keydown, { capture: true });
    window.removeEventListener("keyup", keyup, { capture: true });
    window.removeEventListener("beforeinput", beforeinput, { capture: true });
  };
}

class Wedge {
  private keys: Key[] = [];
  private field: Field | null = null;
  private idle = 0;
  private silentFrom = 0;
  /** Half a label has waited for its late rest. */
  private isLate = false;
  private readonly swallowed = new Set<string>();
  /** The last scan, if silence has ended it: its rest may come yet. */
  private cut: Cut | null = null;
  private pressesEnter = false;
  /** How late the keys of this scan have come at the most, ms. */
  private lateness = 0;
  private last = { text: "", at: -Infinity };

  constructor(
    private readonly onText: Hear,
    private readonly onBurst: () => void,
  ) {}

  keydown(event: KeyboardEvent): void {
    // Some handheld firmware says Alt is down on every key it sends.
    if (event.metaKey || event.repeat || event.isComposing) return;
    if (event.ctrlKey) return this.control(event);
    if (this.keys.length > 0 && event.timeStamp - this.lastAt() > KEY_GAP_MS) this.forget();
    if (TERMINATORS.has(event.key) || TERMINATORS.has(event.code)) this.terminator(event);
    else if ([...event.key].length === 1) this.character(event);
  }

  /** Scanners press Ctrl+] for the separator of GS1, in the middle of a scan; every other such key is a person's. */
  private control(event: KeyboardEvent): void {
    const isInScan = this.keys.length > 0 && event.timeStamp - this.lastAt() <= KEY_GAP_MS;
    if (event.code !== "BracketRight" || !isInScan) return;
    this.keys.push({ typed: GS, us: GS, at: event.timeStamp });
    this.swallow(event);
  }

  /** A key whose press was swallowed must not be let go of either: a button acts when Space comes up. */
  keyup(event: KeyboardEvent): void {
    if (this.swallowed.delete(event.code || event.key)) swallow(event);
  }

  /** Some handhelds insert the whole text at once, as an on-screen keyboard does, without any key. */
  beforeinput(event: InputEvent): void {
    const text = event.data ?? "";
    if (event.inputType !== "insertText" || text.length < LENGTH_MIN || !isSurelyScan(text)) return;
    swallow(event);
    this.forget();
    this.found(text, event.timeStamp, { typed: text, us: null });
  }

  stop(): void {
    this.forget();
  }

  private character(event: KeyboardEvent): void {
    if (this.keys.length === 0) this.begin(event);
    this.lateness = Math.max(this.lateness, performance.now() - event.timeStamp);
    this.keys.push({ typed: event.key, us: usCharacter(event), at: event.timeStamp });
    if (this.keys.length === LENGTH_MIN && this.meanGap(event.timeStamp) <= KEY_MEAN_MS) this.onBurst();
    // Outside a text field a scanner's keys would be shortcuts of the browser or press Space on a button.
    if (this.keys.length > 1 && !isTextEntry(event.target)) this.swallow(event);
    // As much again as the worst so far, twice: a phone that is late once grows later still.
    this.listen((this.pressesEnter ? PATIENCE_MS : IDLE_MS) + 2 * this.lateness);
  }

  private begin(event: KeyboardEvent): void {
    if (this.cut !== null && this.isRestOf(this.cut, event)) {
      this.keys = [...this.cut.keys];
      this.field = this.cut.field;
    } else this.field = fieldOf(event.target);
    this.cut = null;
  }

  private isRestOf({ keys }: Cut, event: KeyboardEvent): boolean {
    return event.timeStamp - (keys.at(-1)?.at ?? -Infinity) <= KEY_GAP_MS;
  }

  /** Look whether it is silent in `ms`, unless keys come meanwhile: one timer for a whole scan, not one for each key. */
  private listen(ms: number, isLate = false): void {
    this.silentFrom = performance.now() + ms;
    this.isLate = isLate;
    if (this.idle === 0) this.idle = window.setTimeout(() => this.wake(), ms);
  }

  private wake(): void {
    this.idle = 0;
    const left = this.silentFrom - performance.now();
    if (left > 0) this.idle = window.setTimeout(() => this.wake(), left);
    else this.silence();
  }

  private terminator(event: KeyboardEvent): void {
    // The Enter of a scan that silence has ended already: it came late, and must not press anything either.
    if (this.keys.length === 0 && this.cut !== null && this.isRestOf(this.cut, event)) {
      this.pressesEnter = true;
      return this.swallow(event);
    }
    const isScan = this.keys.length >= LENGTH_MIN && this.meanGap(event.timeStamp) <= KEY_MEAN_MS;
    if (!isScan) return this.forget();
    this.swallow(event);
    this.pressesEnter = true;
    this.end(event.timeStamp);
  }

  /** Too little for a scan is kept: the next key tells by its own time whether it belongs to what came before. */
  private silence(): void {
    const isScan = this.keys.length >= LENGTH_MIN_UNTERMINATED && this.meanGap(this.lastAt()) <= KEY_MEAN_MS;
    if (!isScan) return;
    if (this.isLate || this.pressesEnter || isSurelyScan(textOf(this.keys))) {
      const { keys, field } = this;
      this.pressesEnter = false;
      this.end(this.lastAt());
      this.cut = { keys, field };
    } else this.listen(LATE_MS, true);
  }

  private end(at: number): void {
    const text = textOf(this.keys);
    const heard = heardIn(this.keys);
    if (this.field !== null) restore(this.field);
    this.forget();
    this.found(text, at, heard);
  }

  private found(text: string, at: number, heard: Heard): void {
    const isBounce = text === this.last.text && at - this.last.at < BOUNCE_MS;
    this.last = { text, at };
    if (isBounce) return;
    this.onText(text, at, heard);
  }

  private forget(): void {
    if (this.idle !== 0) window.clearTimeout(this.idle);
    this.idle = 0;
    this.keys = [];
    this.field = null;
    this.lateness = 0;
  }

  private swallow(event: KeyboardEvent): void {
    swallow(event);
    this.swallowed.add(event.code || event.key);
  }

  private lastAt(): number {
    return this.keys.at(-1)?.at ?? -Infinity;
  }

  private meanGap(until: number): number {
    const [first] = this.keys;
    return first === undefined ? Infinity : (until - first.at) / this.keys.length;
  }
}

/** Choose between what the layout made of the keys and what the scanner meant. */
function textOf(keys: readonly Key[]): string {
  const { typed, us } = heardIn(keys);
  if (us === null) return typed;
  if (us.toUpperCase() === typed.toUpperCase()) return typed;
  // Somebody else's codes have no grammar of ours, but begin as no layout but the US one makes them.
  if (FOREIGN_BEGINNING.test(us) && !FOREIGN_BEGINNING.test(typed)) return us;
  const understood = [us, typed].filter((text) => isSign(text) || parse(text, "wedge").kind !== "refused");
  return understood.find((text) => isSurelyScan(text)) ?? understood[0] ?? typed;
}

function heardIn(keys: readonly Key[]): Heard {
  const us = keys.some((key) => key.us === null) ? null : keys.map((key) => key.us).join("");
  return { typed: keys.map((key) => key.typed).join(""), us };
}

/** A label's address or a serial with its check character: no person types that by chance. */
function isSurelyScan(text: string): boolean {
  if (isSign(text)) return true;
  const scanned = parse(text, "wedge");
  if (scanned.kind === "bare") return isMintedSerial(scanned.text) || /[\r\n\t]$/.test(text);
  return scanned.kind !== "refused";
}

/** A symbology identifier, or a web address. */
const FOREIGN_BEGINNING = /^(?:\][A-Za-z][0-9]|https?:\/\/)/i;

const SHIFTED_DIGITS = ")!@#$%^&*(";
const MARKS: Readonly<Record<string, readonly [string, string]>> = {
  Minus: ["-", "_"],
  Equal: ["=", "+"],
  BracketLeft: ["[", "{"],
  BracketRight: ["]", "}"],
  Backslash: ["\\", "|"],
  Semicolon: [";", ":"],
  Quote: ["'", '"'],
  Comma: [",", "<"],
  Period: [".", ">"],
  Slash: ["/", "?"],
  Backquote: ["`", "~"],
  Space: [" ", " "],
  NumpadSubtract: ["-", "-"],
  NumpadDecimal: [".", "."],
  NumpadDivide: ["/", "/"],
};

/** Give the character a US keyboard has on this key. CapsLock does not matter: labels are upper case throughout. */
function usCharacter({ code, shiftKey }: KeyboardEvent): string | null {
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code.slice(3) : code.slice(3).toLowerCase();
  if (/^Digit[0-9]$/.test(code)) return shiftKey ? SHIFTED_DIGITS.charAt(Number(code.slice(5))) : code.slice(5);
  if (/^Numpad[0-9]$/.test(code)) return code.slice(6);
  return MARKS[code]?.[shiftKey ? 1 : 0] ?? null;
}

function swallow(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

const TEXT_TYPES: ReadonlySet<string> = new Set(["text", "search", "tel", "url", "email", "password", "number"]);

function isTextEntry(target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && TEXT_TYPES.has(target.type);
}

function fieldOf(target: EventTarget | null): Field | null {
  const isField = isTextEntry(target) || target instanceof HTMLSelectElement;
  return isField ? { element: target, value: target.value } : null;
}

/** Put back what stood in a field before the scan was typed into it, and let the screen know. */
function restore({ element, value }: Field): void {
  if (element.value === value) return;
  element.value = value;
  element.dispatchEvent(new Event("input", { bubbles: true }));
  if (element instanceof HTMLSelectElement) element.dispatchEvent(new Event("change", { bubbles: true }));
}
