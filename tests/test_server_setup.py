"""Taking charge of an installation, its certificate, its doctor, and the demo's story."""

import contextlib
import socket
import ssl
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Installation, Serve, free_port
from cryptography import x509
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import text, update

from labels.identity import UnitIdentity
from labels.reading import read_image
from server.access.tables import person
from server.app import create_app
from server.backup.making import make
from server.database import migrate
from server.intake.check import check
from server.settings import Settings, SettingsWrong, from_environment, to_environment
from server.setup import authority, demo, first_run
from server.setup.demo_story import BATCH
from server.setup.doctor import examine

NOW = datetime(2026, 11, 22, tzinfo=UTC)

SETUP = {
    "company": {"code": "ASHA", "name": "Asha Pharma"},
    "site": {"code": "ASHA-WH", "name": "Asha warehouse", "type": "warehouse"},
    "person": {"name": "Meera Shah", "login": "meera", "password": "correct horse battery", "pin": "482915"},
}


def token_of(link: str | None) -> str:
    """Take the token out of a set-up link."""
    assert link is not None
    address, _, token = link.partition("/setup#")
    assert address.startswith("http://127.0.0.1:")
    return token


# --- set-up


@pytest.mark.requirement("D1")
def test_the_link_makes_one_person_the_office_and_is_dead_afterwards(empty: Settings) -> None:
    token = token_of(first_run.prepare(empty))
    with TestClient(create_app(empty)) as client:
        assert client.get("/installation").json()["needs_setup"] is True
        assert client.get("/installation").json()["company"] is None
        answer = client.post("/setup", json=SETUP | {"token": token})
        assert answer.status_code == 201
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        (meera,) = client.get("/people", headers=headers).json()["people"]
        assert (meera["role"], meera["site"], meera["login"], meera["has_pin"]) == ("office", "ASHA-WH", "meera", True)
        again = client.post("/setup", json=SETUP | {"token": token})
        assert (again.status_code, again.json()["code"]) == (409, "setup_done")
        assert client.get("/installation").json()["needs_setup"] is False
        assert client.get("/installation").json()["company"] == SETUP["company"]
    assert first_run.prepare(empty) is None


@pytest.mark.requirement("L8")
def test_what_a_label_tells_a_stranger_is_said_by_the_administrator(empty: Settings) -> None:
    with TestClient(create_app(empty)) as client:
        assert client.get("/installation").json()["label_link"] == "plain"
    told = from_environment(to_environment(empty) | {"BATCHSPINE_LABEL_LINK": "batch"})
    assert from_environment(to_environment(told)) == told
    with TestClient(create_app(told)) as client:
        assert client.get("/installation").json()["label_link"] == "batch"
    with pytest.raises(SettingsWrong, match="must be plain or batch"):
        from_environment({"BATCHSPINE_LABEL_LINK": "everything"})


@pytest.mark.requirement("D1")
def test_a_newer_start_prints_a_newer_link_and_the_older_one_is_dead(empty: Settings) -> None:
    old, new = token_of(first_run.prepare(empty)), token_of(first_run.prepare(empty))
    with TestClient(create_app(empty)) as client:
        for wrong in (old, "", "x" * 24):
            answer = client.post("/setup", json=SETUP | {"token": wrong})
            assert (answer.status_code, answer.json()["code"]) == (401, "setup_link_wrong")
        assert client.post("/setup", json=SETUP | {"token": new}).status_code == 201


def test_guessing_the_link_is_slowed_down(empty: Settings) -> None:
    token = token_of(first_run.prepare(empty))
    with TestClient(create_app(empty)) as client:
        for _ in range(10):
            assert client.post("/setup", json=SETUP | {"token": "guess"}).status_code == 401
        answer = client.post("/setup", json=SETUP | {"token": token})
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")


def test_of_two_clicks_on_the_link_one_sets_up(empty: Settings) -> None:
    token = token_of(first_run.prepare(empty))
    with TestClient(create_app(empty)) as client:
        answers: list[int] = []

        def click() -> None:
            answers.append(client.post("/setup", json=SETUP | {"token": token}).status_code)

        clicks = [threading.Thread(target=click) for _ in range(2)]
        for one in clicks:
            one.start()
        for one in clicks:
            one.join()
        assert sorted(answers) == [201, 409]


