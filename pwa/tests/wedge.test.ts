/** A scanner that types is told from a person, wherever the focus is, and its Enter presses nothing. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startWedge } from "../src/scan/wedge";

/** As much of a page as keys need: listeners, timers, a field and a button. */
class Input {
  value = "";
  heard: string[] = [];
  constructor(readonly type = "text") {}
  dispatchEvent(event: Event): boolean {
    this.heard.push(event.type);
    return true;
  }
}
class Other {}
/** Whatever has the focus and takes no text: the body, a button, a dialog. */
class Page {}

type Heard = (event: unknown) => void;
const listeners = new Map<string, Heard>();
let texts: string[];
let stop: () => void;
let now: number;
/** The moments at which the last keys of scans were pressed. */
let readAt: number[];
/** How often keys began to come in as from a scanner. */
let begun: number;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("HTMLInputElement", Input);
  vi.stubGlobal("HTMLTextAreaElement", Other);
  vi.stubGlobal("HTMLSelectElement", Other);
  vi.stubGlobal("window", {
    setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
    clearTimeout: (timer: ReturnType<typeof setTimeout>) => clearTimeout(timer),
    addEventListener: (name: string, heard: Heard) => listeners.set(name, heard),
    removeEventListener: (name: string) => listeners.delete(name),
  });
  texts = [];
  readAt = [];
  begun = 0;
  now = performance.now();
  stop = startWedge(
    (text, at) => {
      texts.push(text);
      readAt.push(at);
    },
    () => (begun += 1),
  );
});

