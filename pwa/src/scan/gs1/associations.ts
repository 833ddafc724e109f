/** Which elements must, and which must not, stand on one item; twin of `labels/gs1/associations.py`. */
import { entryOf, fault, type Elements, type Fault } from "./elements";

// Of these keys the signature needs the serial part, which comes behind so many characters.
const SERIAL_BEHIND: Readonly<Record<string, number>> = { "253": 13, "255": 13, "8003": 14 };
const SIGNATURE = "8030";

/** Say which rule between elements is broken, if any. */
export function associationFault(elements: Elements): Fault | null {
  return (
    repeatFault(elements) ?? exclusionFault(elements) ?? requisiteFault(elements) ?? unsignedSerialFault(elements)
  );
}

/** One AI has one value, however often it stands there. */
export function repeatFault(elements: Elements): Fault | null {
  const values = new Map<string, string>();
  for (const [ai, value] of elements) {
    if ((values.get(ai) ?? value) !== value) return fault("gs1_ai_repeated", ai);
    values.set(ai, value);
  }
  return null;
}

/** Two AIs that exclude each other do not stand together. */
export function exclusionFault(elements: Elements): Fault | null {
  for (const [ai] of elements) {
    for (const pattern of entryOf(ai)?.[6] ?? []) {
      const other = elements.find(([each]) => each !== ai && matches(pattern, each));
      if (other !== undefined) return fault("gs1_ai_excluded", ai, other[0]);
    }
  }
  return null;
}

/** What an AI only qualifies is there too. */
export function requisiteFault(elements: Elements): Fault | null {
  const has = (pattern: string): boolean => elements.some(([ai]) => matches(pattern, ai));
  for (const [ai] of elements) {
    for (const alternatives of entryOf(ai)?.[5] ?? []) {
      if (!alternatives.some((group) => group.every(has))) return fault("gs1_ai_unaccompanied", ai);
    }
  }
  return null;
}

/** A digital signature signs one thing: the key beside it carries a serial. */
export function unsignedSerialFault(elements: Elements): Fault | null {
  if (!elements.some(([ai]) => ai === SIGNATURE)) return null;
  const bare = elements.find(([ai, value]) => value.length === SERIAL_BEHIND[ai]);
  return bare === undefined ? null : fault("gs1_signature_unserialised", bare[0]);
}

function matches(pattern: string, ai: string): boolean {
  return pattern.length === ai.length && [...pattern].every((each, at) => each === "n" || each === ai.charAt(at));
}
