"""What GS1 lets a value be: one small function for each check that the syntax dictionary names.

A check answers None, or the name of what is wrong, which is the name GS1's own suite gives it in lower
case; `sentences.py` has the words for it. Twin of `pwa/src/scan/gs1/checks.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from labels.gs1.coupons import coupon_code, positive_offer_file
from labels.gs1.table import CODE_LISTS

Check = Callable[[str], str | None]

CHECK_PAIR_LENGTH_MAX = 99

_digits = re.compile(r"[0-9]*")
_cset82 = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*")
_cset39 = re.compile(r"[#\-/0-9A-Z]*")
_cset64 = re.compile(r"[\-0-9A-Z_a-z]*")
_percent = re.compile(r"%(?![0-9A-Fa-f]{2})")
_position = re.compile(r"([0-9]+)/([0-9]+)")
_iban = re.compile(r"[0-9A-Z]*")

_CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_PAIRS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def numeric(data: str) -> str | None:
    """Digits only."""
    return None if _digits.fullmatch(data) else "non_digit_character"


def cset82(data: str) -> str | None:
    """Only the 82 characters of most GS1 values: no blank, `#`, `$`, `@` or letter with an accent."""
    return None if _cset82.fullmatch(data) else "invalid_cset82_character"


def cset39(data: str) -> str | None:
    """Only digits, capital letters, `#`, `-` and `/`."""
    return None if _cset39.fullmatch(data) else "invalid_cset39_character"


def cset64(data: str) -> str | None:
    """Only base64url, padded with `=` to a multiple of three, or not at all."""
    body = data.rstrip("=")
    padding = len(data) - len(body)
    if padding > 2 or (padding and len(data) % 3):
        return "invalid_cset64_padding"
    return None if _cset64.fullmatch(body) else "invalid_cset64_character"


def check_digit(data: str) -> str | None:
    """The last digit is the weighted sum of the others: 3, 1, 3, 1 … from the right."""
    if data == "":
        return "too_short_for_check_digit"
    if not _digits.fullmatch(data):
        return "non_digit_character"
    return None if check_digit_of(data[:-1]) == data[-1] else "incorrect_check_digit"


def check_digit_of(digits: str) -> str:
    """Compute the check digit that belongs behind `digits`."""
    total = sum(int(digit) * (1 if at % 2 else 3) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def check_pair(data: str) -> str | None:
    """The last two characters are the checksum over prime weights of a global model number."""
    if len(data) < 2:
        return "too_short_for_check_pair"
    if len(data) > CHECK_PAIR_LENGTH_MAX:
        return "too_long_for_check_pair_implementation"
    body, pair = data[:-2], data[-2:]
    if not _cset82.fullmatch(body):
        return "invalid_cset82_character"
    total = sum(_CSET82.index(each) * prime for each, prime in zip(reversed(body), _primes(), strict=False)) % 1021
    return None if pair == _PAIRS[total // 32] + _PAIRS[total % 32] else "incorrect_check_pair"


@cache
def _primes() -> tuple[int, ...]:
    """List the 97 primes that weigh the characters, from the right."""
    return tuple(n for n in range(2, 510) if all(n % divisor for divisor in range(2, int(n**0.5) + 1)))


def company_prefix(_data: str) -> str | None:
    """Begins with a company prefix of GS1: nothing to tell without GS1's own list of them, so all pass."""
    return None


def has_non_digit(data: str) -> str | None:
    """Not digits alone."""
    return "requires_non_digit_character" if _digits.fullmatch(data) else None


def non_zero(data: str) -> str | None:
    """A number above zero."""
    if not _digits.fullmatch(data):
        return "non_digit_character"
    return None if data.strip("0") else "illegal_zero_value"


def zero(data: str) -> str | None:
    """Zeros only."""
    return None if data and not data.strip("0") else "not_zero"


def no_zero_prefix(data: str) -> str | None:
    """A number without a leading zero."""
    if not _digits.fullmatch(data):
        return "non_digit_character"
    return "illegal_zero_prefix" if data.startswith("0") else None


def yes_no(data: str) -> str | None:
    """0 for no, 1 for yes."""
    return None if data in ("0", "1") else "not_zero_or_one"


def winding(data: str) -> str | None:
    """A roll's winding direction: 0, 1, or 9 for undefined."""
    return None if data in ("0", "1", "9") else "invalid_winding_direction"


def biological_sex(data: str) -> str | None:
    """A code of ISO 5218: 0, 1, 2 or 9."""
    return None if data in ("0", "1", "2", "9") else "invalid_biological_sex_code"


def hyphen(data: str) -> str | None:
    """A minus sign behind a temperature below zero."""
    return None if data and not data.strip("-") else "not_hyphen"


def importer_index(data: str) -> str | None:
    """One character of base64url."""
    if len(data) != 1:
        return "importer_idx_must_be_one_character"
    return None if _cset64.fullmatch(data) else "invalid_import_idx_character"


def percent_encoding(data: str) -> str | None:
    """Every `%` is followed by two hexadecimal digits."""
    return "invalid_percent_sequence" if _percent.search(data) else None


