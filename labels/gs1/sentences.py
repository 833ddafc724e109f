"""Every fault of GS1 data in words that somebody beside a pallet understands."""

from __future__ import annotations

from labels.gs1.elements import Fault

# {ai} is the application identifier, {reason} what a check found or the other identifier.
SENTENCES = {
    "gs1_empty": "The code is empty.",
    "gs1_character_illegal": "The code has a character that no GS1 code may have.",
    "gs1_ai_unknown": "GS1 knows no application identifier ({ai}).",
    "gs1_brackets_wrong": "Application identifiers are written in round brackets, such as (01) and (10).",
    "gs1_value_empty": "Nothing stands behind ({ai}).",
    "gs1_value_short": "What stands behind ({ai}) is too short.",
    "gs1_value_long": "What stands behind ({ai}) is too long; a separator may have been lost in between.",
    "gs1_value_wrong": "What stands behind ({ai}) is wrong: {reason}.",
    "gs1_ai_repeated": "({ai}) stands there twice with different values.",
    "gs1_ai_excluded": "({ai}) and ({reason}) do not go together.",
    "gs1_ai_unaccompanied": "({ai}) says nothing without the identifier that it belongs to.",
    "gs1_signature_unserialised": "The signature needs a serial number behind ({ai}).",
    "gs1_link_character": "The address has a character that no web address may have.",
    "gs1_link_address": "That is no web address of http or https.",
    "gs1_link_without_key": "The address names no article, pallet or other key of GS1.",
    "gs1_link_path_order": "What follows ({ai}) in the address is not in GS1's order.",
    "gs1_link_attribute": "({ai}) may not stand behind the question mark of an address.",
    "gs1_link_belongs_in_path": "({ai}) belongs before the question mark of the address.",
    "gs1_symbology_unknown": "The scanner named a kind of symbol that is not known here.",
    "gs1_symbology_elements_only": "This kind of symbol holds no plain text.",
    "gs1_article_number_wrong": "The article number has a wrong length or check digit.",
    "gs1_no_goods": "The code names no article, pallet, lot or serial number.",
}

REASONS = {
    "non_digit_character": "only digits are allowed",
    "invalid_cset82_character": "it has a blank or another character that is not allowed",
    "invalid_cset39_character": "only digits, capital letters, # - / are allowed",
    "invalid_cset64_character": "only letters, digits, - and _ are allowed",
    "invalid_cset64_padding": "the = at its end are too many or too few",
    "too_short_for_check_digit": "there is no check digit",
    "incorrect_check_digit": "its check digit is wrong",
    "too_short_for_check_pair": "there are no two check characters",
    "too_long_for_check_pair_implementation": "it is longer than check characters can cover",
    "incorrect_check_pair": "its two check characters are wrong",
    "requires_non_digit_character": "it may not be all digits",
    "illegal_zero_value": "it may not be zero",
    "not_zero": "it must be zero",
    "illegal_zero_prefix": "it may not begin with a zero",
    "not_zero_or_one": "it must be 0 or 1",
    "invalid_winding_direction": "the winding direction must be 0, 1 or 9",
    "invalid_biological_sex_code": "it must be 0, 1, 2 or 9",
    "not_hyphen": "only a minus sign may stand at its end",
    "importer_idx_must_be_one_character": "the importer index must be one character",
    "invalid_import_idx_character": "the importer index must be a letter, a digit, - or _",
    "invalid_percent_sequence": "a % must be followed by two hexadecimal digits",
    "invalid_length_for_piece_of_total": "piece and total must have as many digits each",
    "zero_piece_number": "the piece number is zero",
    "zero_total_pieces": "the number of pieces is zero",
    "piece_number_exceeds_total": "the piece number is above the number of pieces",
    "position_in_sequence_malformed": "it must be a position and a total, such as 2/3",
    "position_exceeds_end": "the position is above the total",
    "hour_too_short": "the hour must have two digits",
    "hour_too_long": "the hour must have two digits",
    "illegal_hour": "there is no such hour",
    "minute_too_short": "the minutes must have two digits",
    "minute_too_long": "the minutes must have two digits",
    "illegal_minute": "there is no such minute",
    "second_too_short": "the seconds must have two digits",
    "second_too_long": "the seconds must have two digits",
    "illegal_second": "there is no such second",
    "hour_with_minute_too_short": "the time must have four digits",
    "hour_with_minute_too_long": "the time must have four digits",
    "date_too_short": "the date is too short",
    "date_too_long": "the date is too long",
    "illegal_month": "there is no such month",
    "illegal_day": "there is no such day",
    "latitude_invalid_length": "the latitude must have ten digits",
    "invalid_latitude": "there is no such latitude",
    "longitude_invalid_length": "the longitude must have ten digits",
    "invalid_longitude": "there is no such longitude",
    "iban_too_short": "the account number is too short",
    "iban_too_long": "the account number is too long",
    "invalid_iban_character": "an account number has only digits and capital letters",
    "illegal_iban_country_code": "the account number names no country",
    "incorrect_iban_checksum": "the check digits of the account number are wrong",
    "not_iso3166": "there is no such country number",
    "not_iso3166_or_999": "there is no such country number",
    "not_iso3166_alpha2": "there is no such country code",
    "not_iso4217": "there is no such currency number",
    "invalid_media_type": "there is no such kind of medium",
    "invalid_package_type": "there is no such kind of package",
    "coupon_expiration_before_start": "the coupon ends before it begins",
    "coupon_excess_data": "the coupon has more behind its last field",
}

_COUPON_FAULTS = {
    "coupon_missing_": "the coupon's {field} is missing",
    "coupon_truncated_": "the coupon's {field} is cut off",
    "coupon_invalid_": "the coupon's {field} is not allowed",
    "coupon_too_short_for_": "the coupon's {field} is cut off",
}


def sentence_of(fault: Fault) -> str:
    """Say a fault in words."""
    return SENTENCES[fault.code].format(ai=fault.ai, reason=_reason(fault))


def _reason(fault: Fault) -> str:
    if fault.code != "gs1_value_wrong":
        return fault.reason
    for beginning, words in _COUPON_FAULTS.items():
        if fault.reason.startswith(beginning):
            return words.format(field=fault.reason.removeprefix(beginning).replace("_", " "))
    return REASONS[fault.reason]