@pytest.mark.parametrize(
    ("part", "changed", "field"),
    [
        ("company", {"code": "asha"}, "company.code"),
        ("site", {"type": "castle"}, "site.type"),
        ("person", {"pin": "123"}, "person.pin"),
        ("person", {"password": "short"}, "person.password"),
    ],
)
def test_a_mistake_in_set_up_names_its_field_and_leaves_the_link_alive(
    empty: Settings, part: str, changed: dict[str, str], field: str
) -> None:
    token = token_of(first_run.prepare(empty))
    with TestClient(create_app(empty)) as client:
        body: dict[str, Any] = SETUP | {"token": token, part: SETUP[part] | changed}
        answer = client.post("/setup", json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert client.post("/setup", json=SETUP | {"token": token}).status_code == 201


# --- settings


def test_settings_come_from_the_environment_and_go_back_into_it(tmp_path: Path) -> None:
    assert from_environment({"HOME": "/nobody", "XDG_DATA_HOME": "/data"}).database == Path(
        "/data/batchspine/batchspine.sqlite"
    )
    settings = Settings(
        data=tmp_path, pwa=tmp_path, public_url="https://b.example:8443", port=8443, tls=True, trust_port=8081,
        backup=tmp_path / "copies",
    )  # fmt: skip
    assert from_environment(to_environment(settings)) == settings
    assert from_environment({"BATCHSPINE_PUBLIC_URL": "HTTPS://B.Example/"}).public_url == "https://b.example"


@pytest.mark.parametrize(
    "wrong",
    [
        {"BATCHSPINE_PUBLIC_URL": "b.example"},
        {"BATCHSPINE_PUBLIC_URL": "https://b.example/app"},
        {"BATCHSPINE_PUBLIC_URL": "https://user@b.example"},
        {"BATCHSPINE_PORT": "0"},
        {"BATCHSPINE_PORT": "http"},
        {"BATCHSPINE_TRUST_PORT": "70000"},
    ],
)
def test_a_setting_that_cannot_be_used_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsWrong, match=r"public address|BATCHSPINE_"):
        from_environment(wrong)


# --- certificates


def shakes_hands(folder: Path, host: str) -> None:
    """Do a TLS handshake in memory, as a client that trusts our authority and expects `host`."""
    files = authority.Files(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.server, files.server_key)
    client = ssl.create_default_context(cafile=files.authority)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (here, there, here, there):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()


@pytest.mark.requirement("A7")
def test_a_client_that_trusts_our_authority_accepts_the_server_under_its_names_only(tmp_path: Path) -> None:
    at = authority.reached("Batch.Plant.example", ("192.168.1.20",))
    assert authority.certify(tmp_path, at, authority.utc_now())
    shakes_hands(tmp_path, "batch.plant.example")
    shakes_hands(tmp_path, "192.168.1.20")
    for other in ("plant.example", "other.example", "192.168.1.21", "localhost"):
        with pytest.raises(ssl.SSLCertVerificationError):
            shakes_hands(tmp_path, other)


@pytest.mark.requirement("A7")
def test_a_server_may_have_no_name_but_an_address(tmp_path: Path) -> None:
    authority.certify(tmp_path, authority.reached("192.168.1.20", ()), authority.utc_now())
    shakes_hands(tmp_path, "192.168.1.20")


@pytest.mark.requirement("A7")
def test_whoever_steals_the_authority_can_imitate_no_other_site(tmp_path: Path) -> None:
    at = authority.reached("batch.plant.example", ())
    authority.certify(tmp_path, at, authority.utc_now())
    files = authority.Files(tmp_path)
    trusted = x509.load_pem_x509_certificate(files.authority.read_bytes())
    key = authority._load_key(files.authority_key)
    for stolen in (authority.Reached("bank.example", ()), authority.Reached(None, (ip_address("10.0.0.1"),))):
        forged_key = authority.ec.generate_private_key(authority.ec.SECP256R1())
        forged = authority._sign_server(stolen, forged_key.public_key(), trusted, key, authority.utc_now())
        files.server.write_bytes(forged.public_bytes(authority.Encoding.PEM))
        files.server_key.write_bytes(authority._key_pem(forged_key))
        with pytest.raises(ssl.SSLCertVerificationError, match=r"permitted subtree|excluded subtree"):
            shakes_hands(tmp_path, stolen.host)


