/**
 * Symbols that stand for no material: the commands on the printed sheet, the labels of places, the badges of people.
 *
 * Their texts begin with `MAK1:`, a letter and a colon, so that none of them can be taken for a batch or a unit. Twin
 * of `labels/command.py` and `labels/sign.py`, bound to it by `tests/vectors/commands.json`.
 */

/** What a step is answered with. */
const ANSWERS = ["OK", "CANCEL", "BACK", "UNDO", "ALL", "PART", "CHANGE", "HOME"] as const;
/** Quantities and PINs; where a list is shown, a digit chooses its line of that number. */
const KEYS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "POINT", "ERASE"] as const;
/** What is begun by one scan. */
const FLOWS = [
  "GOODS-IN",
  "RECEIVE",
  "USE",
  "MAKE",
  "SEND",
  "SCANS",
  "LOOK",
  "PACK",
  "UNPACK",
  "MOVE",
  "RETURN",
  "SCRAP",
  "COUNT",
] as const;

export type FlowCommand = (typeof FLOWS)[number];
export type KeyCommand = (typeof KEYS)[number];
export type Command = (typeof ANSWERS)[number] | KeyCommand | FlowCommand;

export const COMMANDS: readonly Command[] = [...ANSWERS, ...KEYS, ...FLOWS];

const SIGN = /^(?:\][A-Z][0-9A-Z])?MAK1:(?<letter>[COP]):(?<code>[A-Z0-9][A-Z0-9.-]{0,19})$/;

/** Give the command a text asks for; null: it is none. */
export function commandIn(text: string): Command | null {
  const code = codeOf(text, "C");
  return COMMANDS.find((command) => command === code) ?? null;
}

/** Give the place whose label a text is; null: it is none. */
export function placeIn(text: string): string | null {
  return codeOf(text, "P");
}

/** Give the beginning of the id of the person whose badge a text is, in lower case; null: it is none. */
export function badgeIn(text: string): string | null {
  const code = codeOf(text, "O");
  return code !== null && /^[0-9A-F]{16}$/.test(code) ? code.toLowerCase() : null;
}

/** Say that a text is a symbol of this kind: no person types that by chance. */
export function isSign(text: string): boolean {
  return SIGN.test(folded(text));
}

/** Say that a command begins a flow. */
export function isFlow(command: Command): command is FlowCommand {
  return FLOWS.some((flow) => flow === command);
}

/** Say that a command is a key of a number pad. */
export function isKey(command: Command): command is KeyCommand {
  return KEYS.some((key) => key === command);
}

function codeOf(text: string, letter: "C" | "O" | "P"): string | null {
  const found = SIGN.exec(folded(text))?.groups;
  return found?.["letter"] === letter ? (found["code"] ?? null) : null;
}

function folded(text: string): string {
  return text.trim().replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
