/**
 * What GS1 lets a value be: one small function for each check that the syntax dictionary names.
 *
 * A check answers null, or the name of what is wrong. Twin of `labels/gs1/checks.py`, which says what each is about.
 */
import { checkDigitOf } from "./check-digit";
import { couponCode, positiveOfferFile } from "./coupons";
import { CODE_LISTS } from "./table";

export type Check = (data: string) => string | null;

const CHECK_PAIR_LENGTH_MAX = 99;
const CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const PAIRS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isDigits = (data: string): boolean => /^[0-9]*$/.test(data);
const isZeros = (data: string): boolean => /^0*$/.test(data);
const isCset82 = (data: string): boolean => /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*$/.test(data);
const isCset64 = (data: string): boolean => /^[\-0-9A-Z_a-z]*$/.test(data);

export const numeric: Check = (data) => (isDigits(data) ? null : "non_digit_character");
export const cset82: Check = (data) => (isCset82(data) ? null : "invalid_cset82_character");
export const cset39: Check = (data) => (/^[#\-/0-9A-Z]*$/.test(data) ? null : "invalid_cset39_character");

export const cset64: Check = (data) => {
  const body = data.replace(/=+$/, "");
  const padding = data.length - body.length;
  if (padding > 2 || (padding > 0 && data.length % 3 !== 0)) return "invalid_cset64_padding";
  return isCset64(body) ? null : "invalid_cset64_character";
};

export const checkDigit: Check = (data) => {
  if (data === "") return "too_short_for_check_digit";
  if (!isDigits(data)) return "non_digit_character";
  return checkDigitOf(data.slice(0, -1)) === data.slice(-1) ? null : "incorrect_check_digit";
};

const checkPair: Check = (data) => {
  if (data.length < 2) return "too_short_for_check_pair";
  if (data.length > CHECK_PAIR_LENGTH_MAX) return "too_long_for_check_pair_implementation";
  const body = data.slice(0, -2);
  if (!isCset82(body)) return "invalid_cset82_character";
  const weights = primes(body.length);
  const weighed = [...body].reverse().map((each, at) => CSET82.indexOf(each) * (weights[at] ?? 0));
  const total = weighed.reduce((sum, each) => sum + each, 0) % 1021;
  const pair = PAIRS.charAt(Math.floor(total / 32)) + PAIRS.charAt(total % 32);
  return data.slice(-2) === pair ? null : "incorrect_check_pair";
};

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** Nothing to tell without GS1's own list of company prefixes, so all pass. */
const companyPrefix: Check = () => null;

const hasNonDigit: Check = (data) => (isDigits(data) ? "requires_non_digit_character" : null);

const nonZero: Check = (data) => {
  if (!isDigits(data)) return "non_digit_character";
  return isZeros(data) ? "illegal_zero_value" : null;
};

const zero: Check = (data) => (data !== "" && isZeros(data) ? null : "not_zero");

const noZeroPrefix: Check = (data) => {
  if (!isDigits(data)) return "non_digit_character";
  return data.startsWith("0") ? "illegal_zero_prefix" : null;
};

const oneOf =
  (characters: string, code: string): Check =>
  (data) =>
    data.length === 1 && characters.includes(data) ? null : code;

const hyphen: Check = (data) => (/^-+$/.test(data) ? null : "not_hyphen");

const importerIndex: Check = (data) => {
  if (data.length !== 1) return "importer_idx_must_be_one_character";
  return isCset64(data) ? null : "invalid_import_idx_character";
};

const percentEncoding: Check = (data) => (/%(?![0-9A-Fa-f]{2})/.test(data) ? "invalid_percent_sequence" : null);

const pieceOfTotal: Check = (data) => {
  if (data === "" || data.length % 2 !== 0) return "invalid_length_for_piece_of_total";
  if (!isDigits(data)) return "non_digit_character";
  const [piece, total] = [data.slice(0, data.length / 2), data.slice(data.length / 2)];
  if (isZeros(piece)) return "zero_piece_number";
  if (isZeros(total)) return "zero_total_pieces";
  return piece > total ? "piece_number_exceeds_total" : null;
};

const positionInSequence: Check = (data) => {
  const [, position, end] = /^([0-9]+)\/([0-9]+)$/.exec(data) ?? [];
  if (position === undefined || end === undefined) return "position_in_sequence_malformed";
  if (position.startsWith("0") || end.startsWith("0")) return "illegal_zero_prefix";
  const isBehind = position.length === end.length ? position > end : position.length > end.length;
  return isBehind ? "position_exceeds_end" : null;
};

const timed =
  (name: string, code: string, limit: number): Check =>
  (data) => {
    if (data.length !== 2) return data.length < 2 ? `${name}_too_short` : `${name}_too_long`;
    if (!isDigits(data)) return "non_digit_character";
    return Number(data) > limit ? code : null;
  };

const hour = timed("hour", "illegal_hour", 23);
const minute = timed("minute", "illegal_minute", 59);

const hourAndMinute: Check = (data) => {
  if (data.length !== 4) return data.length < 4 ? "hour_with_minute_too_short" : "hour_with_minute_too_long";
  return hour(data.slice(0, 2)) ?? minute(data.slice(2));
};

const dated =
  (length: number, firstDay: number): Check =>
  (data) => {
    if (data.length !== length) return data.length < length ? "date_too_short" : "date_too_long";
    if (!isDigits(data)) return "non_digit_character";
    const text = length === 8 ? data : `20${data}`;
    const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6)].map(Number) as [number, number, number];
    if (month < 1 || month > 12) return "illegal_month";
    return day < firstDay || day > lastDayOf(year, month) ? "illegal_day" : null;
  };

