/**
 * What may be done with what: the table a scan meets before it is saved.
 *
 * The phone judges with what it knows, early enough to stop a mistake: it *stops* (only a second person's word or the
 * plain truth that it is already done leads on), *asks* once, or *notes*. What physically happened is never refused: a
 * receipt, a return, a count, a loss are never stopped. `TABLE` says all of it; the names of its conditions are the
 * codes that words are chosen by. Twin of `sync/rules.py`, bound to it by `tests/vectors/rules.json`.
 */

/** What an operator is about to do; a *return* is a dispatch that takes material back where it came from. */
export const OPERATIONS = [
  "consume",
  "dispatch",
  "receive",
  "return",
  "move",
  "count",
  "scrap",
  "goods_in",
  "produce",
  "pack",
  "unpack",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** `stop`: not without a second person, unless it is done already; `ask`: answer once; `note`: something to know. */
export const LEVELS = ["stop", "ask", "note"] as const;
export type Level = (typeof LEVELS)[number];

/** The roles whose word, as a second person's, leads past a stop. */
export const OVERRULERS: ReadonlySet<string> = new Set(["supervisor", "quality"]);

/** What the phone knows of the scanned unit; quantities in smallest units. */
export interface Known {
  known: boolean;
  place: string | null;
  item: string | null;
  quantity: bigint;
  owner: string | null;
  status: string | null;
  /** It, or its whole lot, is on hold. */
  is_held: boolean;
  /** The last day it may be used on, YYYY-MM-DD, as its label says. */
  expires_on: string | null;
  is_ended: boolean;
  parent: string | null;
}

/** What the operator is about to record, and what the work allows. */
export interface Act {
  operation: Operation;
  /** The place scanning happens at, "location:…". */
  here: string;
  /** The date here, YYYY-MM-DD. */
  today: string;
  /** What was entered or counted; null: the whole unit, unseen. */
  quantity: bigint | null;
  /** Whose material this work uses. */
  owner: string;
  /** The items this work takes; null: nobody has said. */
  items: readonly string[] | null;
  /** By how much a count may differ before it is asked about. */
  tolerance: bigint;
  /** What this work may still take or make, its tolerance included; null: nobody has said. */
  most: bigint | null;
}

type Condition = (known: Known, act: Act) => boolean;

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** Each is a question with yes or no; whether it matters is the table's word. */
export const CONDITIONS = {
  /** It, or its whole lot, is on hold. */
  held: (known) => known.is_held,

  /** Quality has rejected it. */
  rejected: (known) => known.status === "rejected",

  /** It waits for quality. */
  in_quarantine: (known) => known.status === "quarantine",

  /** Its last day has passed; that day itself still counts. */
  expired: (known, act) => known.expires_on !== null && DATE.test(known.expires_on) && known.expires_on < act.today,

  /** It belongs to somebody else than the material this work uses. */
  other_owner: (known, act) => known.owner !== null && known.owner !== act.owner,

  /** This work does not take its item. */
  off_bom: (known, act) => act.items !== null && known.item !== null && !act.items.includes(known.item),

  /** The label's number is on something that exists already. */
  serial_taken: (known) => known.known,

  /** Nobody has reported this unit yet. */
  unit_unknown: (known) => !known.known,

  /** It was reported empty. */
  was_emptied: (known) => known.is_ended,

  /** The books have it in another place. */
  not_here: (known, act) => known.known && known.place !== null && known.place !== act.here,

  /** It is more than the unit is known to hold. */
  more_than_known: (known, act) => known.known && act.quantity !== null && act.quantity > known.quantity,

  /** It is more than the work was to take or make, its tolerance included. */
  over_tolerance: (_, act) => act.most !== null && act.quantity !== null && act.quantity > act.most,

  /** What was counted differs from the books by more than the tolerance. */
  quantity_differs: (known, act) =>
    known.known && act.quantity !== null && distance(act.quantity, known.quantity) > act.tolerance,

  /** It was received here before. */
  already_here: (known, act) => known.known && known.place === act.here,

  /** It is packed in a larger unit. */
  inside_another: (known) => known.parent !== null,
} satisfies Record<string, Condition>;

export type RemarkCode = keyof typeof CONDITIONS;

/** Operation × condition, in the order in which an operator hears them; what is not here is done without a word. */
export const TABLE: Record<RemarkCode, Partial<Record<Operation, Level>>> = {
  held: { consume: "stop", dispatch: "stop", receive: "note", return: "note", move: "note", pack: "note" },
  rejected: { consume: "stop", dispatch: "stop", receive: "note", return: "note", move: "note", pack: "note" },
  in_quarantine: { consume: "stop", dispatch: "stop" },
  expired: { consume: "stop", dispatch: "stop", receive: "note", return: "note", move: "note", pack: "note" },
  other_owner: { consume: "stop", dispatch: "stop", pack: "ask" },
  off_bom: { consume: "stop", dispatch: "stop" },
  serial_taken: { goods_in: "ask", produce: "ask" },
  unit_unknown: {
    consume: "ask",
    dispatch: "ask",
    receive: "note",
    return: "ask",
    move: "note",
    count: "note",
    scrap: "note",
    pack: "note",
    unpack: "note",
  },
  was_emptied: {
    consume: "ask",
    dispatch: "ask",
    receive: "ask",
    return: "ask",
    move: "ask",
    scrap: "ask",
    pack: "ask",
    unpack: "ask",
  },
  not_here: { consume: "ask", dispatch: "ask", return: "ask", scrap: "ask" },
  more_than_known: { consume: "ask", scrap: "ask" },
  over_tolerance: { consume: "ask", produce: "ask" },
  quantity_differs: { receive: "ask", count: "ask" },
  already_here: { receive: "note" },
  inside_another: {
    consume: "note",
    dispatch: "note",
    receive: "note",
    return: "note",
    move: "note",
    scrap: "note",
    pack: "note",
  },
};

/** What to tell the operator. */
export interface Remark {
  level: Level;
  code: RemarkCode;
}

/** Give every remark on an act: stops first, then questions, then notes. */
export function judge(known: Known, act: Act): Remark[] {
  const remarks = (Object.keys(TABLE) as RemarkCode[]).flatMap((code) => {
    const level = TABLE[code][act.operation];
    return level !== undefined && CONDITIONS[code](known, act) ? [{ level, code }] : [];
  });
  return LEVELS.flatMap((level) => remarks.filter((remark) => remark.level === level));
}

/** Say whether a second person's word leads past a stop: of a role that may, and not the person stopped. */
export function mayOverrule(role: string, second: string, actor: string): boolean {
  return OVERRULERS.has(role) && second !== actor;
}

function distance(one: bigint, other: bigint): bigint {
  return one > other ? one - other : other - one;
}
