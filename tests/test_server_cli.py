"""The command line: each command does its work or says in a sentence why not."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import SITE, Installation
from sqlalchemy import delete, select, text, update

from server.access import credentials
from server.access.tables import person
from server.cli import main
from server.database import migrate
from server.intake.tables import feed
from server.settings import Settings, to_environment


def call(settings: Settings, *arguments: str, answers: str = "") -> Result:
    """Run a command as a person would."""
    return CliRunner().invoke(main, arguments, input=answers, env=to_environment(settings), catch_exceptions=False)


def row_of(settings: Settings, name: str) -> Any:
    """Find a person in the database."""
    with migrate.connected(settings.database) as connection:
        return connection.execute(select(person).where(person.c.name == name)).one()


@pytest.mark.requirement("L1", "L3", "L8")
@pytest.mark.parametrize("to", ["png", "pdf"])
def test_a_label_is_made_without_a_server_and_read_again(tmp_path: Path, to: str) -> None:
    settings = Settings(data=tmp_path / "none", pwa=tmp_path, public_url="https://batch.example.org")
    out = tmp_path / f"label.{to}"
    lot = ("label", "--item", "PARA-API", "--batch", "MAK-2026-0142", "--format", to, "--out", str(out))
    assert call(settings, *lot).exit_code == 0
    read = call(settings, "read", str(out))
    assert read.exit_code == 0
    found = {entry["symbology"]: entry for entry in json.loads(read.output)}
    assert found["QRCode"]["text"] == "HTTPS://BATCH.EXAMPLE.ORG/B/MAK-2026-0142/I/PARA-API"
    assert found["QRCode"]["identity"] == {
        "kind": "lot", "batch": "MAK-2026-0142", "item": "PARA-API", "origin": "HTTPS://BATCH.EXAMPLE.ORG",
    }  # fmt: skip
    assert found["Code128"]["text"] == "MAK-2026-0142"
    assert not settings.data.exists()


def test_a_unit_label_at_another_resolution(tmp_path: Path) -> None:
    settings, out = Settings(data=tmp_path, pwa=tmp_path), tmp_path / "u.png"
    unit = ("--unit", "DRUM-7", "--dpi", "300", "--stock", "100x150", "--format", "png", "--out", str(out))
    assert call(settings, "label", "--item", "STARCH", "--batch", "99-1", *unit).exit_code == 0
    texts = {entry["text"] for entry in json.loads(call(settings, "read", str(out)).output)}
    assert texts == {"MAK1:99-1/STARCH/DRUM-7", "DRUM-7"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("label", "--item", "a b", "--batch", "B"), "A-Z"),
        (("label", "--item", "A", "--batch", "B", "--stock", "huge"), "no stock"),
        (("label", "--item", "A", "--batch", "B", "--dpi", "50"), "resolution"),
    ],
)
def test_a_label_that_cannot_be_made_ends_with_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    settings = Settings(data=tmp_path, pwa=tmp_path)
    result = call(settings, *arguments, "--out", str(tmp_path / "x.pdf"))
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert words in result.output
    assert not (tmp_path / "x.pdf").exists()


def test_a_file_that_is_no_picture_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("no picture")
    result = call(Settings(data=tmp_path, pwa=tmp_path), "read", str(tmp_path / "x.png"))
    assert result.exit_code == 1
    assert "Error: " in result.output


def test_people_are_added_listed_and_changed(installation: Installation) -> None:
    settings = installation.settings
    added = call(settings, "user", "add", "Ravi", "--role", "operator", "--site", SITE, "--pin", answers="482915\n" * 2)
    assert added.exit_code == 0, added.output
    password = "a long password\n"
    meera = ("user", "add", "Meera", "--role", "office", "--site", SITE, "--login", "meera")
    assert call(settings, *meera, answers=password * 2).exit_code == 0
    listed = call(settings, "user", "list").output
    assert "Ravi   PIN" in listed
    assert "login meera" in listed
    assert "a long password" not in listed

    ravi = row_of(settings, "Ravi")
    assert call(settings, "user", "pin", "Ravi", answers="111222\n" * 2).exit_code == 0
    changed = row_of(settings, "Ravi")
    assert changed.grant == ravi.grant + 1
    verifier = credentials.PinVerifier(changed.pin_salt, changed.pin_iterations, changed.pin_hash)
    assert credentials.is_pin_right("111222", verifier)
    assert call(settings, "user", "password", "meera", answers="another password\n" * 2).exit_code == 0
    assert credentials.is_password_right("another password", row_of(settings, "Meera").password)
    assert call(settings, "user", "deactivate", ravi.id.hex()[:8]).exit_code == 0
    assert not row_of(settings, "Ravi").is_active
    with migrate.connected(settings.database) as connection:
        assert len(connection.execute(select(feed).where(feed.c.entity == ravi.n, feed.c.kind == 3)).all()) == 3


@pytest.mark.parametrize(
    ("arguments", "answers", "words"),
    [
        (("add", "Ravi", "--role", "operator", "--site", SITE), "", "Give the person a PIN"),
        (("add", "Ravi", "--role", "operator", "--site", SITE, "--pin"), "12\n12\n", "six digits"),
        (("add", "Ravi", "--role", "operator", "--site", "MOON", "--pin"), "482915\n" * 2, "no such site"),
        (("add", "", "--role", "operator", "--site", SITE, "--pin"), "482915\n" * 2, "1 to 80"),
        (("pin", "Nobody"), "482915\n" * 2, "Nobody found"),
        (("password", "Office"), "short\n" * 2, "10 to 200"),
        (("add", "Ravi", "--role", "king", "--site", SITE), "", "king"),
    ],
)
def test_a_change_of_people_that_cannot_be_made_says_why(
    installation: Installation, arguments: tuple[str, ...], answers: str, words: str
) -> None:
    result = call(installation.settings, "user", *arguments, answers=answers)
    assert result.exit_code > 0
    assert words in result.output


@pytest.mark.requirement("A5")
def test_check_agrees_and_disagrees_by_its_exit_code(installation: Installation) -> None:
    settings = installation.settings
    assert call(settings, "check").exit_code == 0
    with migrate.connected(settings.database) as connection:
        connection.execute(text("INSERT INTO bucket VALUES (1, 'location:X', 'A', 'B', 'ASHA', 'available')"))
        connection.execute(text("INSERT INTO balance VALUES (1, 5)"))
    result = call(settings, "check")
    assert result.exit_code == 1
    assert result.output.strip()


def test_migrate_makes_an_empty_database_and_doctor_says_what_is_missing(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", pwa=tmp_path)
    assert "empty → current" in call(settings, "migrate").output
    result = call(settings, "doctor")
    assert result.exit_code == 1
    assert "MISSING Nobody has set this installation up" in result.output


@pytest.mark.requirement("A7")
def test_a_certificate_is_made_by_one_command(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, pwa=tmp_path)
    made = call(settings, "certificate", "batch.plant.example", "--ip", "10.0.0.5")
    assert made.exit_code == 0
    assert "to be trusted on every phone" in made.output
    assert "to be trusted" not in call(settings, "certificate", "batch.plant.example").output
    refused = call(settings, "certificate", "other.example")
    assert refused.exit_code == 1
    assert "--replace" in refused.output


def test_serve_without_its_certificate_says_what_to_do(installation: Installation) -> None:
    result = call(installation.settings, "serve", "--tls")
    assert result.exit_code == 1
    assert "batchspine certificate" in result.output
    assert call(installation.settings, "certificate", "batch.plant.example").exit_code == 0
    assert "BATCHSPINE_PUBLIC_URL" in call(installation.settings, "serve", "--tls").output


def test_two_servers_do_not_share_a_port(installation: Installation) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((installation.settings.host, installation.settings.port))
        other.listen()
        result = call(installation.settings, "serve")
    assert result.exit_code == 1
    assert "Choose another --port" in result.output


def test_a_benchmark_nobody_wrote_is_named(installation: Installation) -> None:
    result = call(installation.settings, "bench", "nothing")
    assert result.exit_code == 1
    assert "no benchmark" in result.output


def test_an_empty_office_is_found_by_the_doctor(installation: Installation) -> None:
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(update(person).values(is_active=False))
        connection.execute(delete(feed))
    assert "Nobody with the office role" in call(installation.settings, "doctor").output