/** Give the number of days in a month, 1 to 12. */
export function lastDayOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

const degrees =
  (lengthCode: string, code: string, limit: number): Check =>
  (data) => {
    if (data.length !== 10) return lengthCode;
    if (!isDigits(data)) return "non_digit_character";
    return Number(data) > limit ? code : null;
  };

const iban: Check = (data) => {
  if (data.length <= 4 || data.length > 34) return data.length <= 4 ? "iban_too_short" : "iban_too_long";
  if (!/^[0-9A-Z]*$/.test(data)) return "invalid_iban_character";
  if (!listed("iso3166alpha2").has(data.slice(0, 2))) return "illegal_iban_country_code";
  let remainder = 0;
  for (const character of data.slice(4) + data.slice(0, 4)) {
    const value = ALPHANUMERIC.indexOf(character);
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97;
  }
  return remainder === 1 ? null : "incorrect_iban_checksum";
};

const lists = new Map<string, ReadonlySet<string>>();

function listed(name: keyof typeof CODE_LISTS): ReadonlySet<string> {
  let list = lists.get(name);
  if (list === undefined) lists.set(name, (list = new Set(CODE_LISTS[name].split(" "))));
  return list;
}

const inList =
  (name: keyof typeof CODE_LISTS, code: string, also?: string): Check =>
  (data) =>
    listed(name).has(data) || data === also ? null : code;

export const CHECKS: Readonly<Record<string, Check>> = {
  couponcode: couponCode,
  couponposoffer: positiveOfferFile,
  cset39,
  cset64,
  cset82,
  csetnumeric: numeric,
  csum: checkDigit,
  csumalpha: checkPair,
  gcppos1: companyPrefix,
  gcppos2: companyPrefix,
  hasnondigit: hasNonDigit,
  hh: hour,
  hhmi: hourAndMinute,
  hyphen,
  iban,
  importeridx: importerIndex,
  iso3166: inList("iso3166", "not_iso3166"),
  iso3166999: inList("iso3166", "not_iso3166_or_999", "999"),
  iso3166alpha2: inList("iso3166alpha2", "not_iso3166_alpha2"),
  iso4217: inList("iso4217", "not_iso4217"),
  iso5218: oneOf("0129", "invalid_biological_sex_code"),
  latitude: degrees("latitude_invalid_length", "invalid_latitude", 1_800_000_000),
  longitude: degrees("longitude_invalid_length", "invalid_longitude", 3_600_000_000),
  mediatype: inList("mediatype", "invalid_media_type"),
  mi: minute,
  nonzero: nonZero,
  nozeroprefix: noZeroPrefix,
  packagetype: inList("packagetype", "invalid_package_type"),
  pcenc: percentEncoding,
  pieceoftotal: pieceOfTotal,
  posinseqslash: positionInSequence,
  ss: timed("second", "illegal_second", 59),
  winding: oneOf("019", "invalid_winding_direction"),
  yesno: oneOf("01", "not_zero_or_one"),
  yymmd0: dated(6, 0),
  yymmdd: dated(6, 1),
  yyyymmd0: dated(8, 0),
  yyyymmdd: dated(8, 1),
  zero,
};
