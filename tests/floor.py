"""Phones for tests: they make real events, keep them in a real outbox, and hand in real deliveries.

Time, ids and randomness come from one seeded source, so that a failure is reproduced by its seed.
"""

from __future__ import annotations

import atexit
import json
import random
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import postgres
from simulation.people import ROLES

from server.database.engine import Address, connect_raw
from server.database.migrate import upgrade
from server.intake.delivery import Delivery, Sender, open_push
from server.intake.writer import Desk
from sync.clock import tick
from sync.exception import Trouble
from sync.outbox import Kept, Outbox, Run
from sync.wire import Link, Push

START = 1_763_800_000_000
ITEM, BATCH, OWNER = "PARA-API", "MAK-2026-0142", "ASHA"
SUPERVISOR, OPERATOR = "dd" * 16, "ee" * 16
"""Two people besides those who hold the phones; of no site, so that no feed need tell of them."""
DESKS = (9,)
"""The phones that are desks."""
SITES = ("ASHA-WH", "KIRAN-FL", "NEEM-FL")
WH, FL, FL2 = (f"location:{site}" for site in SITES)


def material(quantity: int | str = 25_000, **changed: Any) -> dict[str, Any]:
    """Give 25 kg of one lot, unless told otherwise."""
    entered = {"quantity": str(quantity), "unit_of_measure": "g"}
    return {
        "item": ITEM, "batch": BATCH, "quantity": str(quantity), "entered": entered, "owner": OWNER,
        "status": "available", "obtained": "assumed",
    } | changed  # fmt: skip


