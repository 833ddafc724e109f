"""What the writer's desk says of a chain: forked, holed, whole again."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from floor import WH, Books, Phone, single
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.identity import mint_serial
from server.intake.check import check_connection
from server.setup.demo_phone import incarnation_tag


@pytest.mark.requirement("S11")
def test_a_clone_of_a_phone_is_noticed_and_both_histories_are_kept(tmp_path: Path) -> None:
    """Two phones with one incarnation: nothing is refused, the phone is told to begin a new incarnation."""
    phone, clone = Phone(1), Phone(1)
    clone.made = 100  # the clone mints other ids
    books = Books(tmp_path)
    assert books.take(single(phone, phone.commission("D1")))[0].fork is False
    receipt = books.take(single(clone, clone.commission("D2")))[0]
    assert (receipt.verdicts[0].v, receipt.verdicts[0].why, receipt.fork) == ("stored_fork", "second_history", True)
    assert books.at(WH) == 50_000
    assert check_connection(books.connection) == []


@pytest.mark.requirement("S8")
def test_a_hole_in_a_chain_is_named_until_it_is_filled(tmp_path: Path) -> None:
    """The second push overtook the first: the answer says what is missing, and the end of what is held."""
    dock = Phone(1)
    first, second, third = (dock.commission(f"D{n}") for n in range(3))
    books = Books(tmp_path)
    receipt = books.take(single(dock, third))[0]
    assert (receipt.received.seq, receipt.missing) == (0, [(1, 2)])
    receipt = books.take(single(dock, first))[0]
    assert (receipt.received.seq, receipt.missing) == (1, [(2, 2)])
    receipt = books.take(single(dock, second))[0]
    assert (receipt.received.seq, receipt.received.hash, receipt.missing) == (3, third.hash.hex(), [])
    assert receipt.fork is False


def _serial(phone: Phone, counter: int) -> str:
    """Mint as a phone does: its code, its incarnation's tag, its own counter."""
    return mint_serial(f"00{phone.n}", incarnation_tag(phone.outbox.inc), counter)


@pytest.mark.requirement("S11", "L1", "L5")
@settings(max_examples=25, deadline=None)
@given(
    minted=st.lists(st.sampled_from(["phone", "clone", "stranger"]), min_size=2, max_size=8),
    first=st.sampled_from(["phone", "clone"]),
)
def test_a_serial_that_a_phone_and_its_clone_both_gave_never_goes_unseen(minted: list[str], first: str) -> None:
    """Both copies count on alike until one of them is heard; then it is told to begin anew, and they part."""
    phones = {"phone": Phone(1), "clone": Phone(1), "stranger": Phone(2)}
    phones["clone"].made = 100  # the clone makes other ids
    counters = dict.fromkeys(phones, 0)
    scans: dict[str, list[Any]] = {name: [] for name in phones}
    given_by: dict[str, set[str]] = {}
    for name in minted:
        counters[name] += 1
        serial = _serial(phones[name], counters[name])
        given_by.setdefault(serial, set()).add(name)
        scans[name].append(phones[name].commission(serial))
    twice = [names for names in given_by.values() if len(names) > 1]
    assert all(names == {"phone", "clone"} for names in twice), "phones of their own never give the same"
    order = [first, "clone" if first == "phone" else "phone", "stranger"]
    with TemporaryDirectory() as folder:
        books = Books(Path(folder))
        forked = [books.take(single(phones[name], scan))[0].fork for name in order for scan in scans[name]]
        kinds = {kind for kind, _ in books.troubles()}
        assert check_connection(books.connection) == []
        books.throw_away()
    assert any(forked) == ("device_cloned" in kinds) == bool(twice)
    if twice:
        clone, told = phones["clone"], counters["clone"]
        clone.outbox.begin(bytes([0x77]) * 16)
        assert _serial(clone, told + 1) not in {_serial(phones["phone"], n) for n in range(1, 50)}
