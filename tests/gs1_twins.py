"""Questions for the GS1 grammar and its answers, for the phone's twin to give the same.

Every case of GS1's own suite is asked, and as many generated ones as wanted: sound messages of random elements, the
same damaged the way printers, scanners and people damage them, and rubbish. A question is a function of the grammar and
its arguments. `pwa/tests/gs1.test.ts` asks the phone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gs1_vectors
import msgspec

from labels import identity
from labels.gs1 import associations, checks, digital_link, elements, goods, scan_data
from labels.gs1.checks import CHECKS, check_digit_of
from labels.gs1.elements import SEPARATOR, Element
from labels.gs1.entry import Component
from labels.gs1.table import CODE_LISTS, ENTRIES

SHARE = gs1_vectors.FOLDER / "twins.jsonl"
SHARE_COUNT = 600

SEED = 20261126
YEAR = 2026

Question = tuple[str, list[Any]]

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "lint": lambda name, data: CHECKS[name](data),
    "check_digit_of": checks.check_digit_of,
    "read_elements": elements.read_elements,
    "element_string": elements.element_string,
    "read_bracketed": elements.read_bracketed,
    "bracketed": elements.bracketed,
    "association_fault": associations.association_fault,
    "repeat_fault": associations.repeat_fault,
    "exclusion_fault": associations.exclusion_fault,
    "requisite_fault": associations.requisite_fault,
    "unsigned_serial_fault": associations.unsigned_serial_fault,
    "read_link": digital_link.read_link,
    "write_link": digital_link.write_link,
    "unescaped_path": digital_link.unescaped_path,
    "unescaped_query": digital_link.unescaped_query,
    "escaped_path": digital_link.escaped_path,
    "escaped_query": digital_link.escaped_query,
    "read_scan": scan_data.read_scan,
    "plain_scan": scan_data.plain_scan,
    "element_scan": scan_data.element_scan,
    "article_scan": scan_data.article_scan,
    "read_goods": goods.read_goods,
    "parse": identity.parse,
}
TAKE_ELEMENTS = {
    "element_string",
    "bracketed",
    "association_fault",
    "repeat_fault",
    "exclusion_fault",
    "requisite_fault",
    "unsigned_serial_fault",
    "write_link",
}


def answer(question: Question) -> Any:
    """Ask our grammar, and give what a JSON file can hold."""
    name, arguments = question
    return msgspec.to_builtins(FUNCTIONS[name](*arguments))


def vector_questions() -> Iterator[Question]:
    """Ask what GS1's suite asks."""
    for _, case in gs1_vectors.cases("linters"):
        yield "lint", [case["lint"], case["data"]]
    for name in ("ai", "dl_generate", "dl_parse", "payload_verdicts", "scandata", "uri_escape"):
        for _, case in gs1_vectors.cases(name):
            yield from _asked_by(case)


def _asked_by(case: dict[str, Any]) -> Iterator[Question]:
    texts = [case[key] for key in ("bracketed", "elements", "uri", "in", "scan", "data", "inp") if case.get(key)]
    for text in texts:
        yield from _of_text(text)
        yield from _of_text(text.removeprefix("^").replace("^", SEPARATOR))
    if "bracketed" in case:
        read = gs1_vectors.loose(case["bracketed"])
        for name in sorted(TAKE_ELEMENTS - {"write_link"}):
            yield name, [read]
        yield "write_link", [read, *([case["stem"]] if case.get("stem") else [])]
    if case.get("fn") == "testGenerateScanData":
        yield from _of_symbology(gs1_vectors.SYMBOLOGIES.get(case["sym"], "qr"), case["data"])
    if "inp" in case:
        for name in ("unescaped_path", "unescaped_query", "escaped_path", "escaped_query"):
            yield name, [case["inp"]]


def _of_text(text: str) -> Iterator[Question]:
    for name in ("read_elements", "read_bracketed", "read_link", "read_scan"):
        yield name, [text]
    yield "read_goods", [text, YEAR]
    yield "parse", [text, "wedge"]


def _of_symbology(symbology: str, data: str) -> Iterator[Question]:
    linear, _, above = data.partition("|^")
    composite = gs1_vectors.loose(above)
    yield "plain_scan", [symbology, data]
    yield "article_scan", [symbology, linear.removeprefix("^01"), composite]
    yield "element_scan", [symbology, [Element("01", linear[3:]), Element("10", "A")][: 1 + len(data) % 2], composite]


