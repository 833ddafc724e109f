/**
 * What may be done with what: the checks a scan meets before it is saved.
 *
 * The phone judges with what it knows, early enough to stop a mistake; what physically happened is never refused, so a
 * rule asks once or notes, and the scan is saved. Each rule is a small function; `RULES` is the whole list, and its
 * names are the codes that words are chosen by. Twin of `sync/rules.py`, bound to it by `tests/vectors/rules.json`.
 */

export type Operation = "goods_in" | "receive" | "consume" | "produce" | "dispatch";
/** `ask`: a question to answer once; `note`: something to know. */
export type Level = "ask" | "note";

/** What the phone knows of the scanned unit; quantities in smallest units. */
export interface Known {
  known: boolean;
  place: string | null;
  quantity: bigint;
  owner: string | null;
  status: string | null;
  is_ended: boolean;
  parent: string | null;
}

/** What the operator is about to record. */
export interface Act {
  operation: Operation;
  /** The place scanning happens at, "location:…". */
  here: string;
  /** What was entered or counted; null: the whole unit, unseen. */
  quantity: bigint | null;
  /** Whose material this work uses. */
  owner: string;
}

type Rule = (known: Known, act: Act) => Level | null;

const oneOf = (act: Act, ...operations: Operation[]): boolean => operations.includes(act.operation);

/** In the order in which an operator hears them; the name is the code. */
export const RULES = {
  /** A new label must not carry the serial of a unit that exists. */
  serial_taken: (known, act) => (known.known && oneOf(act, "goods_in", "produce") ? "ask" : null),

  /** A label nobody has reported yet: an arrival is only noted, a use or a dispatch asks. */
  unit_unknown: (known, act) => {
    if (known.known || oneOf(act, "goods_in", "produce")) return null;
    return act.operation === "receive" ? "note" : "ask";
  },

  /** The unit was reported empty: ask before anything more is done with it. */
  was_emptied: (known, act) => (known.is_ended && oneOf(act, "receive", "consume", "dispatch") ? "ask" : null),

  /** The books have the unit somewhere else: perhaps it is the wrong label. */
  not_here: (known, act) => {
    if (!known.known || !oneOf(act, "consume", "dispatch")) return null;
    return known.place !== null && known.place !== act.here ? "ask" : null;
  },

  /** Quality has rejected this material. */
  rejected: (known, act) => (known.status === "rejected" && oneOf(act, "consume", "dispatch") ? "ask" : null),

  /** The material belongs to somebody else. */
  other_owner: (known, act) => {
    if (known.owner === null || !oneOf(act, "consume", "dispatch")) return null;
    return known.owner !== act.owner ? "ask" : null;
  },

  /** The material waits for quality: a use asks, a dispatch is noted. */
  in_quarantine: (known, act) => {
    if (known.status !== "quarantine") return null;
    if (act.operation === "consume") return "ask";
    return act.operation === "dispatch" ? "note" : null;
  },

  /** More is to be used than the unit is known to hold. */
  more_than_known: (known, act) => {
    if (act.operation !== "consume" || !known.known || act.quantity === null) return null;
    return act.quantity > known.quantity ? "ask" : null;
  },

  /** What was counted on arrival is not what was sent. */
  quantity_differs: (known, act) => {
    if (act.operation !== "receive" || !known.known || act.quantity === null) return null;
    return act.quantity !== known.quantity ? "ask" : null;
  },

  /** The unit was received here before: a second receipt changes nothing. */
  already_here: (known, act) =>
    act.operation === "receive" && known.known && known.place === act.here ? "note" : null,

  /** The unit is packed in a larger one: handling it alone takes it out. */
  inside_another: (known, act) =>
    known.parent !== null && oneOf(act, "receive", "consume", "dispatch") ? "note" : null,
} satisfies Record<string, Rule>;

export type RemarkCode = keyof typeof RULES;

/** What to tell the operator. */
export interface Remark {
  level: Level;
  code: RemarkCode;
}

/** Give every remark on an act, questions first. */
export function judge(known: Known, act: Act): Remark[] {
  const remarks = (Object.keys(RULES) as RemarkCode[]).flatMap((code) => {
    const level = (RULES[code] as Rule)(known, act);
    return level === null ? [] : [{ level, code }];
  });
  return [...remarks.filter(({ level }) => level === "ask"), ...remarks.filter(({ level }) => level === "note")];
}
