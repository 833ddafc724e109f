"""Signing in, enrolling phones, and the list of people."""

import asyncio
import uuid
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.access import certificate, credentials, store, tokens
from server.access.encoding import to_base64url
from server.access.keys import Keys
from server.access.nonces import Nonces
from server.access.people import NewPerson, hashed, missing_of
from server.access.session import Session, office_only
from server.access.sightings import Sighting, Sightings
from server.access.signatures import read_public_key, verify
from server.access.tries import Tries
from server.intake.standing import Held, held_of, is_switched_off
from server.network import store as network
from server.printing.screen import qr_svg
from server.problems import BadRequest, Clash, NotAllowed, NotFound, NotSignedIn
from server.settings import Settings
from sync.chain import signed_bytes
from sync.event import Code, Hex32
from sync.wire import Enrolment, EnrolmentAnswer, Link

Short = Annotated[str, Meta(max_length=200)]


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A person with login and password, or a phone that signs a nonce over the end of its chain."""

    login: Short | None = None
    password: Short | None = None
    device: Hex32 | None = None
    inc: Hex32 | None = None
    nonce: Short | None = None
    sig: Short | None = None
    head: Link | None = None


class NewEnrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The site a phone shall belong to; a desk may also close exceptions and switch phones off."""

    site: Code
    is_desk: bool = False