@pytest.mark.requirement("A7")
def test_renewing_keeps_the_authority_phones_trust(tmp_path: Path) -> None:
    at = authority.reached("batch.plant.example", ())
    authority.certify(tmp_path, at, NOW)
    files = authority.Files(tmp_path)
    trusted, served = files.authority.read_bytes(), files.server.read_bytes()
    assert not authority.certify(tmp_path, at, NOW + timedelta(days=300))
    assert files.authority.read_bytes() == trusted
    assert files.server.read_bytes() != served
    with pytest.raises(first_run.NotReady, match=r"not for other\.example"):
        authority.certify(tmp_path, authority.reached("other.example", ()), NOW)
    assert authority.certify(tmp_path, authority.reached("other.example", ()), NOW, replace=True)
    assert files.authority.read_bytes() != trusted
    assert {path.stat().st_mode & 0o777 for path in (files.server_key, files.authority_key)} == {0o600}


def test_a_certificate_lives_as_long_as_browsers_accept(tmp_path: Path) -> None:
    authority.certify(tmp_path, authority.reached("batch.plant.example", ()), NOW)
    certificate = x509.load_pem_x509_certificate(authority.Files(tmp_path).server.read_bytes())
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=398)
    assert authority.days_left(certificate, NOW) == 396


@pytest.mark.parametrize(
    "name", ["", "https://b.example", "b.example/x", "b..example", "-b.example", "b_.example", "*.b"]
)
def test_what_is_no_host_name_gets_no_certificate(name: str) -> None:
    with pytest.raises(first_run.NotReady, match="no host name"):
        authority.reached(name, ())


@pytest.mark.requirement("A7")
def test_phones_get_the_app_by_https_and_the_authority_by_a_plain_page(
    installation: Installation, serve: Serve
) -> None:
    port, trust_port = free_port(), free_port()
    settings = msgspec.structs.replace(
        installation.settings,
        port=port,
        tls=True,
        trust_port=trust_port,
        public_url=f"https://batch.plant.example:{port}",
    )
    at = authority.reached("batch.plant.example", ("127.0.0.1",))
    authority.certify(settings.tls_folder, at, authority.utc_now())
    serve(settings)
    page = f"http://127.0.0.1:{trust_port}"
    with urllib.request.urlopen(f"{page}/") as answer:
        said = answer.read().decode()
    for words in ("Android", "iPhone", "batch.plant.example", "<svg ", "/ca.crt", "Certificate Trust Settings"):
        assert words in said
    with urllib.request.urlopen(f"{page}/ca.crt") as answer:
        assert answer.headers["content-type"] == "application/x-x509-ca-cert"
        der = answer.read()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{page}/health")
    context = ssl.create_default_context(cadata=der)
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="batch.plant.example") as secure,
    ):
        secure.sendall(f"GET /health HTTP/1.1\r\nHost: batch.plant.example:{port}\r\n\r\n".encode())
        head = secure.recv(65_536).decode().lower()
    assert head.startswith("http/1.1 200")
    assert "strict-transport-security: max-age=" in head


# --- doctor


def findings(settings: Settings, now: datetime = NOW) -> dict[str, str]:
    """Give what the doctor finds, by sentence."""
    return {finding.sentence: finding.level for finding in examine(settings, now)}


def missing(settings: Settings, words: str, now: datetime = NOW) -> bool:
    """Say whether something with these words is missing."""
    return any(words in sentence and level == "missing" for sentence, level in findings(settings, now).items())


@pytest.mark.requirement("A7")
def test_the_doctor_names_everything_an_empty_folder_lacks(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "none", pwa=tmp_path)
    for words in ("no database", "no keys", "No public address", "app is not built"):
        assert missing(settings, words), words
    assert not (tmp_path / "none").exists()


@pytest.mark.requirement("A7")
def test_the_doctor_is_content_with_a_server_phones_can_rely_on(installation: Installation, tmp_path: Path) -> None:
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(update(person).values(login="meera", password="x"))
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").touch()
    (tmp_path / "copies").mkdir()
    settings = msgspec.structs.replace(
        installation.settings, public_url="https://batch.plant.example", tls=True, pwa=tmp_path / "dist",
        backup=tmp_path / "copies",
    )  # fmt: skip
    make(settings, tmp_path / "copies", lambda: int(NOW.timestamp() * 1000))
    authority.certify(settings.tls_folder, authority.reached("batch.plant.example", ()), NOW)
    assert set(findings(settings).values()) <= {"good", "note"}, findings(settings)


