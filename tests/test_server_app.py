"""The server as a whole: every route behind a session, every error in one form, one server per folder."""

import json
import re
import socket
import time
from typing import Any

import msgspec
import pytest
from conftest import Installation, Serve, Templates
from litestar import Litestar, post
from litestar.di import NamedDependency
from litestar.testing import TestClient
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.app import create_app
from server.intake.tables import ledger
from server.problems import CONTENT_TYPE, SENTENCES
from server.setup import first_run

OPEN = {
    ("GET", "/health"),
    ("GET", "/installation"),
    ("POST", "/setup"),
    ("POST", "/session"),
    ("POST", "/devices"),
    ("GET", "/sync/v1/nonce"),
    ("POST", "/sync/v1/push"),
    ("POST", "/sync/v1/pull"),
    ("POST", "/sync/v1/snapshot"),
    ("POST", "/sync/v1/wait"),
}
"""What answers without a session, beside the app's own pages; the phones' own calls carry a signature instead."""

Standing = tuple[TestClient[Any], Installation]

PAGES = {"/", "/enrol", "/setup", "/desk", "/desk/{path:path}", "/B/{path:path}", "/01/{path:path}", "/00/{path:path}"}


def calls(app: Litestar) -> list[tuple[str, str]]:
    """List every method of every route."""
    found = {(method, route.path) for route in app.routes for method in getattr(route, "methods", ())}
    return sorted(found)


def filled(path: str) -> str:
    """Put something into the parameters of a path."""
    return re.sub(r"\{[a-z]+:([a-z]+)\}", lambda parameter: "1" if parameter[1] == "int" else "X", path)


