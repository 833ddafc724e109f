/** The two coupon values of North American retail, field by field; twin of `labels/gs1/coupons.py`. */

type Kind = "sized" | "fixed" | "choice" | "any" | "date";

/** How it is read, its name, its characters (on top of those its first digit counts), and what that digit may be. */
type Field = readonly [kind: Kind, name: string, length: number, allowed?: string, faultName?: string];

const purchase = (which: string): Field[] => [
  ["sized", `${which}_purchase_requirement`, 0, "12345"],
  ["choice", `${which}_purchase_requirement_code`, 1, "012349"],
  ["fixed", `${which}_purchase_family_code`, 3],
];

const REQUIRED: Field[] = [
  ["sized", "gcp", 6, "0123456"],
  ["fixed", "offer_code", 6],
  ["sized", "save_value", 0, "12345"],
  ...purchase("1st"),
];

// In this order only, each behind its own digit.
const OPTIONAL: [string, Field[]][] = [
  [
    "1",
    [
      ["choice", "additional_purchase_rules_code", 1, "0123"],
      ...purchase("2nd"),
      ["sized", "2nd_purchase_gcp", 6, "01234569"],
    ],
  ],
  ["2", [...purchase("3rd"), ["sized", "3rd_purchase_gcp", 6, "01234569"]]],
  // The misspelling is the suite's own name for it.
  ["3", [["date", "expiration_date", 6, "", "exipiration_date"]]],
  ["4", [["date", "start_date", 6, "", "start_date"]]],
  ["5", [["sized", "serial_number", 6, "0123456789"]]],
  ["6", [["sized", "retailer_gcp_or_gln", 6, "1234567"]]],
  [
    "9",
    [
      ["choice", "save_value_code", 1, "01256"],
      ["choice", "save_value_applies_to_item", 1, "012"],
      ["any", "store_coupon_flag", 1],
      ["choice", "dont_multiply_flag", 1, "01"],
    ],
  ],
];

const POSITIVE_OFFER: Field[] = [
  ["choice", "format_code", 1, "01"],
  ["sized", "funder", 6, "0123456"],
  ["fixed", "offer_code", 6],
  ["sized", "serial_number", 6, "0123456789"],
];

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A coupon of AI 8110: what it takes off, for what, until when. */
export function couponCode(data: string): string | null {
  if (!/^[0-9]*$/.test(data)) return "non_digit_character";
  const read = new Map<string, string>();
  let [at, fault] = readFields(data, 0, REQUIRED, read);
  for (const [digit, fields] of OPTIONAL) {
    if (fault === null && data.charAt(at) === digit) [at, fault] = readFields(data, at + 1, fields, read);
  }
  if (fault !== null) return fault;
  const start = read.get("start_date");
  if (start !== undefined && (read.get("expiration_date") ?? start) < start) return "coupon_expiration_before_start";
  return at === data.length ? null : "coupon_excess_data";
}

/** A coupon of AI 8112, which stands in a file of valid offers. */
export function positiveOfferFile(data: string): string | null {
  if (!/^[0-9]*$/.test(data)) return "non_digit_character";
  const [at, fault] = readFields(data, 0, POSITIVE_OFFER, new Map());
  return fault ?? (at === data.length ? null : "coupon_excess_data");
}

type End = [at: number, fault: string | null];

function readFields(data: string, from: number, fields: Field[], read: Map<string, string>): End {
  let at = from;
  for (const field of fields) {
    const [end, fault] = endOf(data, at, field);
    if (fault !== null) return [at, fault];
    read.set(field[1], data.slice(at, end));
    at = end;
  }
  return [at, null];
}

function endOf(data: string, at: number, field: Field): End {
  const [kind, name, length, allowed = "", faultName] = field;
  const end = at + length;
  const isShort = end > data.length;
  switch (kind) {
    case "sized":
      return sized(data, at, field);
    case "fixed":
      return [end, isShort ? `coupon_truncated_${name}` : null];
    case "date":
      if (isShort) return [end, `coupon_too_short_for_${name}`];
      return [end, isDate(data.slice(at, end)) ? null : `coupon_invalid_${faultName}`];
    default:
      if (isShort) return [end, `coupon_missing_${name}`];
      return [end, kind === "any" || allowed.includes(data.charAt(at)) ? null : `coupon_invalid_${name}`];
  }
}

function sized(data: string, at: number, [, name, length, allowed = ""]: Field): End {
  const size = data.charAt(at);
  if (size === "") return [at, `coupon_missing_${name}_vli`];
  if (!allowed.includes(size)) return [at, `coupon_invalid_${name}_length`];
  // Behind a 9 stands no company prefix.
  const hasNone = size === "9" && name.endsWith("_purchase_gcp");
  const end = at + 1 + (hasNone ? 0 : length + Number(size));
  return [end, end <= data.length ? null : `coupon_truncated_${name}`];
}

function isDate(text: string): boolean {
  const [year, month, day] = [text.slice(0, 2), text.slice(2, 4), text.slice(4)].map(Number) as [number, number, number];
  const last = DAYS[month - 1];
  return last !== undefined && day >= 1 && day <= last && !(month === 2 && day === 29 && year % 4 !== 0);
}
