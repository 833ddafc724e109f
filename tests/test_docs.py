"""The documents are part of the product: what they name must be there, and what is there must be named."""

from __future__ import annotations

import contextlib
import importlib
import re
import shlex
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import click
import pytest
import requirement_table
import sample_labels
from click.testing import CliRunner

from labels.content import MaterialKind, SignKind
from labels.wording import wording
from server.cli import main
from server.database.migrate import metadata
from server.settings import Settings, to_environment
from server.setup import demo

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CARDS = DOCS / "operator-cards"
README = ROOT / "README.md"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *ROOT.glob("*/README.md"), *DOCS.rglob("*.md")])
HTML = sorted(CARDS.glob("*.html"))
SETTINGS = set(to_environment(Settings(data=ROOT, pwa=ROOT)))

PICTURE_BYTES_MAX = 120_000
CARDS_BYTES_MAX = 1_600_000

_CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)
each_card = pytest.mark.parametrize("card", HTML, ids=name_of)


def calls(page: Path) -> Iterator[list[str]]:
    """Give the words behind `batchspine` wherever a page calls it."""
    text = page.read_text("utf-8")
    lines = [line.removeprefix("$ ") for _, block in _CODE.findall(text) for line in block.splitlines()]
    for line in [*lines, *_SPAN.findall(_CODE.sub("", text))]:
        words = shlex.split(line, comments=True) if "batchspine" in line and line.count("'") % 2 == 0 else []
        # The last one: before it may stand the name of a user or a path.
        at = [number for number, word in enumerate(words) if re.fullmatch(r"(\S*/bin/)?batchspine", word)]
        if at:
            yield words[at[-1] + 1 :]


def command_named(words: list[str]) -> tuple[click.Command, list[str]]:
    """Follow words to the command they name; what is left are its options and arguments."""
    command: click.Command = main
    left = list(words)
    while isinstance(command, click.Group) and left and not left[0].startswith("-"):
        assert left[0] in command.commands, f"there is no command “{' '.join(words)}”"
        command = command.commands[left.pop(0)]
    return command, left


def leaves(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield from leaves(command, (*above, name)) if isinstance(command, click.Group) else [(*above, name)]


@each_page
def test_every_command_a_page_names_exists_with_these_options(page: Path) -> None:
    for words in calls(page):
        command, left = command_named(words)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        named = {word.partition("=")[0] for word in left if word.startswith("--")}
        assert named <= known, f"{' '.join(words)}: {sorted(named - known)}"
        choices = {
            option: p.type.choices for p in command.params if isinstance(p.type, click.Choice) for option in p.opts
        }
        for option, value in pairwise(left):
            assert value in choices.get(option, [value]), f"{' '.join(words)}: {option} {value}"


def test_every_command_is_named_in_a_document() -> None:
    named = {tuple(words[:2]) for page in PAGES for words in calls(page)} | {
        tuple(words[:1]) for page in PAGES for words in calls(page)
    }
    assert set(leaves(main)) - named == set()


@each_page
def test_every_setting_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\bBATCHSPINE_[A-Z_]+\b", page.read_text("utf-8")))
    assert named - SETTINGS == set()


def test_every_setting_is_documented_for_the_administrator() -> None:
    text = (DOCS / "administrator.md").read_text("utf-8")
    assert {name for name in SETTINGS if f"| `{name}` |" not in text} == set()


@each_page
def test_every_target_of_make_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE))
    assert named - targets == set()


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as they are made for it where it is shown."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
        if "://" in link:
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