@post("/session", exclude_from_auth=True, status_code=200)
async def sign_in(
    data: JSONBody[SignIn],
    reader: NamedDependency[AsyncEngine],
    keys: NamedDependency[Keys],
    nonces: NamedDependency[Nonces],
    tries: NamedDependency[Tries],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Open a session for a person or a phone."""
    if data.login is not None and data.password is not None:
        found = await _known_person(reader, tries, data.login, data.password, now_ms)
        subject = tokens.Subject("person", found.id.hex(), found.grant)
        speaker = {"person": person_shape(found), "device": None}
    else:
        phone = await _known_device(reader, nonces, tries, data, now_ms)
        subject = tokens.Subject("device", phone.id.hex())
        speaker = {"person": None, "device": device_shape(phone)}
    token, expires_at = tokens.issue(keys.token, subject, now_ms)
    return {"token": token, "expires_at": expires_at, **speaker}


async def _known_person(reader: AsyncEngine, tries: Tries, login: str, password: str, now_ms: int) -> Row[Any]:
    """Check a password. An unknown login takes as long and answers the same, so it tells a guesser nothing."""
    tries.begin("login", login, now_ms)
    async with reader.connect() as connection:
        found = await store.person_by_login(connection, login)
    stored = found.password if found and found.password else credentials.NOBODY
    if not await tries.is_password_right(password, stored) or found is None:
        raise NotSignedIn("login_wrong")
    tries.right("login", login)
    return found


async def _known_device(reader: AsyncEngine, nonces: Nonces, tries: Tries, data: SignIn, now_ms: int) -> Row[Any]:
    """Check a phone's signature over the end of its chain."""
    if data.device is None or data.inc is None or data.nonce is None or data.sig is None or data.head is None:
        raise BadRequest("field_wrong", field="login")
    tries.begin("device", data.device, now_ms)
    _require_fresh(nonces, data.nonce, now_ms)
    identity, inc = bytes.fromhex(data.device), bytes.fromhex(data.inc)
    async with reader.connect() as connection:
        found = await store.device_by_id(connection, identity)
        is_off = found is not None and await is_switched_off(connection, identity)
    if found is None:
        raise NotSignedIn("device_unknown")
    signed = signed_bytes("session", data.nonce, identity, inc, data.head.seq, bytes.fromhex(data.head.hash))
    if not verify(found.public_key, data.sig, signed):
        raise NotSignedIn("signature_wrong")
    if is_off:
        raise NotAllowed("device_switched_off")
    tries.right("device", data.device)
    return found


def _require_fresh(nonces: Nonces, nonce: str, now_ms: int) -> None:
    if nonces.check(nonce, now_ms) != "ok":
        raise NotSignedIn("nonce_expired", nonce=nonces.issue(now_ms))


@post("/devices/enrolments", guards=[office_only])
async def begin_enrolment(
    data: JSONBody[NewEnrolment],
    request: Request[Any, Any, Any],
    session: NamedDependency[Session],
    settings: NamedDependency[Settings],
    writing: NamedDependency[AsyncConnection],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Make a one-time code that turns one phone into a device of a site."""
    if not await network.is_site(writing, data.site):
        raise BadRequest("unknown_site", field="site")
    code = credentials.new_code()
    expires_at = await store.add_enrolment(
        writing,
        code_hash=credentials.code_hash(code),
        site=data.site,
        is_desk=data.is_desk,
        made_by=session.n,
        now_ms=now_ms,
    )
    address = settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    link = f"{address}/enrol#{code}"
    return {"code": code, "expires_at": expires_at, "link": link, "qr_svg": qr_svg(link)}


@post("/devices", exclude_from_auth=True)
async def enrol(
    data: JSONBody[Enrolment],
    writing: NamedDependency[AsyncConnection],
    keys: NamedDependency[Keys],
    tries: NamedDependency[Tries],
    epoch: NamedDependency[str],
    now_ms: NamedDependency[int],
) -> EnrolmentAnswer:
    """Make a phone a device of this installation: one code, one phone.

    The same phone may ask again with its key when the answer got lost; it is told the same once more.
    """
    public_key = read_public_key(data.public_key)
    if public_key is None:
        raise BadRequest("key_unreadable", field="public_key")
    code_hash = credentials.code_hash(data.code)
    tries.begin("enrolment", code_hash.hex(), now_ms)
    phone = await _enrolled(writing, code_hash, data.name, public_key, now_ms)
    tries.right("enrolment", code_hash.hex())
    company = await network.the_company(writing)
    assert company is not None
    return EnrolmentAnswer(
        device=phone.id.hex(),
        device_code=phone.code,
        name=phone.name,
        site=phone.site,
        certificate=certificate_of(keys, phone),
        is_desk=bool(phone.is_desk),
        company=company.name,
        is_demo=bool(company.is_demo),
        server_time=now_ms,
        epoch=epoch,
    )


async def _enrolled(
    connection: AsyncConnection, code_hash: bytes, name: str, public_key: bytes, now_ms: int
) -> Row[Any]:
    found = await store.enrolment_by_hash(connection, code_hash)
    if found is None:
        raise NotFound("enrolment_unknown", field="code")
    if found.used_by is not None:
        phone = await store.device_by_n(connection, found.used_by)
        if phone.public_key == public_key and now_ms < found.expires_at:
            return phone
        raise Clash("enrolment_used", field="code")
    new = store.NewDevice(
        id=uuid.uuid4().bytes, name=name, site=found.site, public_key=public_key, is_desk=bool(found.is_desk)
    )
    phone = await store.add_device(connection, new, now_ms)
    if not await store.use_enrolment(connection, code_hash=code_hash, device_n=phone.n, now_ms=now_ms):
        raise Clash("enrolment_expired", field="code")
    return phone


def certificate_of(keys: Keys, phone: Row[Any]) -> str:
    """Vouch for a phone with the installation's key."""
    enrolled = certificate.EnrolledDevice(
        device=phone.id.hex(),
        device_code=phone.code,
        name=phone.name,
        site=phone.site,
        public_key=to_base64url(phone.public_key),
        issued_at=phone.enrolled_at,
        is_desk=bool(phone.is_desk),
    )
    return certificate.issue(keys.installation, enrolled)


@get("/devices", guards=[office_only])
async def list_devices(
    reading: NamedDependency[AsyncConnection], sightings: NamedDependency[Sightings]
) -> dict[str, list[dict[str, Any]]]:
    """List the phones: when each was last heard of, how many scans it then still had, and whether it is in use.

    `chains` are what a revocation names: how far the server holds each of the phone's chains.
    """
    rows = await store.devices(reading)
    held = await held_of(reading, rows)
    return {"devices": [_seen_shape(row, sightings.latest.get(row.n), held[row.n]) for row in rows]}


def _seen_shape(row: Row[Any], seen: Sighting | None, held: Held) -> dict[str, Any]:
    is_newer = seen is not None and seen.at >= (row.last_seen or 0)
    at, pending = seen if seen is not None and is_newer else (row.last_seen, row.pending)
    return {
        **device_shape(row),
        "enrolled_at": row.enrolled_at,
        "last_seen": at,
        "pending": pending,
        "standing": held.standing,
        "chains": [{"inc": inc.hex(), "seq": seq, "hash": end.hex()} for inc, seq, end in held.chains],
        "cut_off": held.cut_off,
    }


@get("/people")
async def list_people(
    reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> dict[str, list[dict[str, Any]]]:
    """List the people of the asking site (to the office, all) with what they may do, never with their secrets."""
    rows = await store.people(reading)
    return {"people": [person_shape(row) for row in rows if session.sees in {None, row.site}]}


@post("/people", guards=[office_only])
async def add_person(
    data: JSONBody[NewPerson],
    engine: NamedDependency[AsyncEngine],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Add a person who signs in on a phone, at the desk, or both."""
    if missing := missing_of(data):
        raise BadRequest(missing, field="password" if missing == "login_incomplete" else "pin")
    new = await asyncio.to_thread(hashed, data)
    async with engine.begin() as connection:
        if not await network.is_site(connection, new.site):
            raise BadRequest("unknown_site", field="site")
        if new.login is not None and not await store.is_login_free(connection, new.login):
            raise Clash("login_taken", field="login")
        row = await store.add_person(connection, new, now_ms)
    return person_shape(row)


def person_shape(row: Row[Any]) -> dict[str, Any]:
    """Show a person."""
    return {
        "person": row.id.hex(),
        "name": row.name,
        "role": row.role,
        "site": row.site,
        "grant": row.grant,
        "login": row.login,
        "has_pin": row.pin_hash is not None,
        "is_active": bool(row.is_active),
    }


def device_shape(row: Row[Any]) -> dict[str, Any]:
    """Show a phone."""
    return {
        "device": row.id.hex(),
        "device_code": row.code,
        "name": row.name,
        "site": row.site,
        "is_desk": bool(row.is_desk),
    }


routes = [sign_in, begin_enrolment, enrol, list_devices, list_people, add_person]