class Phone:
    """One phone on one floor, with its own clock, chain and outbox."""

    def __init__(
        self,
        n: int,
        site: str = "ASHA-WH",
        *,
        skew_ms: int = 0,
        actor: int | None = None,
        compared: bool = False,
    ) -> None:
        self.n, self.site, self.skew_ms = n, site, skew_ms
        self.compared = compared
        self.id = bytes([n]) * 16
        self.actor = bytes([0xA0 + (n if actor is None else actor)]) * 16
        self.outbox = Outbox(self.id, bytes([0x40 + n]) * 16)
        self.is_desk = n in DESKS
        self.last = (0, 0)
        self.made = 0

    def record(
        self, type_: str, *, at: int = 0, after: tuple[Kept, ...] = (), event_id: bytes = b"", **said: Any
    ) -> Kept:
        """Record a scan `at` ms after the start, knowing the events in `after`."""
        wall = START + at + self.skew_ms
        offset = -self.skew_ms if self.compared else None
        self.last = tick(self.last, wall, offset)
        clock = {"at": self.last, "wall": wall, "mono": at, "boot": "b"}
        if self.compared:  # its clock was just compared with the server's
            clock |= {"offset": offset, "offset_age": 0, "round_trip": 10}
        self.made += 1
        body = {
            "type": type_, "v": 1, "actor": self.actor.hex(), "grant": 1, "site": self.site,
            "clock": clock, "after": [known.id.hex() for known in after],
        } | {key.rstrip("_"): value for key, value in said.items()}  # fmt: skip
        made = event_id or bytes([self.n]) + self.made.to_bytes(15, "big")
        return self.outbox.record(made, json.dumps(body).encode())

    # the words of the floor

    def commission(
        self, unit: str, quantity: int | None = 25_000, *, kind: str = "drum", to: str = WH, **more: Any
    ) -> Kept:
        """Label a unit of goods in."""
        said = {"material": None if quantity is None else material(quantity)} | more
        return self.record("commissioned", unit=unit, kind=kind, from_="supplier", to=to, **said)

    def dispatch(self, unit: str, transfer: str = "TR-1", *, from_: str = WH, to: str = FL, **more: Any) -> Kept:
        """Send a unit away whole."""
        said = {"material": None} | more
        return self.record(
            "dispatched", unit=unit, from_=from_, to=f"transfer:{transfer}", transfer=transfer, destination=to, **said
        )

    def receive(self, unit: str | None, transfer: str | None = "TR-1", *, to: str = FL, **more: Any) -> Kept:
        """Take a unit in."""
        said = {"material": material()} | more
        source = f"transfer:{transfer}" if transfer else "supplier"
        return self.record("received", unit=unit, from_=source, to=to, transfer=transfer, **said)

    def consume(
        self, unit: str | None, quantity: int | str = 5_000, *, at_place: str = FL, emptied: bool = False, **more: Any
    ) -> Kept:
        """Use some of a unit in run R-12."""
        return self.record(
            "consumed", unit=unit, material=material(quantity), from_=at_place, to="run:R-12", run="R-12",
            emptied=emptied, **more,
        )  # fmt: skip

    def pack(self, unit: str, into: str, *, to: str = WH, **more: Any) -> Kept:
        """Put a unit into a larger one."""
        return self.record("packed", unit=unit, into=into, to=to, **more)

    def unpack(self, unit: str, out_of: str, *, to: str = FL, **more: Any) -> Kept:
        """Take a unit out again."""
        return self.record("unpacked", unit=unit, out_of=out_of, to=to, **more)

    def move(self, unit: str | None, quantity: int = 25_000, *, from_: str = FL, to: str = FL2, **more: Any) -> Kept:
        """Put something somewhere else."""
        return self.record("moved", unit=unit, material=material(quantity), from_=from_, to=to, **more)

    def scrap(self, unit: str | None, quantity: int = 1_000, *, at_place: str = FL, **more: Any) -> Kept:
        """Spill some of a unit, or of what lies loose."""
        what = material(quantity)
        return self.record("scrapped", unit=unit, material=what, from_=at_place, to="scrapped", **more)

    def count(self, unit: str | None, quantity: int | str, *, to: str = FL, **more: Any) -> Kept:
        """Look how much there is."""
        return self.record("counted", unit=unit, material=material(quantity, obtained="counted"), to=to, **more)

    def hold(self, unit: str | None = None, **more: Any) -> Kept:
        """Put the lot, or one unit of it, on hold."""
        return self.record("held", item=ITEM, batch=BATCH, unit=unit, **more)

    def release(self, unit: str | None = None, **more: Any) -> Kept:
        """Lift the holds it knows."""
        return self.record("released", item=ITEM, batch=BATCH, unit=unit, **more)

    def finish(self, run: str = "R-12", **more: Any) -> Kept:
        """End a run."""
        return self.record("finished", run=run, **more)

    def reopen(self, run: str = "R-12", **more: Any) -> Kept:
        """Let a run go on, against the ends it knows."""
        return self.record("reopened", run=run, **more)

    def produce(self, unit: str | None, quantity: int = 8_000, *, to: str = FL, **more: Any) -> Kept:
        """Make something in run R-12."""
        kind = None if unit is None else "carton"
        said = {
            "unit": unit,
            "kind": kind,
            "material": material(quantity),
            "from_": "run:R-12",
            "to": to,
            "run": "R-12",
        }
        return self.record("produced", **said, **more)

    def approve(self, count: Kept, quantity: int, **more: Any) -> Kept:
        """Settle what a count came to."""
        return self.record("approved", count=count.id.hex(), quantity=str(quantity), **more)

    def give_up(self, phone: Phone, first: int, last: int, **more: Any) -> Kept:
        """Give scans of a phone up for lost."""
        return self.record("lost", inc=phone.outbox.inc.hex(), first=first, last=last, **more)

    def grant(self, person: Phone, version: int, sites: list[str] | None, **more: Any) -> Kept:
        """Say what a person may do from now on."""
        said = {"person": person.actor.hex(), "version": version, "sites": sites}
        return self.record("granted", **said, **more)

    def revoke(self, phone: Phone, seq: int, **more: Any) -> Kept:
        """Switch a phone off; its chain stands up to `seq`."""
        heads = [{"inc": phone.outbox.inc.hex(), "seq": seq}]
        return self.record("revoked", device=phone.id.hex(), heads=heads, **more)

    def admit(self, phone: Phone, *events: Kept, **more: Any) -> Kept:
        """Let scans of a phone that was switched off count after all."""
        return self.record("admitted", device=phone.id.hex(), events=[kept.id.hex() for kept in events], **more)

    def decide(self, trouble: Trouble, choice: str = "accept", **more: Any) -> Kept:
        """Close an exception as it stands."""
        said = {"exception": trouble.id.hex(), "evidence": trouble.evidence.hex(), "choice": choice}
        return self.record("decided", **said, **more)

    def void(self, target: Kept, **more: Any) -> Kept:
        """Take a scan back."""
        return self.record("voided", target=target.id.hex(), reason="wrong label", **{"after": (target,)} | more)