class _Card(HTMLParser):
    """What a card refers to, and which of its words are a screen's."""

    def __init__(self, card: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.of_screen: list[str] = []
        self._is_bold = False
        self.feed(card.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]
        if tag == "b":
            self._is_bold = True
            self.of_screen.append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_bold = self._is_bold and tag != "b"

    def handle_data(self, data: str) -> None:
        if self._is_bold:
            self.of_screen[-1] += data


@each_card
def test_every_picture_and_page_a_card_needs_is_there(card: Path) -> None:
    assert [link for link in _Card(card).links if not (card.parent / link).exists()] == []


COLOURS = {"Green", "Yellow", "Red"}


def words_on_screens() -> list[re.Pattern[str]]:
    """Give everything screens say; where a screen puts a value in, a card may show any."""
    words = ROOT / "pwa" / "src" / "words"
    source = "".join((words / name).read_text("utf-8") for name in ("en.ts", "desk-en.ts", "flows-en.ts"))
    source = re.sub(r"plural\((\w+), \"([^\"]+)\", \"([^\"]+)\"\)", r"\1", source)
    patterns = []
    for plain, template in re.findall(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`', source):
        parts = re.split(r"\$\{[^}]*\}", template or plain)
        if re.search(r"[A-Za-z]{2}", "".join(parts)):
            patterns.append(re.compile(".+".join(re.escape(part) for part in parts)))
    return patterns


@each_card
def test_what_a_card_prints_bold_is_what_the_screen_says(card: Path) -> None:
    patterns = words_on_screens()
    said = [words for words in _Card(card).of_screen if words not in COLOURS]
    assert [words for words in said if not any(pattern.fullmatch(words) for pattern in patterns)] == []


def test_every_card_is_in_the_list_of_cards() -> None:
    listed = {link for link in _Card(CARDS / "index.html").links if link.endswith(".html")}
    assert listed == {card.name for card in HTML} - {"index.html"}


def test_pictures_are_small_and_each_is_shown_somewhere() -> None:
    pictures = {path for folder in (DOCS / "pictures", CARDS / "pictures") for path in folder.iterdir()}
    shown = {(card.parent / link).resolve() for card in HTML for link in _Card(card).links}
    shown |= {(page.parent / link).resolve() for page in PAGES for link in _LINK.findall(page.read_text("utf-8"))}
    assert pictures - shown == set()
    assert max(path.stat().st_size for path in pictures) < PICTURE_BYTES_MAX
    assert sum(path.stat().st_size for path in CARDS.rglob("*") if path.is_file()) < CARDS_BYTES_MAX


def test_the_readme_names_every_maximum_as_it_is() -> None:
    rows = re.findall(r"^\| .+ \| (.+) \| `((?:\w+\.)+)(\w+)` \|$", README.read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 10
    for said, module, name in rows:
        value = getattr(importlib.import_module(module.rstrip(".")), name)
        assert said in {
            f"{value:,.0f}",
            f"{value // 1024**2} MiB",
            f"{value // 1024} KiB",
            "10^15" if value == 10**15 else "",
        }, name


def test_the_readme_gives_the_demo_sign_ins_as_they_are() -> None:
    text = README.read_text("utf-8")
    assert f"login `{demo.OFFICE_LOGIN}`, password `{demo.OFFICE_PASSWORD}`" in text
    for name, pin in (*demo.OPERATORS.values(), *demo.SUPERVISORS.values()):
        assert re.search(rf"^\| {name} \| .* \| PIN `{pin}` \|$", text, re.MULTILINE)


def test_the_architecture_names_every_room_and_every_table() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    rooms = {path.parent.name for path in (ROOT / "server").glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}/`" not in text} == set()
    assert {table for table in metadata.tables if f"`{table}`" not in text} == set()


def test_the_commands_shown_with_their_answers_answer_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every `console` example of the README; what it shows of an answer must be its beginning."""
    monkeypatch.delenv("BATCHSPINE_PUBLIC_URL", raising=False)
    examples = [block for kind, block in _CODE.findall(README.read_text("utf-8")) if kind == "console"]
    assert examples
    with contextlib.chdir(tmp_path):
        for example in examples:
            for call, *answer in (part.splitlines() for part in re.split(r"^\$ ", example, flags=re.MULTILINE) if part):
                ran = CliRunner().invoke(main, shlex.split(call)[1:])
                assert ran.exit_code == 0, ran.output
                assert ran.output.startswith("\n".join(answer))


def test_the_python_example_about_labels_runs() -> None:
    (example,) = [
        block for kind, block in _CODE.findall((ROOT / "labels/README.md").read_text("utf-8")) if kind == "python"
    ]
    given: dict[str, object] = {}
    exec(compile(example, "labels/README.md", "exec"), given)
    png, pdf = given["png"], given["pdf"]
    assert isinstance(png, bytes)
    assert isinstance(pdf, bytes)
    assert (png[1:4], pdf[:4]) == (b"PNG", b"%PDF")


@pytest.mark.requirement("L1", "L4")
def test_the_labels_in_the_documents_are_as_they_are_drawn_and_one_of_each_kind() -> None:
    there = {path.name: path.read_bytes() for path in sample_labels.FOLDER.iterdir()}
    assert there == sample_labels.drawn(), "Run: make docs"
    kinds = {wording(sample.content).kind for sample in sample_labels.SAMPLES.values()}
    assert set(get_args(MaterialKind)) | set(get_args(SignKind)) | {"pallet", "roll"} == kinds | {"lot", "scanner"}
    shown = _LINK.findall((ROOT / "labels" / "README.md").read_text("utf-8"))
    assert {f"../docs/labels/{name}" for name in there} <= set(shown)


def test_every_requirement_a_test_names_has_the_form_of_one() -> None:
    wrong = [name for name in requirement_table.marked() if not requirement_table.IDENTIFIER.fullmatch(name)]
    assert wrong == []


def test_the_table_of_requirements_is_not_stale() -> None:
    assert requirement_table.TABLE.read_text("utf-8") == requirement_table.table(), "Run: make docs"


_PYTHON_TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
_APP_TESTS = re.compile(r"`pwa/tests/([\w.-]+)`((?: \"[^\"]+\",?)*)")


def test_every_test_that_shows_what_people_expect_is_there() -> None:
    text = (DOCS / "expectations.md").read_text("utf-8")
    sources = {path.name: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    named = _PYTHON_TEST.findall(text)
    assert len(named) > 25
    assert [f"{file}::{test}" for file, test in named if f"def {test}(" not in sources.get(file, "")] == []
    for file, quoted in _APP_TESTS.findall(text):
        source = (ROOT / "pwa" / "tests" / file).read_text("utf-8")
        assert [words for words in re.findall(r'"([^"]+)"', quoted) if words not in source] == [], file
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| (holds|in part|not yet) \|", text, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 36))
