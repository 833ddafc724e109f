"""What this installation is, whether it is well, and the one act that takes charge of an empty one."""

import asyncio
import hmac
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.access import label_keys, tokens
from server.access import store as access
from server.access.credentials import code_hash
from server.access.keys import Keys
from server.access.people import Login, Name, NewPerson, Password, Pin, hashed
from server.access.routes import person_shape
from server.access.tries import Tries
from server.database.engine import version_of
from server.intake.tables import installation
from server.network import store as network
from server.network.routes import PlaceName, PlaceType
from server.problems import Clash, NotSignedIn
from server.settings import Settings
from sync.event import Code
from sync.wire import PROTO


class SetupCompany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The principal: its code is the owner code of its material."""

    code: Code
    name: PlaceName


class SetupSite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first site."""

    code: Code
    name: PlaceName
    type: PlaceType


class SetupPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first person, who gets the office role and a PIN to try a phone with."""

    name: Name
    login: Login
    password: Password
    pin: Pin


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything an empty installation needs to begin."""

    token: Annotated[str, Meta(max_length=100)]
    company: SetupCompany
    site: SetupSite
    person: SetupPerson


@get("/health", exclude_from_auth=True)
async def health(reading: NamedDependency[AsyncConnection]) -> dict[str, str]:
    """Say that the server answers and reads its database."""
    await reading.execute(select(installation.c.n))
    return {"status": "ok", **version_of(reading)}


@get("/installation", exclude_from_auth=True)
async def show_installation(
    reading: NamedDependency[AsyncConnection], settings: NamedDependency[Settings], epoch: NamedDependency[str]
) -> dict[str, Any]:
    """Say whose installation this is, and whether somebody must still take charge of it."""
    company = await network.the_company(reading)
    return {
        "company": {"code": company.code, "name": company.name} if company else None,
        "is_demo": bool(company.is_demo) if company else False,
        "needs_setup": company is None,
        "epoch": epoch,
        "public_url": settings.public_url,
        "label_link": settings.label_link,
        "proto": PROTO,
    }


@post("/setup", exclude_from_auth=True)
async def set_up(
    data: JSONBody[Setup],
    engine: NamedDependency[AsyncEngine],
    reader: NamedDependency[AsyncEngine],
    keys: NamedDependency[Keys],
    settings: NamedDependency[Settings],
    tries: NamedDependency[Tries],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Name the company, its first site and the first person; afterwards the link is dead."""
    tries.begin("setup", "", now_ms)
    async with reader.connect() as connection:
        await _require_link(connection, data.token)
    tries.right("setup", "")
    first = NewPerson(role="office", site=data.site.code, **msgspec.structs.asdict(data.person))
    person = await asyncio.to_thread(hashed, first)
    async with engine.begin() as connection:
        # Asked again now that nobody else can write: two clicks on the link set up one installation.
        await _require_link(connection, data.token)
        await connection.execute(update(installation).values(setup_token_hash=None))
        await network.add_company(connection, code=data.company.code, name=data.company.name, is_demo=False)
        await label_keys.publish(connection, settings.keys_folder)
        await network.tell_prefix(connection, settings.gs1_prefix)
        site = data.site
        await network.add_place(connection, code=site.code, name=site.name, type_=site.type, site=site.code)
        added = await access.add_person(connection, person, now_ms)
    token, expires_at = tokens.issue(keys.token, tokens.Subject("person", added.id.hex(), added.grant), now_ms)
    return {"token": token, "expires_at": expires_at, "person": person_shape(added)}


async def _require_link(connection: AsyncConnection, token: str) -> None:
    expected = (await connection.execute(select(installation.c.setup_token_hash))).scalar_one()
    if expected is None:
        raise Clash("setup_done")
    if not hmac.compare_digest(expected, code_hash(token)):
        raise NotSignedIn("setup_link_wrong")


routes = [health, show_installation, set_up]