def delivery(phone: Phone, run: Run) -> Delivery:
    """Make of a run what the push handler hands to the writer."""
    push = Push(
        proto=1, device=phone.id.hex(), inc=run.inc.hex(), nonce="n", sig="", base=run.base, events=run.pushed(),
        head=phone.outbox.head,
    )  # fmt: skip
    return Delivery(
        Sender(phone.n, phone.id, phone.site, phone.is_desk), run.inc, push, open_push(push), b"signature", START
    )


def single(phone: Phone, kept: Kept) -> Delivery:
    """Deliver one event alone."""
    return together(phone, [kept])


def together(phone: Phone, run: list[Kept]) -> Delivery:
    """Deliver an unbroken run of one incarnation."""
    first = run[0]
    return delivery(phone, Run(first.inc, Link(first.seq - 1, first.previous.hex()), tuple(run)))


@cache
def _template() -> Path:
    """Migrate one database with three sites and nine phones; every test copies it."""
    folder = mkdtemp(prefix="batchspine-floor-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "template.sqlite"
    connection = _filled(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    return path


@cache
def _postgres_template() -> str:
    url = postgres.cluster().new(keep=True)
    _filled(url).close()
    return url


def _filled(address: Address) -> Any:
    upgrade(address)
    connection = connect_raw(address)
    for site in SITES:
        connection.execute(
            "INSERT INTO place (code, name, type, site) VALUES (?, ?, 'factory_floor', ?)", (site, site.title(), site)
        )
    for identity, role in ROLES.items():
        connection.execute(
            'INSERT INTO person (id, name, role, site, "grant", is_active, created_at)'
            " VALUES (?, ?, ?, 'NONE', 1, ?, 0)",
            (bytes.fromhex(identity), role.title(), role, True),
        )
    for n in range(1, 10):
        phone = Phone(n, SITES[(n - 1) % 3])
        connection.execute(
            "INSERT INTO device (n, id, code, name, site, is_desk, public_key, enrolled_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (n, phone.id, f"{n:03d}", f"Phone {n}", phone.site, phone.is_desk, b"\x00"),
        )
    return connection


class Books:
    """A database of its own with the writer's desk on it, without a thread."""

    def __init__(self, folder: Path, name: str = "books") -> None:
        self.path = folder / f"{name}.sqlite"
        self.address: Address = self.path
        if postgres.is_chosen():
            self.address = postgres.cluster().new(_postgres_template())
        else:
            shutil.copy(_template(), self.path)
        self.connection = connect_raw(self.address)
        if postgres.is_chosen():
            postgres.cluster().open.append(self.connection)
        else:
            self.connection.execute("PRAGMA synchronous=OFF")  # speed of tests; durability has tests of its own
        self.desk = Desk(self.connection, lambda: START)

    def throw_away(self) -> None:
        """Close the books; of many in one test none need stay."""
        self.connection.close()
        self.path.unlink(missing_ok=True)

    def take(self, *deliveries: Delivery) -> list[Any]:
        """Book deliveries as one transaction."""
        return self.desk.take(list(deliveries))

    def stock(self) -> dict[tuple[str, ...], int]:
        """Give every balance that is not zero, by (place, item, batch, owner, status)."""
        rows = self.connection.execute(
            "SELECT b.place, b.item, b.batch, b.owner, b.status, a.quantity"
            " FROM balance a JOIN bucket b ON b.n = a.bucket WHERE a.quantity != 0"
        )
        return {tuple(row[:5]): row[5] for row in rows}

    def at(self, place: str) -> int:
        """Give how much of anything is at a place."""
        return sum(quantity for bucket, quantity in self.stock().items() if bucket[0] == place)

    def units(self) -> dict[str, tuple[Any, ...]]:
        """Give every unit's row without its number."""
        rows = self.connection.execute(
            'SELECT serial, kind, item, batch, owner, status, quantity, place, "left", bound_for, parent, is_ended,'
            " supplier_lot, expires_on, tare, heads FROM unit"
        )
        return {row[0]: tuple(row[1:]) for row in rows}

    def endings(self) -> dict[tuple[bytes, bytes], tuple[str, bytes | None, str | None]]:
        """Give how events ended, by id and fingerprint: (code, by, place)."""
        rows = self.connection.execute(
            "SELECT e.id, e.fingerprint, o.code, b.id, o.place FROM outcome o"
            ' JOIN event e ON e.n = o.event LEFT JOIN event b ON b.n = o."by"'
        )
        return {(row[0], row[1]): row[2:] for row in rows}

    def code(self, kept: Kept) -> str | None:
        """Give the code an event ended with; None: simply settled."""
        row = self.connection.execute(
            "SELECT o.code FROM outcome o JOIN event e ON e.n = o.event WHERE e.id = ? ORDER BY e.n DESC", (kept.id,)
        ).fetchone()
        return None if row is None else str(row[0])

    def troubles(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """Give every open exception by kind and subject: (evidence, detail, sites, who decided it)."""
        rows = self.connection.execute(
            "SELECT x.kind, x.subject, x.evidence, x.detail, x.sites, e.id"
            " FROM exception x LEFT JOIN event e ON e.n = x.decided_by WHERE x.is_open"
        )
        return {(row[0], row[1]): row[2:] for row in rows}

    def looked_at(self) -> dict[tuple[str, str], tuple[tuple[bytes, ...], str, bytes | None]]:
        """Give every open exception by kind and subject: who took part, the detail, who decided it."""
        rows = self.connection.execute(
            "SELECT x.kind, x.subject, x.participants, x.detail, e.id"
            " FROM exception x LEFT JOIN event e ON e.n = x.decided_by WHERE x.is_open"
        )
        return {(k, s): (tuple(p[a : a + 16] for a in range(0, len(p), 16)), d, by) for k, s, p, d, by in rows}

    def trouble(self, kind: str) -> Trouble | None:
        """Give the one open exception of a kind that nobody has decided yet."""
        rows = self.connection.execute(
            "SELECT kind, subject, participants, detail FROM exception"
            " WHERE kind = ? AND is_open AND decided_by IS NULL",
            (kind,),
        ).fetchall()
        assert len(rows) < 2, rows
        return next((Trouble(k, s, tuple(p[a : a + 16] for a in range(0, len(p), 16)), d) for k, s, p, d in rows), None)

    def holds(self) -> dict[str, tuple[bool, bytes]]:
        """Give every hold by register."""
        rows = self.connection.execute("SELECT register, is_held, heads FROM hold")
        return {row[0]: (bool(row[1]), row[2]) for row in rows if row[2]}

    def whole(self) -> Any:
        """Give all that the oracle tells of a set of events, in its form."""
        return (self.stock(), self.units(), self.endings()), self.holds(), self.looked_at()

    def picture(self) -> Any:
        """Give all that must not depend on arrival."""
        return self.stock(), self.units(), self.endings(), self.troubles(), self.holds()


def _is_behind_hole(chain: list[tuple[Phone, Kept]], n: int) -> bool:
    return chain[n][1].seq != chain[n - 1][1].seq + 1


def shuffled_runs(rng: random.Random, made: list[tuple[Phone, Kept]]) -> list[list[Delivery]]:
    """Deal events out into random runs, repeat some, and group them into transactions, all in random order."""
    runs: list[list[tuple[Phone, Kept]]] = []
    by_chain: dict[tuple[bytes, int], list[tuple[Phone, Kept]]] = {}
    for phone, kept in made:  # a clone writes the same chain: a run is of one of them
        by_chain.setdefault((kept.inc, id(phone)), []).append((phone, kept))
    for chain in by_chain.values():
        chain.sort(key=lambda pair: pair[1].seq)
        while chain:
            size = rng.randint(1, 4)
            whole = next((n for n in range(1, size) if chain[n : n + 1] and _is_behind_hole(chain, n)), size)
            runs.append(chain[:whole])
            del chain[:whole]
    runs += rng.sample(runs, k=rng.randint(0, len(runs) // 3))
    rng.shuffle(runs)
    deliveries = [together(run[0][0], [kept for _, kept in run]) for run in runs]
    groups: list[list[Delivery]] = []
    while deliveries:
        size = rng.choice((1, 1, 2, 3))
        groups.append(deliveries[:size])
        del deliveries[:size]
    return groups