@pytest.mark.requirement("A7")
def test_the_doctor_sees_what_went_wrong_later(installation: Installation) -> None:
    settings = msgspec.structs.replace(installation.settings, public_url="https://batch.plant.example", tls=True)
    assert missing(settings, "there is no certificate")
    assert missing(settings, "No folder for backups")
    assert missing(msgspec.structs.replace(settings, backup=settings.data / "nowhere"), "disk connected")
    assert missing(msgspec.structs.replace(settings, backup=settings.data), "no verified backup")
    authority.certify(settings.tls_folder, authority.reached("other.example", ()), NOW)
    assert missing(settings, "not for batch.plant.example")
    assert missing(settings, "ends in 16 days", NOW + timedelta(days=380))
    assert missing(settings, "has ended", NOW + timedelta(days=400))
    (settings.keys_folder / "token.pem").chmod(0o644)
    assert missing(settings, "chmod go-rwx")
    assert missing(settings, "office role")
    insecure = msgspec.structs.replace(settings, public_url="http://batch.plant.example")
    assert missing(insecure, "is not https")
    (settings.keys_folder / "token.pem").write_text("rubbish")
    assert missing(settings, "backup")
    with migrate.connected(settings.database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert missing(settings, "newer version")


# --- the demo


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, demo.Demo]:
    """Tell the story once for this module."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(data=folder / "data-demo", pwa=folder / "no-app", port=free_port())
    return settings, demo.prepare(settings, keep=False)


@pytest.mark.requirement("D1", "J1", "J3")
def test_the_demo_tells_where_every_part_of_the_batch_is(told: tuple[Settings, demo.Demo]) -> None:
    settings, _ = told
    assert check(settings.database) == []
    with TestClient(create_app(settings)) as client:
        office = signed_in(client)
        rows = client.get("/stock", params={"batch": BATCH}, headers=office).json()["rows"]
        assert {(row["state"], row["item"], row["place_name"]): row["shown"] for row in rows} == {
            ("in_transit", "PARA-API", "transfer TR-0007"): "100",
            ("on_hand", "STARCH", "Kiran Formulations"): "32.5",
            ("in_process", "STARCH", "run R-12"): "7.5",
        }
        assert client.get("/installation").json()["is_demo"] is True


def signed_in(client: TestClient[Litestar]) -> dict[str, str]:
    """Sign in as the demo says."""
    sent = {"login": demo.OFFICE_LOGIN, "password": demo.OFFICE_PASSWORD}
    return {"Authorization": f"Bearer {client.post('/session', json=sent).json()['token']}"}


@pytest.mark.requirement("D1", "L8")
def test_the_demo_prints_the_labels_of_its_story(told: tuple[Settings, demo.Demo]) -> None:
    _, shown = told
    identities = {reading.identity for reading in read_image(shown.label_sheet.read_bytes())}
    assert len({identity.unit for identity in identities if isinstance(identity, UnitIdentity)}) == 9


@pytest.mark.requirement("D1")
def test_the_demo_is_made_anew_unless_it_shall_be_kept_and_never_over_real_records(
    told: tuple[Settings, demo.Demo], installation: Installation
) -> None:
    settings, first = told
    kept = demo.prepare(settings, keep=True)
    assert {one.link for one in kept.invitations}.isdisjoint(one.link for one in first.invitations)
    epoch = _epoch(settings)
    demo.prepare(settings, keep=False)
    assert _epoch(settings) != epoch
    with pytest.raises(first_run.NotReady, match="not a demo's folder"):
        demo.prepare(installation.settings, keep=False)
    assert migrate.state(installation.settings.database) == "current"


@pytest.mark.requirement("D1")
def test_a_kept_demo_starts_again_after_a_unit_of_unknown_contents_was_scanned(
    told: tuple[Settings, demo.Demo],
) -> None:
    """Somebody received a pallet nobody has recorded: there is no label to print for it yet."""
    settings, _ = told
    with migrate.connected(settings.database) as connection:
        connection.execute(
            text("INSERT INTO unit (n, serial, quantity, is_ended, heads) VALUES (900, 'P900', 0, 0, x'')")
        )
    assert demo.prepare(settings, keep=True).label_sheet.exists()


def _epoch(settings: Settings) -> str:
    with migrate.connected(settings.database) as connection:
        return first_run.epoch_of(connection)


def test_the_demo_keeps_apart_from_real_records_and_on_a_network_it_is_secure(tmp_path: Path) -> None:
    real = Settings(data=tmp_path / "batchspine", pwa=tmp_path)
    alone = demo.demo_settings(real, lan=False, port=None)
    assert (alone.data, alone.address) == (tmp_path / "batchspine-demo", "http://127.0.0.1:8000")
    shared = demo.demo_settings(real, lan=True, port=None)
    assert shared.tls
    assert shared.address.startswith("https://")
    assert shared.address.endswith(":8443")