def piece_of_total(data: str) -> str | None:
    """Half the digits number the piece, the other half count the pieces: 0103 is one of three."""
    if data == "" or len(data) % 2:
        return "invalid_length_for_piece_of_total"
    if not _digits.fullmatch(data):
        return "non_digit_character"
    piece, total = data[: len(data) // 2], data[len(data) // 2 :]
    if not piece.strip("0"):
        return "zero_piece_number"
    if not total.strip("0"):
        return "zero_total_pieces"
    return "piece_number_exceeds_total" if piece > total else None


def position_in_sequence(data: str) -> str | None:
    """A position and an end with a slash between: 2/3."""
    match = _position.fullmatch(data)
    if match is None:
        return "position_in_sequence_malformed"
    position, end = match[1], match[2]
    if position.startswith("0") or end.startswith("0"):
        return "illegal_zero_prefix"
    return "position_exceeds_end" if (len(position), position) > (len(end), end) else None


def _timed(name: str, code: str, limit: int) -> Check:
    def check(data: str) -> str | None:
        if len(data) != 2:
            return f"{name}_too_short" if len(data) < 2 else f"{name}_too_long"
        if not _digits.fullmatch(data):
            return "non_digit_character"
        return code if int(data) > limit else None

    return check


hour = _timed("hour", "illegal_hour", 23)
minute = _timed("minute", "illegal_minute", 59)
second = _timed("second", "illegal_second", 59)


def hour_and_minute(data: str) -> str | None:
    """HHMM of a day."""
    if len(data) != 4:
        return "hour_with_minute_too_short" if len(data) < 4 else "hour_with_minute_too_long"
    return hour(data[:2]) or minute(data[2:])


def _date(data: str, first_day: int) -> str | None:
    """YYYYMMDD, the day counted from `first_day`: 0 where 00 means the end of the month."""
    if not _digits.fullmatch(data):
        return "non_digit_character"
    year, month, day = int(data[:4]), int(data[4:6]), int(data[6:])
    if not 1 <= month <= 12:
        return "illegal_month"
    return None if first_day <= day <= last_day_of(year, month) else "illegal_day"


def last_day_of(year: int, month: int) -> int:
    """Give the number of days in a month, 1 to 12."""
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and is_leap else _DAYS[month - 1]


def _dated(length: int, first_day: int) -> Check:
    def check(data: str) -> str | None:
        if len(data) != length:
            return "date_too_short" if len(data) < length else "date_too_long"
        return _date(data if length == 8 else "20" + data, first_day)

    return check


date = _dated(6, 1)
date_or_month = _dated(6, 0)
full_date = _dated(8, 1)
full_date_or_month = _dated(8, 0)


def _degrees(length_code: str, code: str, limit: int) -> Check:
    def check(data: str) -> str | None:
        if len(data) != 10:
            return length_code
        if not _digits.fullmatch(data):
            return "non_digit_character"
        return code if int(data) > limit else None

    return check


latitude = _degrees("latitude_invalid_length", "invalid_latitude", 1_800_000_000)
longitude = _degrees("longitude_invalid_length", "invalid_longitude", 3_600_000_000)


def iban(data: str) -> str | None:
    """An international bank account number: country, two check digits, account; modulo 97 is one."""
    if not 4 < len(data) <= 34:
        return "iban_too_short" if len(data) <= 4 else "iban_too_long"
    if not _iban.fullmatch(data):
        return "invalid_iban_character"
    if data[:2] not in CODE_LISTS["iso3166alpha2"]:
        return "illegal_iban_country_code"
    remainder = 0
    for character in data[4:] + data[:4]:
        value = _ALPHANUMERIC.index(character)
        remainder = (remainder * (10 if value < 10 else 100) + value) % 97
    return None if remainder == 1 else "incorrect_iban_checksum"


def _listed(name: str, code: str, also: str = "") -> Check:
    def check(data: str) -> str | None:
        return None if data in CODE_LISTS[name] or (also and data == also) else code

    return check


CHECKS: dict[str, Check] = {
    "couponcode": coupon_code,
    "couponposoffer": positive_offer_file,
    "cset39": cset39,
    "cset64": cset64,
    "cset82": cset82,
    "csetnumeric": numeric,
    "csum": check_digit,
    "csumalpha": check_pair,
    "gcppos1": company_prefix,
    "gcppos2": company_prefix,
    "hasnondigit": has_non_digit,
    "hh": hour,
    "hhmi": hour_and_minute,
    "hyphen": hyphen,
    "iban": iban,
    "importeridx": importer_index,
    "iso3166": _listed("iso3166", "not_iso3166"),
    "iso3166999": _listed("iso3166", "not_iso3166_or_999", also="999"),
    "iso3166alpha2": _listed("iso3166alpha2", "not_iso3166_alpha2"),
    "iso4217": _listed("iso4217", "not_iso4217"),
    "iso5218": biological_sex,
    "latitude": latitude,
    "longitude": longitude,
    "mediatype": _listed("mediatype", "invalid_media_type"),
    "mi": minute,
    "nonzero": non_zero,
    "nozeroprefix": no_zero_prefix,
    "packagetype": _listed("packagetype", "invalid_package_type"),
    "pcenc": percent_encoding,
    "pieceoftotal": piece_of_total,
    "posinseqslash": position_in_sequence,
    "ss": second,
    "winding": winding,
    "yesno": yes_no,
    "yymmd0": date_or_month,
    "yymmdd": date,
    "yyyymmd0": full_date_or_month,
    "yyyymmdd": full_date,
    "zero": zero,
}