def generated_questions(count: int, seed: int = SEED) -> Iterator[Question]:
    """Ask `count` questions that nobody has thought of, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield chance.choices(ASKED, WEIGHTS)[0](chance)


def _value_of(chance: random.Random, component: Component) -> str:
    length = chance.randint(component.length_min, component.length_max)
    if chance.random() < 0.3:
        length = min(length, component.length_min + 3)
    characters = {"N": "0123456789", "X": _CSET82, "Y": "#-/0123456789ABCXYZ", "Z": "-_09AZaz"}
    value = "".join(chance.choices(characters[component.character_set], k=length))
    for check in component.checks:
        value = _sound(chance, check, value)
    return value


_CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" + "0123456789ABC-" * 6


def _sound(chance: random.Random, check: str, value: str) -> str:
    """Make a value pass a check, mostly."""
    if check in CODE_LISTS:
        return chance.choice(sorted(CODE_LISTS[check]))
    day = f"{chance.randint(1, 12):02}{chance.randint(0, 31):02}"
    made = {
        "csum": lambda: value[:-1] + check_digit_of(value[:-1]),
        "csumalpha": lambda: chance.choice(["1987654Ad4X4bL5ttr2310c2K", "12345_ABCDEFGHIJKLMCP", value]),
        "couponcode": lambda: chance.choice(_coupons("couponcode")),
        "couponposoffer": lambda: chance.choice(_coupons("couponposoffer")),
        "hh": lambda: f"{chance.randint(0, 24):02}",
        "hhmi": lambda: f"{chance.randint(0, 23):02}{chance.randint(0, 60):02}",
        "hyphen": lambda: "-",
        "iban": lambda: chance.choice(["DE91100000000123456789", "BE71096123456769", value]),
        "iso3166999": lambda: "999",
        "latitude": lambda: f"{chance.randint(0, 1_800_000_000):010}",
        "mi": lambda: f"{chance.randint(0, 60):02}",
        "pieceoftotal": lambda: f"{chance.randint(0, 9):02}{chance.randint(1, 9):02}",
        "posinseqslash": lambda: f"{chance.randint(0, 9)}/{chance.randint(1, 9)}",
        "ss": lambda: f"{chance.randint(0, 60):02}",
        "winding": lambda: chance.choice("0129"),
        "yesno": lambda: chance.choice("012"),
        "yymmd0": lambda: value[:2] + day,
        "yymmdd": lambda: value[:2] + day,
        "yyyymmdd": lambda: value[:4] + day,
        "zero": lambda: "0",
    }
    return made[check]() if check in made else value


def _coupons(check: str) -> list[str]:
    return _COUPONS.setdefault(
        check, [case["data"] for _, case in gs1_vectors.cases("linters") if case["lint"] == check]
    )


_COUPONS: dict[str, list[str]] = {}
_COMMON = ("00", "01", "02", "10", "11", "15", "17", "21", "22", "30", "37", "240", "310", "410", "91")


def _element(chance: random.Random) -> Element:
    if chance.random() < 0.5:
        wanted = chance.choice(_COMMON)
        entry = next(each for each in ENTRIES if each.first.startswith(wanted) and len(wanted) >= len(each.first) - 1)
    else:
        entry = chance.choice(ENTRIES)
    ai = f"{chance.randint(int(entry.first), int(entry.last)):0{len(entry.first)}}"
    parts = [part for part in entry.components if not part.is_optional or chance.random() < 0.5]
    return Element(ai, "".join(_value_of(chance, part) for part in parts))


def message(chance: random.Random) -> list[Element]:
    """Put a few elements together, most of them sound by themselves."""
    found = [_element(chance) for _ in range(chance.randint(1, 5))]
    if chance.random() < 0.15:
        found.append(chance.choice(found))
    return found


_NOISE = "0123456789ABCabc()]}[%/?&=#+.-:\\^|_~ " + SEPARATOR + "\t\x00\x7fé€😀ıſ"


def _damaged(chance: random.Random, text: str) -> str:
    """Lose, add, change or swap characters, as printers, scanners and people do."""
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        at = chance.randint(0, len(text))
        match chance.randint(0, 5):
            case 0:
                text = text[:at] + text[at + 1 :]
            case 1:
                text = text[:at] + chance.choice(_NOISE) + text[at:]
            case 2:
                text = text[:at] + chance.choice(_NOISE) + text[at + 1 :]
            case 3:
                text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
            case 4:
                text = text.replace(SEPARATOR, "", 1)
            case _:
                text = text[: max(1, at)]
    return text


_CARRIERS = ("]C0", "]C1", "]E0", "]E4", "]I0", "]I1", "]J0", "]J1", "]Q1", "]Q3", "]d1", "]d2", "]d4", "]d7", "]d8")
_STEMS = (
    "https://id.gs1.org",
    "HTTPS://ID.EXAMPLE.COM",
    "http://a.b:8080/x/y",
    "https://[2001:db8::1]",
    "https://a/00/b",
)


def _link_text(chance: random.Random) -> str:
    chosen = message(chance)
    written = digital_link.write_link(chosen, chance.choice(_STEMS[:2]))
    if isinstance(written, str) and chance.random() < 0.7:
        return written
    pairs = [(ai, digital_link.escaped_path(value)) for ai, value in chosen]
    cut = chance.randint(1, len(pairs))
    path = "".join(f"/{ai}/{value}" for ai, value in pairs[:cut])
    query = "&".join(f"{ai}={value}" for ai, value in pairs[cut:])
    return chance.choice(_STEMS) + path + (f"?{query}" if query else "") + chance.choice(["", "", "#x", "&y=z"])


def _own_text(chance: random.Random) -> str:
    batch, item, unit = ("".join(chance.choices("AZ09.-", k=chance.randint(1, 21))) for _ in range(3))
    serial = identity.mint_serial("03K", "4QX", chance.randint(0, 99999))
    form = chance.randint(0, 5)
    origin = "HTTPS://L.EXAMPLE.COM"
    return (
        f"{origin}/B/{batch}/I/{item}",
        f"{origin}/B/{batch}/I/{item}/H/{serial}/E/270430",
        f"MAK1:{batch}/{item}/{unit}",
        f"{chance.choice([origin + '/B', 'MAK1:'])}{batch}/{item}/{serial}/C/{chance.randint(0, 12000)}",
        serial,
        batch,
    )[form]


def _text(chance: random.Random) -> str:
    match chance.randint(0, 6):
        case 0:
            return elements.element_string(message(chance))
        case 1:
            return elements.bracketed(message(chance))
        case 2:
            return chance.choice(_CARRIERS) + elements.element_string(message(chance))
        case 3:
            return chance.choice(["", "]Q1", "]d1", "]C0"]) + _link_text(chance)
        case 4:
            digits = "".join(chance.choices("0123456789", k=chance.choice([7, 8, 12, 13, 14])))
            return chance.choice(["", *_CARRIERS]) + digits + chance.choice([check_digit_of(digits), "|]e0", ""])
        case 5:
            return chance.choice(["", *_CARRIERS]) + _own_text(chance)
        case _:
            return "".join(chance.choices(_NOISE, k=chance.randint(0, 40)))


def _reading(name: str, source: str | None = None) -> Callable[[random.Random], Question]:
    return lambda chance: (name, [_damaged(chance, _text(chance)), *([source] if source else [])])


def _goods(chance: random.Random) -> Question:
    day = f"{chance.randint(70, 82)}{chance.randint(1, 12):02}{chance.choice(['00', '28', '29'])}"
    dated = chance.choice(["17", "15", "7003"])
    text = f"(01)09521234543213({dated}){day}" + ("0815" if dated == "7003" else "")
    return "read_goods", [
        _damaged(chance, _text(chance)) if chance.random() < 0.8 else text,
        chance.randint(2020, 2040),
    ]


def _fitting(name: str, text: Callable[[random.Random], str]) -> Callable[[random.Random], Question]:
    return lambda chance: (name, [_damaged(chance, text(chance))])


def _writing(chance: random.Random) -> Question:
    name = chance.choice(sorted(TAKE_ELEMENTS))
    stem = [chance.choice([*_STEMS, "x", "https://a b"])] if name == "write_link" and chance.random() < 0.5 else []
    return name, [message(chance), *stem]


def _linting(chance: random.Random) -> Question:
    name = chance.choice(sorted(CHECKS))
    value = _sound(chance, name, "".join(chance.choices("0123456789", k=chance.randint(0, 18))))
    # Beyond the first plane the two languages count characters differently; a checked value is ASCII.
    return "lint", [name, "".join(each for each in _damaged(chance, value) if ord(each) < 256)]


def _symbols(chance: random.Random) -> Question:
    symbology = chance.choice(sorted({*gs1_vectors.SYMBOLOGIES.values()}))
    composite = message(chance) if chance.random() < 0.3 else []
    match chance.randint(0, 2):
        case 0:
            return "plain_scan", [symbology, _damaged(chance, "TESTING")]
        case 1:
            digits = "".join(chance.choices("0123456789", k=chance.choice([7, 11, 12, 13])))
            digits = chance.choice(["", "0", "000000"]) + digits + chance.choice(["", check_digit_of(digits)])
            return "article_scan", [symbology, digits, composite]
        case _:
            return "element_scan", [symbology, message(chance), composite]


ASKED: Sequence[Callable[[random.Random], Question]] = (
    _fitting("read_elements", lambda chance: elements.element_string(message(chance))),
    _fitting("read_bracketed", lambda chance: elements.bracketed(message(chance))),
    _fitting("read_link", _link_text),
    _reading("read_scan"),
    _goods,
    _reading("parse", "wedge"),
    _reading("parse", "camera"),
    _writing,
    _linting,
    _symbols,
    _fitting("unescaped_query", lambda chance: digital_link.escaped_query(elements.bracketed(message(chance)))),
)
WEIGHTS = (3, 2, 3, 4, 4, 1, 1, 3, 2, 1, 1)


def lines(questions: Iterator[Question]) -> Iterator[str]:
    """Write each question with its answer on a line."""
    for question in questions:
        yield json.dumps([*question, answer(question)], separators=(",", ":"))


if __name__ == "__main__":
    SHARE.write_text("".join(line + "\n" for line in lines(generated_questions(SHARE_COUNT))), "utf-8")
