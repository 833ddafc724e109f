"""The door: headers on every answer, limits on every request."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
from conftest import Installation
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from server.app import create_app
from server.problems import BadRequest
from server.security import Patience, Shield, json_depth, refusal

HEADERS = {
    "content-security-policy": "default-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/items", "/schema/openapi.json"])
def test_every_answer_wears_the_security_headers_errors_too(standing: Any, path: str) -> None:
    client, _ = standing
    answer = client.get(path)
    for name, begins in HEADERS.items():
        assert answer.headers[name].startswith(begins), name
    assert "strict-transport-security" not in answer.headers
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_the_content_policy_lets_the_wasm_decoder_and_our_own_worker_run_and_nothing_inline(standing: Any) -> None:
    client, _ = standing
    policy = client.get("/health").headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "worker-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy


@pytest.mark.requirement("A7")
def test_at_a_public_address_only_that_name_is_answered_and_https_is_pinned(installation: Installation) -> None:
    settings = msgspec.structs.replace(installation.settings, public_url="https://batch.example.org:8443")
    with TestClient(create_app(settings)) as client:
        for host, status in {
            "batch.example.org:8443": 200,
            "BATCH.example.org:8443": 200,
            "localhost:8000": 200,
            "127.0.0.1": 200,
            "[::1]:8443": 200,
            "evil.example": 421,
            "batch.example.org.evil.example:8443": 421,
            "batchXexample.org:8443": 421,
            "localhost.evil.example": 421,
        }.items():
            answer = client.get("/health", headers={"Host": host, "X-Forwarded-Host": "batch.example.org:8443"})
            assert answer.status_code == status, host
            assert answer.headers["strict-transport-security"]


def scope(method: str = "POST", **headers: str) -> Any:
    """Give an ASGI scope with these headers; an underscore stands for a dash."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": "/items", "scheme": "http", "headers": named}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content_type": "application/json"}, None),
        ({"content_type": "Application/JSON; charset=UTF-8"}, None),
        ({"content_type": "application/json; charset=latin-1"}, "content_type"),
        ({"content_type": "application/json-patch+json"}, "content_type"),
        ({"content_type": "multipart/form-data"}, "content_type"),
        ({}, "content_type"),
        ({"content_type": "application/json", "content_encoding": "gzip"}, "content_encoding"),
        ({"content_type": "application/json", "content_encoding": "identity"}, None),
        (
            {"content_type": "application/json", "content_length": "1", "transfer_encoding": "chunked"},
            "length_unclear",
        ),
    ],
)
def test_a_request_is_turned_away_by_its_headers_alone(headers: dict[str, str], code: str | None) -> None:
    problem = refusal(scope(**headers), None)
    assert (problem.code if problem else None) == code


def test_a_second_content_type_cannot_hide_behind_the_first() -> None:
    twice = scope(content_type="application/json")
    twice["headers"].append((b"Content-Type", b"text/plain"))
    assert refusal(twice, None) is not None


def test_a_read_needs_no_content_type() -> None:
    assert refusal(scope("GET"), None) is None


async def _reads_all(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass


@pytest.mark.parametrize("pause", [0.2, 0.03])
def test_a_body_that_trickles_or_stops_is_given_up(pause: float) -> None:
    shield = Shield(_reads_all, None, Patience(idle_seconds=0.1, total_seconds=0.2))

    async def receive() -> Any:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(_: Any) -> None:
        raise AssertionError("the framework answers")

    with pytest.raises(Exception, match="body_too_slow"):
        asyncio.run(shield(scope(content_type="application/json"), receive, send))


def test_a_slow_answer_is_not_a_slow_body() -> None:
    messages = [{"type": "http.request", "body": b"{}", "more_body": False}, {"type": "http.disconnect"}]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"

    async def receive() -> Any:
        await asyncio.sleep(0 if len(messages) > 1 else 0.2)
        return messages.pop(0)

    async def send(_: Any) -> None:
        """Take nothing."""

    asyncio.run(Shield(app, None, Patience(0.1, 0.1))(scope(content_type="application/json"), receive, send))


def test_a_caller_who_hangs_up_in_the_middle_is_no_fault_of_ours() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        raise AssertionError("nobody listens")

    with pytest.raises(BadRequest, match="body_unreadable"):
        asyncio.run(Shield(_reads_all, None)(scope(content_type="application/json"), receive, send))


nested = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=30,
)


def depth(value: Any) -> int:
    """Count as one would by hand."""
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(nested, st.booleans())
def test_depth_is_counted_as_by_hand_whatever_the_strings_hold(value: Any, is_ascii: bool) -> None:
    assert json_depth(json.dumps(value, ensure_ascii=is_ascii).encode()) == depth(value)


@given(st.binary(max_size=200))
def test_counting_depth_never_fails_on_garbage(body: bytes) -> None:
    assert json_depth(body) >= 0


@given(st.integers(65, 5_000), st.binary(max_size=50))
def test_what_stands_behind_the_first_error_cannot_hide_depth(levels: int, rest: bytes) -> None:
    assert json_depth(b"[" * levels + rest) >= levels


def test_brackets_in_the_strings_of_a_full_push_are_no_depth() -> None:
    body = json.dumps({"events": [{"body": json.dumps({"a": {"b": ['\\"[{' * 40]}})}] * 400}).encode()
    assert json_depth(body) == 3