def test_every_route_but_the_named_open_ones_needs_a_session(standing: Standing) -> None:
    client, _ = standing
    closed = [call for call in calls(client.app) if call not in OPEN and call[1] not in PAGES]
    assert len(closed) > 20
    for method, path in closed:
        for suffix in ("", "/login", "/schema", "%2Fschema", "/health"):
            answer = client.request(method, filled(path) + suffix, headers={"Content-Type": "application/json"})
            expected = {401} if not suffix else {401, 404, 405}
            assert answer.status_code in expected, (method, path, suffix, answer.text)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "unknown_path"),
        ("PUT", "/items", {"json": {}}, 405, "method"),
        ("GET", "/items", {}, 401, "signed_out"),
        ("POST", "/session", {"content": b"{"}, 400, "body_unreadable"),
        ("POST", "/session", {"content": b"\xff"}, 400, "body_unreadable"),
        ("POST", "/session", {"json": {"login": 7}}, 400, "field_wrong"),
        ("POST", "/session", {"json": []}, 400, "field_wrong"),
        ("POST", "/session", {"content": b"[" * 5_000}, 400, "too_deep"),
        ("POST", "/session", {"content": b'{"a":' * 65 + b"1" + b"}" * 65}, 400, "too_deep"),
        ("POST", "/sync/v1/push", {"content": b'{"events":' + b"[" * 5_000}, 400, "too_deep"),
        ("POST", "/sync/v1/push", {"content": b"{}"}, 400, "envelope_unreadable"),
        ("POST", "/session", {"content": b" " * 300_000}, 413, "too_large"),
        ("POST", "/session", {"content": (b" " * 1_000 for _ in range(300))}, 413, "too_large"),
        ("POST", "/sync/v1/push", {"content": b" " * 5_000_000}, 413, "too_large"),
        ("POST", "/session", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "content_type"),
        ("POST", "/session", {"content": b"{}", "headers": {"Content-Type": ""}}, 415, "content_type"),
        ("POST", "/session", {"content": b"", "headers": {"Content-Encoding": "gzip"}}, 415, "content_encoding"),
    ],
)
def test_every_error_is_a_problem_with_a_code_and_a_sentence(
    standing: Standing, method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    client, _ = standing
    headers = {"Content-Type": "application/json"} | sent.pop("headers", {})
    answer = client.request(method, path, headers=headers, **sent)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == CONTENT_TYPE
    assert problem["status"] == status
    assert problem["type"].endswith(code)
    assert problem["title"]
    assert problem["detail"]


def test_a_body_as_deep_as_allowed_is_read(standing: Standing) -> None:
    client, _ = standing
    content = b'{"login":' + b"[" * 63 + b"]" * 63 + b"}"
    answer = client.post("/session", content=content, headers={"Content-Type": "application/json"})
    assert answer.json()["code"] == "field_wrong"


def test_our_own_fault_says_so_and_nothing_more(installation: Installation) -> None:
    @post("/broken", exclude_from_auth=True)
    async def broken() -> None:
        raise RuntimeError("secret detail")

    with TestClient(create_app(installation.settings), raise_server_exceptions=False) as client:
        client.app.register(broken)
        answer = client.post("/broken", json={})
    assert (answer.status_code, answer.json()["code"]) == (500, "server_fault")
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.requirement("S8")
def test_nothing_is_answered_before_its_commit_and_a_commit_that_fails_is_no_success(
    installation: Installation,
) -> None:
    @post("/late", exclude_from_auth=True)
    async def late(writing: NamedDependency[AsyncConnection]) -> dict[str, bool]:
        await writing.execute(text("PRAGMA defer_foreign_keys=ON"))
        row = {"event": 99, "cause": 99, "from_bucket": 99, "to_bucket": 99, "quantity": 1}
        await writing.execute(insert(ledger).values(row))
        return {"is_saved": True}

    with TestClient(create_app(installation.settings), raise_server_exceptions=False) as client:
        client.app.register(late)
        assert client.post("/late", json={}).status_code >= 500


def test_a_second_server_on_the_same_folder_is_refused(installation: Installation) -> None:
    with installation.client():
        with pytest.raises(first_run.NotReady, match="Another server"):
            first_run.prepare(installation.settings)
        with pytest.raises(ExceptionGroup) as refused, installation.client():
            pass
        assert refused.group_contains(first_run.NotReady, match="Another server")


def test_sentences_fit_on_a_phone_and_say_what_to_do() -> None:
    for code, sentence in SENTENCES.items():
        assert re.fullmatch(r"[a-z_]+", code)
        assert len(sentence) <= 140, code
        assert sentence.endswith("."), code


def raw(port: int, request: bytes) -> bytes:
    """Send bytes as no library would, and give what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


@pytest.mark.requirement("S8", "A5")
def test_the_real_server_starts_stops_survives_being_killed_and_refuses_smuggled_requests(
    installation: Installation, serve: Serve
) -> None:
    server = serve(installation.settings)
    port = installation.settings.port
    both = b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"
    smuggled = raw(port, both + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert smuggled.split(b" ")[1] == b"400"
    large = b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999999\r\n\r\n"
    assert b"too_large" in raw(port, large)
    assert raw(port, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200")

    server.kill()
    again = serve(installation.settings)
    assert json.loads(raw(port, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").partition(b"\r\n\r\n")[2])["status"] == "ok"
    assert again.stop() == 0
    assert not list(installation.settings.data.glob("*.running"))


def test_a_worker_whose_supervisor_was_killed_ends_by_itself(installation: Installation, serve: Serve) -> None:
    server = serve(installation.settings)
    server.process.kill()
    server.process.wait(10)
    deadline = time.monotonic() + 15
    while True:
        try:
            with first_run.only_server(installation.settings.data):
                break
        except first_run.NotReady:
            assert time.monotonic() < deadline, "the worker still holds the folder"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def pages(set_ups: Templates, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Serve a built app in small."""
    folder = tmp_path_factory.mktemp("app") / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Batchspine</title>" + "<p>app</p>" * 50)
    (folder / "sw.js").write_text("// service worker")
    (folder / "assets" / "main-1a2b.js").write_text("let a = 1;\n" * 200)
    (folder / "secret.key").write_text("not for anybody")
    settings = msgspec.structs.replace(set_ups("sqlite").settings, pwa=folder)
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.mark.requirement("S1")
@pytest.mark.parametrize(
    "path",
    ["/", "/enrol", "/setup", "/desk", "/desk/stock/x", "/B/MAK-2026-0142/I/PARA-API", "/01/08901234000014/10/X"],
)
def test_every_screen_is_the_app_and_is_asked_for_again(pages: TestClient[Litestar], path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 200
    assert "<title>Batchspine" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-encoding"] == "gzip"
    head = pages.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    known = pages.get(path, headers={"If-None-Match": f'"other", W/{answer.headers["etag"]}'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", answer.headers["etag"])


def test_an_asset_never_changes_and_its_two_forms_have_two_tags(pages: TestClient[Litestar]) -> None:
    packed = pages.get("/assets/main-1a2b.js")
    plain = pages.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert "immutable" in packed.headers["cache-control"]
    assert packed.text == plain.text
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert pages.get("/sw.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/secret.key", "/assets/../secret.key", "/assets/%2e%2e/secret.key", "/assets//etc/passwd", "/assets/x.js"]
)
def test_only_files_of_the_app_are_served(pages: TestClient[Litestar], path: str) -> None:
    assert pages.get(path).status_code == 404


def test_an_app_that_is_not_built_says_so(standing: Standing) -> None:
    client, _ = standing
    answer = client.get("/desk")
    assert answer.status_code == 503
    assert "not been built" in answer.text
