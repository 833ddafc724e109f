"""Pallet numbers handed to phones in advance: the same for one request, and never those of another phone or a roll."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from conftest import Installation
from signed_phone import SignedPhone
from sqlalchemy import insert
from test_server_print_jobs import Shop
from test_server_rolls import ask, numbers, serving

from labels.sscc import pallets_of, sscc
from server.database import migrate
from server.printing.pallet_numbers import BLOCKS_PER_DAY_MAX, PALLETS_PER_BLOCK
from server.printing.tables import pallet_block

both = pytest.mark.both_engines


def session_of(client: Any, phone: SignedPhone) -> dict[str, str]:
    """Sign a phone in."""
    token = client.post("/session", json=phone.contact_of_session()).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def block(client: Any, session: dict[str, str], request: str | None = None) -> Any:
    """Ask for a block."""
    answer = client.post("/pallet-numbers", json={"request": request or secrets.token_hex(16)}, headers=session)
    assert answer.status_code == 200
    return answer.json()["block"]


def pallets(found: dict[str, Any]) -> set[str]:
    return {sscc(found["head"], found["first"] + at) for at in range(found["count"])}


@both
@pytest.mark.requirement("L3", "L9")
def test_a_request_is_answered_with_one_block_and_no_two_phones_or_rolls_have_a_number_in_common(
    installation: Installation,
) -> None:
    # Five digits are left: room for 2,000 blocks, so that chance would show.
    served = serving(installation, prefix="890123456789")
    with served.client() as client:
        shop = Shop(client, installation, units=0)
        phones = [SignedPhone(client, installation.office, name=f"P{n}") for n in range(3)]
        sessions = [session_of(client, phone) for phone in phones]
        request = secrets.token_hex(16)
        first = block(client, sessions[0], request)
        assert block(client, sessions[0], request) == first
        assert block(client, sessions[1], request) is None, "another phone's request is not answered with its numbers"
        given = [pallets(first)]
        given += [pallets(block(client, session)) for session in sessions for _ in range(BLOCKS_PER_DAY_MAX - 1)]
        given += [set(numbers(ask(shop, "pallet", 60))) for _ in range(20)]
        assert len(set[str]().union(*given)) == sum(map(len, given))
        assert block(client, sessions[0]) is None, "no phone at work needs more in a day"
        assert block(client, sessions[0], request) == first


@pytest.mark.requirement("L3")
def test_blocks_are_for_phones_of_a_company_with_a_prefix_that_has_numbers_left(installation: Installation) -> None:
    with serving(installation, prefix=None).client() as client:
        assert block(client, session_of(client, SignedPhone(client, installation.office))) is None
    with serving(installation, prefix="890123456789").client() as client:
        session = session_of(client, SignedPhone(client, installation.office))
        assert block(client, installation.office) is None
        with migrate.connected(installation.settings.database) as connection:
            taken = {"device": 1, "head": "890123456789", "count": PALLETS_PER_BLOCK, "given_at": 0}
            connection.execute(
                insert(pallet_block),
                [
                    taken | {"request": secrets.token_bytes(16), "first": first}
                    for first in range(0, pallets_of("890123456789"), PALLETS_PER_BLOCK)
                ],
            )
            connection.commit()
        assert block(client, session) is None


@both
@pytest.mark.requirement("L3")
def test_phones_learn_the_prefix_with_their_books_and_when_it_changes(installation: Installation) -> None:
    def told(client: Any) -> str | None:
        phone.client = client
        phone.pull()
        (company,) = [data for (kind, _), data in phone.replica.items() if kind == "company"]
        prefix: str | None = company["gs1_prefix"]
        return prefix

    with serving(installation, prefix=None).client() as client:
        phone = SignedPhone(client, installation.office)
        assert told(client) is None
    for prefix in ("8901234", "890123456", None):
        with serving(installation, prefix=prefix).client() as client:
            assert told(client) == prefix