afterEach(() => {
  stop();
  expect(listeners.size).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

interface Press {
  gap: number;
  target: unknown;
  layout: Record<string, string>;
  over: Record<string, unknown>;
}

const CODES: Record<string, string> = {
  "-": "Minus",
  ".": "Period",
  "/": "Slash",
  ":": "Semicolon",
  "]": "BracketRight",
  " ": "Space",
};

function codeOf(character: string): string {
  if (/[a-z]/i.test(character)) return `Key${character.toUpperCase()}`;
  return /[0-9]/.test(character) ? `Digit${character}` : (CODES[character] ?? "");
}

/** Press one key; true if it was taken away from the page. */
function press(key: string, { gap = 10, target = new Page(), layout = {}, over = {} }: Partial<Press> = {}): boolean {
  vi.advanceTimersByTime(gap);
  now += gap;
  let isTaken = false;
  const code = key.length > 1 ? key : codeOf(key);
  const typed = layout[key] ?? key;
  const event = {
    key: typed,
    code,
    timeStamp: now,
    target,
    shiftKey: /[A-Z:]/.test(key),
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    repeat: false,
    isComposing: false,
    preventDefault: () => (isTaken = true),
    stopImmediatePropagation: () => undefined,
    ...over,
  };
  listeners.get("keydown")?.(event);
  if (!isTaken && target instanceof Input && typed.length === 1) target.value += typed;
  let isUpTaken = false;
  listeners.get("keyup")?.({ ...event, preventDefault: () => (isUpTaken = true) });
  if (key.length > 1 || isTaken) expect(isUpTaken).toBe(isTaken);
  return isTaken;
}

/** Type a text and a terminator; true if the terminator was taken away from the page. */
function type(text: string, given: Partial<Press> = {}, terminator: string | null = "Enter"): boolean {
  for (const character of text) press(character, given);
  return terminator === null ? false : press(terminator, given);
}

const LABEL = "HTTPS://L.EXAMPLE.COM/B/MAK-2026-0142/I/CAP-500";
const TEXTS = ["U03K4QX-0001E", "MAK-1042", LABEL];

describe("a scanner", () => {
  it.each([0, 5, 15, 30])("with %i ms between keys is heard, and its Enter presses nothing", (gap) => {
    expect(type(LABEL, { gap })).toBe(true);
    expect(texts).toEqual([LABEL]);
  });

  it.each(["Enter", "NumpadEnter", "Tab"])("may end with %s", (terminator) => {
    expect(type("U03K4QX-0001E", {}, terminator)).toBe(true);
    expect(texts).toEqual(["U03K4QX-0001E"]);
  });

  it("may end with silence", () => {
    type("U03K4QX-0001E", {}, null);
    expect(texts).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(texts).toEqual(["U03K4QX-0001E"]);
  });

  it.each([2, 7, LABEL.length - 1])("is heard whole when the phone is too busy to bring key %i in time", (late) => {
    for (const [at, character] of [...LABEL].entries()) {
      press(character);
      if (at === late) vi.advanceTimersByTime(200);
    }
    expect(press("Enter")).toBe(true);
    vi.advanceTimersByTime(500);
    expect(texts).toEqual([LABEL]);
  });

  it.each(TEXTS)("known to press Enter is waited for: the last key of %s comes a second late", (text) => {
    type("MAK-1");
    now += 500;
    vi.advanceTimersByTime(500);
    for (const character of text.slice(0, -1)) press(character);
    vi.advanceTimersByTime(900);
    press(text.slice(-1));
    expect(press("Enter")).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(texts).toEqual(["MAK-1", text]);
  });

  it.each(TEXTS)("nobody has heard before is heard whole when all keys of %s come late", (text) => {
    const late = 600;
    vi.advanceTimersByTime(late);
    for (const character of text.slice(0, -1)) press(character);
    vi.advanceTimersByTime(late);
    press(text.slice(-1));
    expect(press("Enter")).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(texts).toEqual([text]);
  });

  it("that was cut short by a phone too busy to wait for is heard again, whole, when its late keys come", () => {
    type(LABEL.slice(0, -2), {}, null);
    vi.advanceTimersByTime(3_000);
    expect(texts).toEqual([LABEL.slice(0, -2)]);
    expect(type(LABEL.slice(-2))).toBe(true);
    expect(texts).toEqual([LABEL.slice(0, -2), LABEL]);
  });

  it("that leaves out its Enter after all is heard, and not kept waiting the next time", () => {
    type("MAK-1");
    now += 500;
    vi.advanceTimersByTime(500);
    type("U03K4QX-0001E", {}, null);
    vi.advanceTimersByTime(2_000);
    now += 2_000;
    type("U03K4QX-0002C", {}, null);
    vi.advanceTimersByTime(200);
    expect(texts).toEqual(["MAK-1", "U03K4QX-0001E", "U03K4QX-0002C"]);
  });

  it("is announced when its keys begin, and tells when its last key was pressed", () => {
    type("MAK-1042");
    expect(begun).toBe(1);
    expect(readAt).toEqual([now]);
  });

  it("whose Alt seems to be down, or whose CapsLock is on, is heard all the same", () => {
    type(LABEL, { over: { altKey: true } });
    type("u03k4qx-0001e");
    expect(texts).toEqual([LABEL, "u03k4qx-0001e"]);
  });

  it("that scans twice with a pause gives two scans; a bounce of the trigger gives one", () => {
    type("MAK-1");
    type("MAK-1", { gap: 1 });
    vi.advanceTimersByTime(500);
    now += 500;
    type("MAK-1");
    expect(texts).toEqual(["MAK-1", "MAK-1"]);
  });

  it("with an identifier in front passes it on: the grammar knows it", () => {
    type("]C0MAK-1");
    expect(texts).toEqual(["]C0MAK-1"]);
  });

  it("means a US keyboard, whatever layout the phone has", () => {
    const german = { y: "z", z: "y", Y: "Z", Z: "Y", "-": "ß", "/": "-", ":": "Ö" };
    type(LABEL.replace("CAP", "ZYX"), { layout: german });
    const french = { "0": "à", "1": "&", "2": "é", "-": ")", A: "Q", Q: "A", M: "?" };
    type("MAK-2012", { layout: french });
    type("MAK1:C:UNDO", { layout: { ...french, ":": "M" } });
    expect(texts).toEqual([LABEL.replace("CAP", "ZYX"), "MAK-2012", "MAK1:C:UNDO"]);
  });

  it("that is set to the layout of the phone is understood by what it typed", () => {
    // On this keyboard the slash stands where a US keyboard has something else.
    const codes: Record<string, string> = { "/": "Digit7", ":": "Period" };
    for (const character of LABEL)
      press(character, character in codes ? { over: { code: codes[character], shiftKey: true } } : {});
    press("Enter");
    expect(texts).toEqual([LABEL]);
  });

  it("that tells no key places is understood by what it typed", () => {
    type(LABEL, { over: { code: "" } }, null);
    press("Enter");
    expect(texts).toEqual([LABEL]);
  });

  it("with somebody else's label is understood by its keys, which no other layout begins so", () => {
    type("]C1019521", { layout: { "]": "+" } });
    type("https://id.gs1.org/01", { layout: { ":": "Ö", "/": "-" } });
    expect(texts).toEqual(["]C1019521", "https://id.gs1.org/01"]);
  });

  it("that presses Ctrl and a bracket for the separator of GS1 passes it on; a person's shortcut stays one", () => {
    for (const character of "]C110A") press(character);
    expect(press("]", { over: { ctrlKey: true } })).toBe(true);
    type("21B");
    expect(texts).toEqual(["]C110A\x1d21B"]);
    expect(press("]", { gap: 500, over: { ctrlKey: true } })).toBe(false);
  });

  it("that inserts the whole text at once is heard", () => {
    const beforeinput = listeners.get("beforeinput");
    const insert = (data: string): void =>
      beforeinput?.({
        inputType: "insertText",
        data,
        timeStamp: (now += 500),
        preventDefault: () => undefined,
        stopImmediatePropagation: () => undefined,
      });
    insert(LABEL);
    insert("MAK-1\n");
    insert("Paracetamol");
    insert("x");
    expect(texts).toEqual([LABEL, "MAK-1\n"]);
  });
});

describe("the page", () => {
  it("finds a field as it was before a scan was typed into it", () => {
    const field = new Input();
    field.value = "12";
    type(LABEL, { target: field });
    expect(field.value).toBe("12");
    expect(field.heard).toEqual(["input"]);
    expect(texts).toEqual([LABEL]);
  });

  it("keeps a button from being pressed by a space in a foreign code", () => {
    press("A");
    expect(press(" ")).toBe(true);
    press("B");
    expect(press("Enter")).toBe(true);
    expect(texts).toEqual(["A B"]);
  });
});

describe("a person", () => {
  it("types at leisure and presses Enter: no scan, nothing is taken away", () => {
    const field = new Input();
    expect(type("MAK-2026-0142", { gap: 120, target: field })).toBe(false);
    expect(field.value).toBe("MAK-2026-0142");
    expect(texts).toEqual([]);
  });

  it("is not announced as a scanner", () => {
    type("MAK-2026-0142", { gap: 120, target: new Input() });
    expect(begun).toBe(0);
  });

  it("presses Enter on a button, and the button hears it", () => {
    expect(press("Enter", { gap: 500 })).toBe(false);
  });

  it("may hold a key down", () => {
    const field = new Input();
    for (let n = 0; n < 30; n++) press("0", { gap: n === 0 ? 400 : 30, target: field, over: { repeat: n > 0 } });
    vi.advanceTimersByTime(500);
    expect(field.value).toHaveLength(30);
    expect(texts).toEqual([]);
  });

  it("may use shortcuts", () => {
    for (const character of "abcdef") expect(press(character, { over: { ctrlKey: true } })).toBe(false);
    vi.advanceTimersByTime(500);
    expect(texts).toEqual([]);
  });

  it("however unevenly, is never a scanner while the keys are more than 50 ms apart", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ key: fc.constantFrom(..."ABC019-"), gap: fc.integer({ min: 51, max: 400 }) }), {
          maxLength: 40,
        }),
        (keys) => {
          for (const { key, gap } of keys) press(key, { gap });
          press("Enter", { gap: 80 });
          vi.advanceTimersByTime(500);
          expect(texts).toEqual([]);
        },
      ),
    );
  });
});

it("a scanner is heard whatever came before", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(..."ABC019-"), { maxLength: 5 }),
      fc.integer({ min: 0, max: 30 }),
      (before, gap) => {
        texts.length = 0;
        now += 1_000;
        vi.advanceTimersByTime(1_000);
        for (const key of before) press(key, { gap: 150 });
        press("H", { gap: 150 });
        type(LABEL.slice(1), { gap });
        expect(texts).toEqual([LABEL]);
      },
    ),
  );
});
