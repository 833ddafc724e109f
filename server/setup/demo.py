"""The demo: an installation in a folder of its own that tells one story (`server/setup/demo_story.py`).

It says DEMO on screens and labels, its sign-ins exist nowhere else, and every scan in it is a real one: signed by a
phone's key, chained, and settled by the server's own writer.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.content import Content
from server.access import store as access
from server.access.credentials import code_hash, hash_password, make_pin_verifier, new_code
from server.access.keys import open_keys
from server.access.nonces import Nonces
from server.clock import now_ms
from server.database.engine import create_engine
from server.intake.tables import installation, unit
from server.intake.writer import Writer
from server.network import store as network
from server.printing import store as labels
from server.printing.render import render
from server.settings import Settings
from server.setup import authority, first_run
from server.setup.demo_phone import DemoPhone, new_key
from server.setup.demo_story import AHEAD, BATCH, COMPANY, FLOOR, ON_THE_ROAD, PER_KG, RUN, WAREHOUSE, Phones, tell

COMPANY_NAME = "Asha Pharma"
OFFICE_LOGIN, OFFICE_PASSWORD = "office", "demo-asha-2026"
OPERATORS = {WAREHOUSE: ("Ravi Kumar", "482915"), FLOOR: ("Anita Rao", "730264")}
SUPERVISORS = {WAREHOUSE: ("Farida Sheikh", "915364"), FLOOR: ("Suresh Nair", "268047")}

LAN_PORT = 8443
TRUST_PORT = 8081

_ANYWHERE = "192.0.2.1"
"""An address of documentation (RFC 5737): asking the way to it tells which of our own addresses is used."""

_MARK = "DEMO"
LABELS_MAX = 200
_PLACES = (
    (WAREHOUSE, "Asha warehouse", "warehouse", WAREHOUSE),
    ("ASHA-DISP", "Asha dispatch area", "dispatch_area", WAREHOUSE),
    (FLOOR, "Kiran Formulations", "contract_manufacturer", FLOOR),
)
_ITEMS = (
    ("PARA-API", "Paracetamol, active", "kg", PER_KG, True),
    ("STARCH", "Maize starch", "kg", PER_KG, False),
    ("MAK-GRAN", "MAK granules", "kg", PER_KG, False),
    ("MAK-TAB", "MAK 500 mg tablets", "tablets", 1, True),
)
"""Code, name, unit of measure, smallest steps in one, and whether what comes in or is made waits for quality."""


class Invitation(msgspec.Struct, frozen=True):
    """How a phone joins a site of the demo, and who signs in on it."""

    site_name: str
    link: str
    operator: str
    pin: str
    supervisor: str
    supervisor_pin: str
    """Of the person at the site who may overrule a stop."""


class Demo(msgspec.Struct, frozen=True):
    """What somebody needs to walk through the story."""

    address: str
    invitations: tuple[Invitation, ...]
    label_sheet: Path


def demo_settings(settings: Settings, *, lan: bool, port: int | None) -> Settings:
    """Keep the demo away from real records, in a file in a folder beside them; on the network it needs https."""
    folder = settings.data.with_name(f"{settings.data.name}-demo")
    apart = msgspec.structs.replace(settings, data=folder, backup=None, postgres=None, workers=1)
    if not lan:
        return msgspec.structs.replace(apart, port=port or settings.port, public_url=None, tls=False, trust_port=None)
    address, chosen = _lan_address(), port or LAN_PORT
    return msgspec.structs.replace(
        apart,
        host="0.0.0.0",  # noqa: S104 - phones have to reach it
        port=chosen,
        public_url=f"https://{address}:{chosen}",
        tls=True,
        trust_port=TRUST_PORT,
    )


def _lan_address() -> str:
    """Find the address phones on this network reach this machine at; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ANYWHERE, 9))
        except OSError as error:
            raise first_run.NotReady("This machine is on no network. Run the demo without --lan.") from error
        address: str = probe.getsockname()[0]
        return address


def _ensure_certificate(settings: Settings) -> None:
    """Make a certificate for today's address; a new authority only if this machine has moved to another one."""
    at = authority.reached(urlsplit(settings.address).hostname or "", ())
    try:
        authority.certify(settings.tls_folder, at, authority.utc_now())
    except first_run.NotReady:
        authority.certify(settings.tls_folder, at, authority.utc_now(), replace=True)


def prepare(settings: Settings, *, keep: bool) -> Demo:
    """Tell the story afresh, or go on with the one already told, and invite a phone to each site."""
    if not keep:
        with first_run.only_server(settings.data):
            _clear(settings.data)
    if settings.tls:
        _ensure_certificate(settings)
    is_untold = first_run.prepare(settings) is not None
    with first_run.only_server(settings.data):
        if is_untold:
            _tell(settings, now_ms())
        sheet = _print_labels(settings)
        return Demo(settings.address, asyncio.run(_invite(settings)), sheet)


