/**
 * What a code on a drum means: the one grammar for camera, wedge and typed entry.
 *
 * A label names a lot (one item of one master batch) or one handling unit of it, and nothing that can change. Whatever
 * does not match exactly is refused; nothing is guessed or corrected. Twin of `labels/identity.py`, and both are held
 * to `tests/vectors/label_grammar.json`.
 */

import { splitSignature } from "./label-signature";

export type Source = "camera" | "wedge" | "typed";
export type RefusalCode = "empty" | "foreign_barcode" | "check_character_wrong" | "too_long";

/** One item of one master batch; `origin` is the installation's public address, if the label has one. */
export interface LotIdentity {
  kind: "lot";
  batch: string;
  item: string;
  origin: string | null;
}

/** One drum, carton or pallet of a lot. */
export interface UnitIdentity {
  kind: "unit";
  batch: string;
  item: string;
  unit: string;
  origin: string | null;
  /** Which print of this label; not there: the first. */
  copy?: number;
}

/** A code alone, from a linear symbol or a keyboard: the books know whether it is a batch or a unit. */
export interface BareCode {
  kind: "bare";
  text: string;
}

/** A scan that names nothing of ours; `text` is what came in, as it came. */
export interface Refused {
  kind: "refused";
  code: RefusalCode;
  text: string;
}

export type Scanned = LotIdentity | UnitIdentity | BareCode | Refused;

export const SCANNED_LENGTH_MAX = 512;
const CODE_LENGTH_MAX = 20;

const CODE = "[A-Z0-9][A-Z0-9.-]{0,19}";
const ORIGIN = "HTTPS://(?:[A-Z0-9-]{1,63}\\.)*[A-Z0-9-]{1,63}(?::[0-9]{1,5})?";
const COPY = "[2-9]|[1-9][0-9]{1,3}";
const EXPIRY = "[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])";

const BARE = new RegExp(`^${CODE}$`);
const ADDRESS = new RegExp(
  `^(?<origin>${ORIGIN})/B/(?<batch>${CODE})/I/(?<item>${CODE})` +
    `(?:/H/(?<unit>${CODE})(?:/C/(?<copy>${COPY}))?)?(?:/E/${EXPIRY})?$`,
);
const HOSTLESS = new RegExp(
  `^MAK1:(?<batch>${CODE})/(?<item>${CODE})(?:/(?<unit>${CODE})(?:/C/(?<copy>${COPY}))?(?:/${EXPIRY})?)?$`,
);
const MINTED_SERIAL = /^U[0-9A-Z]{6}-[0-9]{4,}[0-9A-Z]$/;
const SYMBOLOGY_ID = /^\][A-Z][0-9A-Z]/;

// GS1 and retail carriers: a bare text behind these is an article number or an element string, however much its digits
// look like one of our lots.
const FOREIGN_CARRIERS = new Set(["]C1", "]D2", "]D8", "]E0", "]E1", "]E2", "]E3", "]E4", "]J1", "]Q3"]);

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Tell what a scanned or typed text names.
 *
 * Only a wedge puts a symbology identifier such as `]Q1` in front, so only there is one taken off.
 */
export function parse(text: string, source: Source): Scanned {
  const characters = [...text];
  if (characters.length > SCANNED_LENGTH_MAX) {
    return { kind: "refused", code: "too_long", text: characters.slice(0, SCANNED_LENGTH_MAX).join("") };
  }
  let folded = upper(trimmed(text));
  let carrier = "";
  if (source === "wedge" && SYMBOLOGY_ID.test(folded)) {
    carrier = folded.slice(0, 3);
    folded = trimmed(folded.slice(3));
  }
  if (folded === "") return { kind: "refused", code: "empty", text };
  folded = splitSignature(folded)?.text ?? folded;
  const named = namedBy(folded, carrier);
  if (named === null) return { kind: "refused", code: "foreign_barcode", text };
  return checkHolds(named) ? named : { kind: "refused", code: "check_character_wrong", text };
}

/** Say that `text` is no serial of ours, or one whose check character is right. */
export function isSerialSound(text: string): boolean {
  return !MINTED_SERIAL.test(text) || checkCharacter(text.slice(0, -1)) === text.slice(-1);
}

/** Say that a symbology identifier belongs to article numbers and GS1 element strings, never to a label of ours. */
export function isForeignCarrier(identifier: string): boolean {
  return FOREIGN_CARRIERS.has(identifier.toUpperCase());
}

/** Say that `text` has the shape of a serial this program mints. */
export function isMintedSerial(text: string): boolean {
  return MINTED_SERIAL.test(text);
}

/** Say that `text` is a serial from a roll of labels: those begin with `UL`, which no phone's own serials do. */
export function isRollSerial(text: string): boolean {
  return text.startsWith("UL") && MINTED_SERIAL.test(text) && isSerialSound(text);
}

/** Give the text of the label's linear symbol: the unit's serial, or the batch on a lot label. */
export function linearText(identity: LotIdentity | UnitIdentity): string {
  return identity.kind === "unit" ? identity.unit : identity.batch;
}

/** Compute the ISO 7064 MOD 37,36 check character of `text`, its dashes left out. */
export function checkCharacter(text: string): string {
  let product = 36;
  for (const character of text.replaceAll("-", "")) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) throw new RangeError(`no check character for ${character}`);
    product = (((product + value) % 36 || 36) * 2) % 37;
  }
  return ALPHABET.charAt((37 - product) % 36);
}

/** Write the serial of a new handling unit, such as `U03K4QX-0001C`. */
export function mintSerial(deviceCode: string, incarnationTag: string, counter: number): string {
  for (const part of [deviceCode, incarnationTag]) {
    if (!/^[0-9A-Z]{3}$/.test(part)) throw new RangeError(`not three characters of 0-9 and A-Z: ${part}`);
  }
  const body = `U${deviceCode}${incarnationTag}-${counter.toString().padStart(4, "0")}`;
  if (counter < 0 || body.length >= CODE_LENGTH_MAX) throw new RangeError(`no serial has room for ${counter}`);
  return body + checkCharacter(body);
}

function namedBy(folded: string, carrier: string): LotIdentity | UnitIdentity | BareCode | null {
  const found = (ADDRESS.exec(folded) ?? HOSTLESS.exec(folded))?.groups;
  if (found?.["batch"] !== undefined && found["item"] !== undefined) {
    const { batch, item, unit, copy, origin = null } = found;
    if (unit === undefined) return { kind: "lot", batch, item, origin };
    return { kind: "unit", batch, item, unit, origin, ...(copy === undefined ? {} : { copy: Number(copy) }) };
  }
  return !FOREIGN_CARRIERS.has(carrier) && BARE.test(folded) ? { kind: "bare", text: folded } : null;
}

function checkHolds(named: LotIdentity | UnitIdentity | BareCode): boolean {
  if (named.kind === "lot") return true;
  return isSerialSound(named.kind === "unit" ? named.unit : named.text);
}

function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/** Fold only ASCII: Unicode's upper case would turn "ß" into "SS" and so invent a lot. */
function upper(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
