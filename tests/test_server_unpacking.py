"""Packed bodies: read like plain ones, and no packed one can make the server hold more than a plain one could."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from conftest import Installation
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from signed_phone import SignedPhone

from server.intake.check import check
from server.problems import Problem
from server.unpacking import RATIO_MAX, unpacked
from sync.wire import PUSH_BYTES_MAX


def read(pieces: list[bytes]) -> bytes | str:
    """Unpack a body that arrives in pieces; give it, or the code it is refused with."""
    left = list(pieces)

    async def receive() -> Any:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def whole() -> bytes:
        inflated, body = unpacked(receive), b""
        while True:
            message: Any = await inflated()
            body += message["body"]
            if not message["more_body"]:
                return body

    try:
        return asyncio.run(whole())
    except Problem as problem:
        return problem.code


def cut(packed: bytes, sizes: list[int]) -> list[bytes]:
    """Cut a body into pieces of these sizes and a last one with the rest."""
    pieces = []
    for size in sizes:
        pieces.append(packed[:size])
        packed = packed[size:]
    return [*pieces, packed]


@given(st.binary(max_size=5_000), st.lists(st.integers(0, 700), max_size=8))
def test_what_was_packed_comes_out_whole_however_it_is_cut(body: bytes, sizes: list[int]) -> None:
    assert read(cut(gzip.compress(body), sizes)) == body


@given(st.binary(max_size=300), st.integers(1, 60), st.binary(min_size=1, max_size=20))
def test_a_body_that_lacks_its_end_or_has_too_much_behind_it_is_refused(body: bytes, missing: int, more: bytes) -> None:
    packed = gzip.compress(body)
    assert read([packed[:-missing]]) == "packing_broken"
    assert read([packed + more]) == "packing_broken"
    assert read([packed, packed]) == "packing_broken", "one body, one frame"


@given(st.binary(max_size=400))
def test_garbage_is_refused_and_never_a_fault(body: bytes) -> None:
    assert read([body]) in {"packing_broken", "too_large"} or gzip.decompress(body) is not None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\x00" * 1_000_000, "too_large"),
        (b" " * 100_000, "too_large"),
        (zlib.compress(b"{}"), "packing_broken"),
        (b"", "packing_broken"),
    ],
    ids=["zeros", "spaces", "a zlib frame", "nothing"],
)
def test_a_bomb_and_other_frames_are_refused(body: bytes, code: str) -> None:
    packed = body if code == "packing_broken" else gzip.compress(body)
    assert read([packed]) == code


def test_a_bomb_of_a_hundred_megabytes_costs_no_more_memory_than_a_push() -> None:
    """Given up as soon as it is known for one, not when it has been unpacked."""
    packer = zlib.compressobj(1, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(128)) + packer.flush()
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    assert read([bomb]) == "too_large"
    assert read([bomb[at : at + 1_000] for at in range(0, len(bomb), 1_000)]) == "too_large"
    assert tracemalloc.get_traced_memory()[1] < 3 * PUSH_BYTES_MAX + len(bomb)
    tracemalloc.stop()


def test_a_frame_that_never_begins_is_given_up() -> None:
    """The name in a gzip frame may be endless and unpacks to nothing."""
    endless = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (PUSH_BYTES_MAX + 1)
    assert read(cut(endless, [65_536] * 40)) == "too_large"


def test_exactly_the_bound_passes_and_one_byte_more_does_not() -> None:
    noise = bytes(range(256)) * 4
    stored = gzip.compress(noise * (PUSH_BYTES_MAX // 1024), 0)
    assert read([stored]) == "too_large", "packed it may be no larger than plain"
    dense = gzip.compress(_dense(PUSH_BYTES_MAX))
    assert len(dense) * RATIO_MAX > PUSH_BYTES_MAX
    assert len(read([dense])) == PUSH_BYTES_MAX
    assert read([gzip.compress(_dense(PUSH_BYTES_MAX + 1))]) == "too_large"


def _dense(size: int) -> bytes:
    """Give a body that shrinks to about a tenth."""
    lines = b"".join(f"{n:09d}{'-' * 60}".encode() for n in range(size // 69 + 1))
    return lines[:size]


def packed(body: bytes) -> bytes:
    """Pack without the time: what is packed names its test, and two processes must give it one name."""
    return gzip.compress(body, mtime=0)


def packed_headers(**more: str) -> dict[str, str]:
    """Say that a body is packed."""
    return {"Content-Type": "application/json", "Content-Encoding": "gzip"} | more


@pytest.mark.requirement("S8")
def test_a_packed_push_and_a_packed_pull_are_taken_like_plain_ones(
    client: TestClient[Any], installation: Installation
) -> None:
    phone = SignedPhone(client, installation.office)
    for n in range(60):
        phone.commission(f"D{n}", at=n)
    run = phone.outbox.next_run()
    assert run is not None
    plain = json.dumps(phone.envelope(run)).encode()
    packed = gzip.compress(plain)
    answer = client.post("/sync/v1/push", content=packed, headers=packed_headers())
    assert {verdict["v"] for verdict in answer.json()["verdicts"]} == {"stored"}
    assert len(packed) * 4 < len(plain)
    asked = phone.contact("pull", phone.outbox.inc, 60, bytes.fromhex(phone.outbox.head.hash)) | {"cursor": None}
    answer = client.post("/sync/v1/pull", content=gzip.compress(json.dumps(asked).encode()), headers=packed_headers())
    assert (answer.status_code, answer.json()["judged"]) == (200, 60)
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S8")
@pytest.mark.parametrize(
    ("path", "headers", "content", "status", "code"),
    [
        ("/sync/v1/push", packed_headers(), packed(b"{}")[:-3], 400, "packing_broken"),
        ("/sync/v1/push", packed_headers(), b"{}", 400, "packing_broken"),
        ("/sync/v1/push", packed_headers(), packed(b"{}"), 400, "envelope_unreadable"),
        ("/sync/v1/push", packed_headers(), packed(b"[" * 200), 400, "too_deep"),
        ("/sync/v1/push", packed_headers(), packed(bytes(5_000_000)), 413, "too_large"),
        ("/sync/v1/pull", packed_headers(), packed(_dense(300_000)), 413, "too_large"),
        ("/sync/v1/push", packed_headers(**{"Content-Encoding": "gzip, gzip"}), b"{}", 415, "content_encoding"),
        ("/sync/v1/push", packed_headers(**{"Content-Encoding": "br"}), b"{}", 415, "content_encoding"),
        ("/session", packed_headers(), packed(b"{}"), 415, "content_encoding"),
        ("/sync/v1/push", packed_headers(**{"Content-Type": "text/plain"}), packed(b"{}"), 415, "content_type"),
    ],
)  # fmt: skip
def test_what_cannot_be_unpacked_gets_a_clear_answer(
    standing: Any, path: str, headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    client, _ = standing
    answer = client.post(path, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
