"""The outbox loses nothing, whatever is lost, doubled or forgotten around it."""

from __future__ import annotations

import pytest
from floor import Phone
from hypothesis import given
from hypothesis import strategies as st

from sync.outbox import Outbox, is_held
from sync.wire import EVENTS_PER_PUSH_MAX, EventVerdict, Link, Pace, PushAnswer


def answer(
    verdicts: list[tuple[bytes, int]], epoch: str = "e1", bases: list[tuple[str, int]] | None = None
) -> PushAnswer:
    """Make a server's answer."""
    return PushAnswer(
        proto=1, server_time=0, nonce="n", epoch=epoch, bases=bases or [(epoch, 1)], received=Link(0, "00" * 32),
        verdicts=[EventVerdict(event_id.hex(), "stored", pos) for event_id, pos in verdicts], missing=[], fork=False,
        do=[], feed_head=0, next=Pace(EVENTS_PER_PUSH_MAX, 0),
    )  # fmt: skip


@pytest.mark.requirement("S8", "S9")
@given(st.lists(st.sampled_from(["record", "send", "lose", "partial", "refuse", "fork"]), max_size=60))
def test_every_recorded_event_reaches_the_server_once_the_network_holds(steps: list[str]) -> None:
    """Requests and answers get lost, answers name only some events, sizes are refused, the phone is cloned."""
    phone, server = Phone(1), {}
    box, recorded = phone.outbox, []
    for step in steps:
        run = box.next_run()
        match step:
            case "record":
                recorded.append(phone.commission(f"D{len(recorded)}"))
            case "fork":
                box.begin(bytes([len(recorded)]) * 16)
            case "refuse":
                box.too_large()
            case _ if run is not None:
                server |= {kept.id: kept.body for kept in run.events} if step != "lose" else {}
                told = run.events[::2] if step == "partial" else run.events
                if step in ("send", "partial"):
                    box.answered(answer([(kept.id, 1) for kept in told]))
    while (run := box.next_run()) is not None:
        assert [kept.seq for kept in run.events] == list(range(run.base.seq + 1, run.base.seq + 1 + len(run.events)))
        server |= {kept.id: kept.body for kept in run.events}
        box.answered(answer([(kept.id, 1) for kept in run.events]))
    assert server == {kept.id: kept.body for kept in recorded}
    assert box.events == recorded


@pytest.mark.requirement("A5")
@pytest.mark.parametrize(
    ("ack", "bases", "held"),
    [
        (None, [("a", 1)], False),
        (("a", 5), [("a", 1)], True),
        (("a", 5), [("b", 1)], False),
        (("a", 5), [("a", 1), ("b", 6)], True),
        (("a", 6), [("a", 1), ("b", 6)], False),
        (("a", 5), [("a", 1), ("b", 9), ("c", 4)], False),
        (("b", 9), [("a", 1), ("b", 9), ("c", 4)], False),
        (("c", 4), [("a", 1), ("b", 9), ("c", 4)], True),
    ],
)
def test_an_acknowledgement_counts_only_while_no_restore_took_it_back(
    ack: tuple[str, int] | None, bases: list[tuple[str, int]], held: bool
) -> None:
    """*Every* later epoch must begin behind it, not only the newest: a second restore can reach further back."""
    assert is_held(ack, bases) is held


def test_a_refused_size_is_halved_and_grows_again() -> None:
    """A proxy with a small limit slows the phone down; it does not stop it."""
    phone = Phone(1)
    made = [phone.commission(f"D{n}") for n in range(50)]
    box: Outbox = phone.outbox
    box.run_max = 8
    box.too_large()
    run = box.next_run()
    assert run is not None
    assert len(run.events) == 4
    box.answered(answer([(kept.id, 1) for kept in run.events]))
    assert box.run_max == 7
    for _ in range(10):
        box.too_large()
    assert box.run_max == 1
    assert len(box.unsent()) == len(made) - 4