def _clear(folder: Path) -> None:
    """Remove an earlier demo, and nothing else: phones that trust its certificate need not do so again."""
    mark = folder / _MARK
    if any(path.name != "server.lock" for path in folder.iterdir()) and not mark.exists():
        raise first_run.NotReady(f"{folder} is not a demo's folder. Nothing was removed; choose another folder.")
    for path in folder.iterdir():
        if path.name.startswith("batchspine.sqlite") or path.suffix == ".pdf":
            path.unlink()
    shutil.rmtree(folder / "keys", ignore_errors=True)
    mark.write_text("This folder is made anew by every `batchspine demo`. Keep nothing here.\n")


def _tell(settings: Settings, now: int) -> None:
    """Fill an empty installation with the story."""
    phones = asyncio.run(_found(settings, now))
    writer = Writer(settings.database, now_ms)
    writer.start()
    try:
        nonces = Nonces(open_keys(settings.keys_folder).nonce_key())
        tell(Phones(*phones), now)
        for phone in phones:
            phone.hand_in(writer, nonces, now)
    finally:
        writer.stop()


async def _found(settings: Settings, now: int) -> list[DemoPhone]:
    """Enter company, places, items, people, the planned work, and a phone for each who plays a part in the story."""
    engine = create_engine(settings.database)
    async with engine.begin() as connection:
        await network.add_company(connection, code=COMPANY, name=COMPANY_NAME, is_demo=True)
        for code, name, type_, site in _PLACES:
            await network.add_place(connection, code=code, name=name, type_=type_, site=site)
        for code, name, unit_of_measure, per_unit, waits in _ITEMS:
            await network.add_item(
                connection,
                code=code,
                name=name,
                unit_of_measure=unit_of_measure,
                per_unit=per_unit,
                waits_for_quality=waits,
            )
        for code in (AHEAD, ON_THE_ROAD):
            await network.add_transfer(connection, code=code, from_place=WAREHOUSE, to_place=FLOOR)
        await network.add_run(connection, code=RUN, place_code=FLOOR, item_code="MAK-TAB", batch=BATCH)
        await _add_office(connection, now)
        operators = [await _add_person(connection, site, *OPERATORS[site], "operator", now) for site in OPERATORS]
        supervisors = [await _add_person(connection, site, *SUPERVISORS[site], "supervisor", now) for site in OPERATORS]
        phones = [await _add_phone(connection, person, now) for person in (*operators, supervisors[0])]
        await connection.execute(update(installation).values(setup_token_hash=None))
    await engine.dispose()
    return phones


async def _add_office(connection: AsyncConnection, now: int) -> None:
    office = access.NewPerson(
        name="Meera Shah",
        role="office",
        site=WAREHOUSE,
        login=OFFICE_LOGIN,
        password_hash=hash_password(OFFICE_PASSWORD),
        pin=None,
    )
    await access.add_person(connection, office, now)


async def _add_person(connection: AsyncConnection, site: str, name: str, pin: str, role: str, now: int) -> Row[Any]:
    new = access.NewPerson(name=name, role=role, site=site, login=None, password_hash=None, pin=make_pin_verifier(pin))
    return await access.add_person(connection, new, now)


async def _add_phone(connection: AsyncConnection, person: Row[Any], now: int) -> DemoPhone:
    key, public_key = new_key()
    phone = access.NewDevice(
        id=uuid.uuid4().bytes, name=f"{person.name}'s old phone", site=person.site, public_key=public_key, is_desk=False
    )
    return DemoPhone(key, await access.add_device(connection, phone, now), person.id)


def _print_labels(settings: Settings) -> Path:
    """Print the labels of everything in the story, as they stick on its containers."""
    sheet = settings.data / "demo-labels.pdf"
    contents = asyncio.run(_labels(settings))
    sheet.write_bytes(render(contents, stock="100x150", dpi=203, to="pdf"))
    return sheet


async def _labels(settings: Settings) -> list[Content]:
    printing = labels.Printing(
        origin=labels.origin_to_print(settings.public_url),
        gs1_prefix=settings.gs1_prefix,
        printed_at=labels.printed_at(now_ms()),
        site=WAREHOUSE,
        sees=None,
    )
    engine = create_engine(settings.database)
    async with engine.connect() as connection:
        # A unit somebody scanned without saying what is in it has nothing to print yet.
        labelled = select(unit.c.serial).where(unit.c.batch.is_not(None)).order_by(unit.c.n).limit(LABELS_MAX)
        serials = list((await connection.execute(labelled)).scalars())
        contents = await labels.unit_labels(connection, printing, serials)
        lot = await labels.lot_label(connection, printing, "MAK-TAB", BATCH)
    await engine.dispose()
    return [*contents, lot]


async def _invite(settings: Settings) -> tuple[Invitation, ...]:
    """Make an enrolment code for a phone at each site."""
    engine = create_engine(settings.database)
    invitations = []
    async with engine.begin() as connection:
        for site, (operator, pin) in OPERATORS.items():
            code = new_code()
            await access.add_enrolment(
                connection, code_hash=code_hash(code), site=site, is_desk=False, made_by=None, now_ms=now_ms()
            )
            name = next(name for place, name, _, _ in _PLACES if place == site)
            invitations.append(Invitation(name, f"{settings.address}/enrol#{code}", operator, pin, *SUPERVISORS[site]))
    await engine.dispose()
    return tuple(invitations)
