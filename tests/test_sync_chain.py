"""Exact bytes hang in a chain: change one, drop one, swap two, and the end is another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import chain
from sync.event import read

VECTORS = json.loads((Path(__file__).parent / "vectors" / "chain.json").read_text())
DEVICE, INC = bytes.fromhex(VECTORS["device"]), bytes.fromhex(VECTORS["inc"])


@pytest.mark.requirement("A1", "S8")
def test_every_released_body_hashes_as_on_the_phone() -> None:
    """Golden bodies, with scripts other than Latin in them; the phone's twin reads the same file."""
    previous = chain.origin(DEVICE, INC)
    assert previous.hex() == VECTORS["origin"]
    for event in VECTORS["events"]:
        body = event["body"].encode()
        previous = chain.link(previous, bytes.fromhex(event["id"]), event["seq"], body)
        assert previous.hex() == event["hash"]
        assert chain.fingerprint(body).hex() == event["fingerprint"]


def test_every_released_body_can_be_read_for_ever() -> None:
    """Bodies are signed: what was released once must decode in every later version."""
    kinds = [type(read(event["body"].encode())).__name__.lower() for event in VECTORS["events"]]
    assert kinds == ["commissioned", "dispatched", "received", "consumed", "produced", "packed", "unpacked", "voided"]


@pytest.mark.parametrize("case", VECTORS["signed_bytes"])
def test_the_signed_bytes_name_purpose_nonce_and_the_end_of_the_chain(case: dict[str, object]) -> None:
    """A signature for a pull is worth nothing for a push."""
    digest = bytes.fromhex(str(case["hash"]))
    signed = chain.signed_bytes(case["purpose"], str(case["nonce"]), DEVICE, INC, int(str(case["seq"])), digest)  # type: ignore[arg-type]
    assert signed.hex() == case["hex"]


runs = st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.binary(max_size=40)), min_size=2, max_size=6)


@given(runs, st.data())
def test_no_event_can_be_changed_dropped_or_moved_unseen(run: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    """Whatever is done to a run, its last hash, which the phone signed, no longer fits."""
    numbered = [(event_id, seq, body) for seq, (event_id, body) in enumerate(run, 1)]
    end = chain.links(chain.origin(DEVICE, INC), numbered)[-1]
    at = data.draw(st.integers(0, len(run) - 1))
    event_id, seq, body = numbered[at]
    changed = [*numbered[:at], (event_id, seq, body + b" "), *numbered[at + 1 :]]
    dropped = [*numbered[:at], *numbered[at + 1 :]]
    for touched in (changed, dropped):
        ends = chain.links(chain.origin(DEVICE, INC), touched)
        assert not ends or ends[-1] != end
