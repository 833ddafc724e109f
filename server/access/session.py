"""Who is asking: every route needs a session unless it says `exclude_from_auth`, and a person unless `devices_too`.

Rights are read from the database on each request, so taking them away works at once; a token only says who it is.
"""

from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.access import tokens
from server.access.keys import Keys
from server.access.tables import device, person
from server.intake.standing import is_switched_off
from server.problems import NotAllowed, NotSignedIn

OFFICE = "office"
_SCHEME = "bearer"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The person or the phone behind a request."""

    n: int
    id: bytes
    site: str
    role: str | None
    """None: a phone speaks for itself."""

    @property
    def sees(self) -> str | None:
        """The site whose records this session may read; None: those of every site."""
        return None if self.role == OFFICE else self.site


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Find out who is asking, or answer 401; a guard on the whole app."""
    if handler.opt.get("exclude_from_auth"):
        return
    keys: Keys = connection.app.state.installation_keys
    subject = tokens.read(keys.token.public_key(), _token_of(connection.headers.get("authorization", "")))
    if subject is None:
        raise NotSignedIn("signed_out")
    reader: AsyncEngine = connection.app.state.reader
    async with reader.connect() as database:
        session = await _session_of(database, subject)
    if session is None:
        raise NotSignedIn("signed_out")
    if session.role is None and not handler.opt.get("devices_too"):
        raise NotAllowed("people_only")
    connection.scope["user"] = session


async def office_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let only the office through; a guard on single routes."""
    session: Session = connection.scope["user"]
    if session.role != OFFICE:
        raise NotAllowed("office_only")


async def session_of_request(request: Request[Any, Any, Any]) -> Session:
    """Hand the session to a handler that asks for `session`."""
    session: Session = request.scope["user"]
    return session


def _token_of(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == _SCHEME else ""


async def _session_of(database: AsyncConnection, subject: tokens.Subject) -> Session | None:
    identity = bytes.fromhex(subject.id)
    if subject.kind == "device":
        found = (await database.execute(select(device.c.n, device.c.site).where(device.c.id == identity))).first()
        if found is None or await is_switched_off(database, identity):
            return None
        return Session(n=found.n, id=identity, site=found.site, role=None)
    rights = select(person.c.n, person.c.site, person.c.role).where(
        person.c.id == identity, person.c.grant == subject.grant, person.c.is_active
    )
    known = (await database.execute(rights)).first()
    return Session(n=known.n, id=identity, site=known.site, role=known.role) if known else None
