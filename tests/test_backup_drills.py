"""Restore drills: copies are made while phones scan, an older one is brought back, and in the end nothing shows it.

Each drill is a random floor: phones of two sites and a desk, of which some hear late; copies now and then; afterwards
more scans, a phone enrolled since, master data entered since. Then the oldest copy that may be restored comes back,
sometimes twice in a row, sometimes with a little life in between. Phones let go of what they may on the way.
Of four drills one begins on SQLite and is restored into PostgreSQL, and one goes the other way.
By command, as many as one likes: `pytest tests/test_backup_drills.py --times 100`.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import postgres
import pytest
from conftest import Installation
from floor import Books, together
from histories import _one as scan_something
from litestar.testing import TestClient
from signed_phone import SignedPhone

from server.access.keys import open_keys
from server.backup import announced
from server.backup.copies import copies_in, installation_of
from server.backup.making import make
from server.backup.restoring import restore
from server.clock import now_ms
from server.database.engine import Address, connect_raw
from server.intake.check import check
from server.settings import Settings
from sync.outbox import Kept, Run
from sync.wire import PushAnswer

DRILLS = 24
SITES = ("ASHA-WH", "KIRAN-FL")

Move = tuple[str, str]
"""The database a drill begins on and the one its copies are brought back to."""

MOVES: tuple[Move, ...] = (("sqlite", "sqlite"), ("sqlite", "postgres"), ("sqlite", "sqlite"), ("postgres", "sqlite"))


class Drill:
    """One floor, its server, and everything its phones ever recorded."""

    def __init__(self, plant: Installation, seed: int, move: Move) -> None:
        self.plant, self.rng, self.move = plant, random.Random(seed), move
        self.phones: list[SignedPhone] = []
        self.made: list[tuple[SignedPhone, Kept]] = []
        self.let_go = self.forgotten = 0
        assert plant.settings.backup is not None
        self.place = plant.settings.backup

    def enrol(self, client: TestClient[Any], site: str, *, is_desk: bool = False) -> None:
        """Make a phone, or a desk, a device."""
        phone = SignedPhone(client, self.plant.office, site=site, name=f"P{len(self.phones)}", is_desk=is_desk)
        phone.n = 20 + len(self.phones)
        phone.is_desk = is_desk
        self.phones.append(phone)

    def live(self, client: TestClient[Any], steps: int) -> None:
        """Let phones scan and call in any order; half of what they record is weeks old already."""
        for _ in range(steps):
            phone = self.rng.choice(self.phones)
            known = tuple(kept for _, kept in self.rng.sample(self.made, k=min(len(self.made), self.rng.randint(0, 2))))
            scan_something(self.rng, phone, self.made, {"at": len(self.made) * 1000, "after": known}, units_only=False)
            if self.rng.random() < 0.7:
                self.made[-1][1].made_at = 0
            if self.rng.random() < 0.5:
                self.call(client, self.rng.choice(self.phones), is_curious=self.rng.random() < 0.3)

    def call(self, client: TestClient[Any], phone: SignedPhone, *, is_curious: bool = True) -> None:
        """Hand in what is waiting, let go of what need not be kept; who is curious learns what is new."""
        nonces: Any = client.app.dependencies["nonces"]
        phone.client, phone.nonce = client, lambda: nonces.dependency().issue(now_ms())  # type: ignore[method-assign]
        while (run := phone.outbox.next_run()) is not None:
            answer = phone.push(run)
            assert answer.status_code == 200, answer.json()
            heard = msgspec.convert(answer.json(), PushAnswer)
            phone.outbox.answered(heard)
            self.let_go += len(phone.outbox.let_go(heard))
        if is_curious and phone.ask("pull").status_code == 200:
            phone.outbox.bases = phone.pull()["bases"]
        elif is_curious:  # switched off: it is told nothing more, but that there was a restore
            answer = phone.push(Run(phone.outbox.inc, phone.outbox.head, ()))
            phone.outbox.bases = msgspec.convert(answer.json(), PushAnswer).bases

    def back_up(self, client: TestClient[Any]) -> None:
        """Make a copy, and let the server notice it."""
        assert make(self.plant.settings, self.place, now_ms).is_verified
        keeper: Any = client.app.dependencies["keeper"]
        keeper.dependency().look()

    def before(self) -> None:
        """Live, with copies now and then, and go on after the last of them."""
        # With a copy of today the server makes none of its own, which would be in the way of those made here.
        assert make(self.plant.settings, self.place, now_ms).is_verified
        with self.plant.client() as client:
            for code in ("KIRAN-FL", "NEEM-FL"):
                place = {"code": code, "name": code.title(), "type": "contract_manufacturer", "site": code}
                assert client.post("/places", json=place, headers=self.plant.office).status_code == 201
            for site, is_desk in ((SITES[0], False), (SITES[1], False), (SITES[0], True)):
                self.enrol(client, site, is_desk=is_desk)
            for _ in range(self.rng.randint(2, 4)):
                self.live(client, self.rng.randint(3, 9))
                self.back_up(client)
            self.enrol(client, self.rng.choice(SITES))
            self.enter_master_data(client, "SINCE")
            self.live(client, self.rng.randint(6, 14))

    def enter_master_data(self, client: TestClient[Any], code: str) -> None:
        """Add what only the desk knows; a restore takes it back and scans must not mind."""
        item = {"code": code, "name": "An item", "unit_of_measure": "kg", "per_unit": 1000}
        assert client.post("/items", json=item, headers=self.plant.office).status_code == 201

    def bring_back(self) -> None:
        """Restore the oldest copy that may be restored, into the database this drill moves to."""
        held = events_in(self.plant.settings.database)
        if self.move[0] != self.move[1]:
            self.plant = Installation(self._moved(), self.plant.office)
        settings = self.plant.settings
        installation = installation_of(open_keys(settings.keys_folder))
        told = announced.read([settings.data, self.place], installation)
        oldest = next(copy for copy in copies_in(self.place, installation) if not announced.behind(copy, told))
        assert restore(settings, oldest.folder, now_ms).lacks == []
        self.forgotten += held - events_in(settings.database)

    def _moved(self) -> Settings:
        """Name the other database; this is done once, a second restore stays where the first one led."""
        start, end = self.move
        self.move = (end, end)
        url = postgres.cluster().new() if end == "postgres" else None
        assert start != end
        return msgspec.structs.replace(self.plant.settings, postgres=url)

    def recover(self) -> None:
        """Let every phone call until all it holds has arrived, in any order."""
        with self.plant.client() as client:
            self.enter_master_data(client, "SINCE")
            self.rng.shuffle(self.phones)
            # The first call may only tell a phone of the restore, the second hands in, the third sees what others had.
            for phone in self.phones * 3:
                self.call(client, phone)
            assert [phone.outbox.unsent() for phone in self.phones] == [[]] * len(self.phones)
            told = [phone for phone in self.phones if phone.ask("pull").status_code == 200]
            pictures = [{key: row for key, row in phone.replica.items() if key[0] == "unit"} for phone in told]
            for phone, seen in zip(told, pictures, strict=True):
                phone.cursor, phone.replica = None, {}
                phone.pull()
                fresh = {key: row for key, row in phone.replica.items() if key[0] == "unit"}
                assert {key: row for key, row in seen.items() if row} == {key: row for key, row in fresh.items() if row}

    def undisturbed(self, folder: Path) -> Any:
        """Give stock, units, outcomes, exceptions and holds of a server that was never restored."""
        books = Books(folder)
        for phone in self.phones:
            books.connection.execute(
                "INSERT INTO device (n, id, code, name, site, is_desk, public_key, enrolled_at)"
                " VALUES (?, ?, ?, 'P', ?, ?, ?, 0)",
                (phone.n, phone.id, f"P{phone.n}", phone.site, phone.is_desk, b"\0"),
            )
        for phone in self.phones:
            if run := [kept for maker, kept in self.made if maker is phone]:
                books.take(together(phone, run))
        return books.picture()


def events_in(database: Address) -> int:
    """Count what is stored."""
    connection = connect_raw(database)
    count = int(connection.execute("SELECT COUNT(*) FROM event").fetchone()[0])
    connection.close()
    return count


def books_of(database: Address) -> Any:
    """Give the picture of a server's own database."""
    books = Books.__new__(Books)
    books.connection = connect_raw(database)
    picture = books.picture()
    books.connection.close()
    return picture


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make each drill a test of its own, on the database it begins on."""
    if "drill" in metafunc.fixturenames:
        drills = range(metafunc.config.getoption("times") or DRILLS)
        metafunc.parametrize(
            ("engine", "drill"),
            [(MOVES[n % len(MOVES)][0], n) for n in drills],
            indirect=True,
            ids=["-".join((str(n), *MOVES[n % len(MOVES)])) for n in drills],
        )


@pytest.fixture
def drill(request: pytest.FixtureRequest, engine: str, installation: Installation, tmp_path: Path) -> Drill:
    """Give a floor with a folder for copies."""
    (tmp_path / "copies").mkdir()
    settings = msgspec.structs.replace(installation.settings, backup=tmp_path / "copies")
    move = MOVES[request.param % len(MOVES)]
    assert engine == move[0]
    return Drill(Installation(settings, installation.office), request.param, move)


@pytest.mark.requirement("A5", "S8")
def test_after_a_restore_everything_comes_out_as_if_there_had_been_none(drill: Drill, tmp_path: Path) -> None:
    drill.before()
    assert check(drill.plant.settings.database) == []
    drill.bring_back()
    if drill.rng.random() < 0.5:
        if drill.rng.random() < 0.5:
            with drill.plant.client() as client:
                drill.live(client, 5)
        drill.bring_back()
    drill.recover()
    assert drill.forgotten > 0
    assert check(drill.plant.settings.database) == []
    assert books_of(drill.plant.settings.database) == drill.undisturbed(tmp_path)
