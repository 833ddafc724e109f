"""Who is calling: a phone proves itself by a signature over this server's nonce and the end of its own chain.

No session and no token is asked for, so scans can be handed in however long a phone has been away. A phone this
database does not know (it was brought back from a backup older than the phone) is admitted if it shows a certificate of
this installation.
"""

from contextlib import suppress

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.access.certificate import EnrolledDevice, verify
from server.access.encoding import from_base64url
from server.access.keys import Keys
from server.access.nonces import Nonces
from server.access.signatures import verify as is_signed
from server.access.tables import device
from server.intake.delivery import Sender
from server.problems import NotSignedIn
from sync.chain import Purpose, signed_bytes
from sync.wire import Contact


class Phones:
    """The phones met since the start, by id: their row never changes, so it is read once."""

    def __init__(self) -> None:
        self._met: dict[bytes, tuple[Sender, bytes]] = {}

    async def find(self, reader: AsyncEngine, device_id: bytes) -> tuple[Sender, bytes] | None:
        """Give a phone and the key it signs with."""
        known = self._met.get(device_id) or await _known(reader, device_id)
        if known is not None:
            self._met[device_id] = known
        return known


async def sender_of(
    contact: Contact,
    *,
    purpose: Purpose,
    end: tuple[int, bytes],
    engine: AsyncEngine,
    reader: AsyncEngine,
    phones: Phones,
    keys: Keys,
    nonces: Nonces,
    now_ms: int,
) -> Sender:
    """Name the phone that signed this contact, or say why it is not let in. Nothing on the phone is lost by that."""
    if (
        nonces.check(contact.nonce, now_ms) != "ok"
    ):  # old, or of a server whose keys were replaced: a new one cures both
        raise NotSignedIn("nonce_expired", nonce=nonces.issue(now_ms))
    device_id, inc = bytes.fromhex(contact.device), bytes.fromhex(contact.inc)
    found = await phones.find(reader, device_id) or await _admitted(contact, engine, reader, keys)
    if found is None:
        raise NotSignedIn("device_unknown")
    sender, public_key = found
    if not is_signed(public_key, contact.sig, signed_bytes(purpose, contact.nonce, device_id, inc, *end)):
        raise NotSignedIn("signature_wrong")
    return sender


async def _known(reader: AsyncEngine, device_id: bytes) -> tuple[Sender, bytes] | None:
    asked = select(device.c.n, device.c.site, device.c.is_desk, device.c.public_key).where(device.c.id == device_id)
    async with reader.connect() as connection:
        row = (await connection.execute(asked)).first()
    return None if row is None else (Sender(row.n, device_id, row.site, row.is_desk), row.public_key)


async def _admitted(
    contact: Contact, engine: AsyncEngine, reader: AsyncEngine, keys: Keys
) -> tuple[Sender, bytes] | None:
    """Take a phone in again by its certificate; it must be of this installation and speak of this very phone."""
    if contact.certificate is None:
        return None
    enrolled = verify(keys.certificates, contact.certificate)
    if enrolled is None or enrolled.device != contact.device:
        raise NotSignedIn("certificate_wrong")
    # Another contact of the same phone may be quicker, or the restored database has given its code to a newer phone.
    with suppress(IntegrityError):
        await _enrol_again(engine, enrolled)
    return await _known(reader, bytes.fromhex(contact.device))


async def _enrol_again(engine: AsyncEngine, enrolled: EnrolledDevice) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            insert(device).values(
                id=bytes.fromhex(enrolled.device),
                code=enrolled.device_code,
                name=enrolled.name,
                site=enrolled.site,
                public_key=from_base64url(enrolled.public_key),
                enrolled_at=enrolled.issued_at,
                is_desk=enrolled.is_desk,
            )
        )
