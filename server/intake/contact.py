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
from server.access.sightings import Sightings
from server.access.signatures import verify as is_signed
from server.access.store import free_device_code
from server.access.tables import device
from server.intake.delivery import Sender
from server.intake.standing import is_switched_off
from server.problems import NotAllowed, NotSignedIn
from sync.chain import Purpose, signed_bytes
from sync.wire import Contact


class Phones:
    """The phones met since the start, by id: their row never changes, so it is read once."""

    def __init__(self, sightings: Sightings) -> None:
        self.sightings = sightings
        self._met: dict[bytes, tuple[Sender, bytes]] = {}

    async def find(self, reader: AsyncEngine, device_id: bytes) -> tuple[Sender, bytes] | None:
        """Give a phone and the key it signs with."""
        known = self._met.get(device_id) or await _known(reader, device_id)
        if known is not None:
            self._met[device_id] = known
        return known


class Door:
    """Where phones prove who they are."""

    def __init__(self, engine: AsyncEngine, reader: AsyncEngine, phones: Phones, keys: Keys, nonces: Nonces) -> None:
        self._engine, self._reader = engine, reader
        self._phones, self._keys, self._nonces = phones, keys, nonces

    async def giver(self, contact: Contact, purpose: Purpose, end: tuple[int, bytes], now_ms: int) -> Sender:
        """Name the phone that signed a contact up to `end`, or say why it is not let in. It loses nothing by that.

        What a phone recorded is taken whatever happened to it.
        """
        is_fresh = purpose == "export" or self._nonces.check(contact.nonce, now_ms) == "ok"
        if not is_fresh:  # old, or of a server whose keys were replaced: a new one cures both
            raise NotSignedIn("nonce_expired", nonce=self._nonces.issue(now_ms))
        device_id, inc = bytes.fromhex(contact.device), bytes.fromhex(contact.inc)
        found = await self._phones.find(self._reader, device_id)
        found = found or await _admitted(contact, self._engine, self._reader, self._keys)
        if found is None:
            raise NotSignedIn("device_unknown")
        sender, public_key = found
        if not is_signed(public_key, contact.sig, signed_bytes(purpose, contact.nonce, device_id, inc, *end)):
            raise NotSignedIn("signature_wrong")
        if purpose != "export":  # there it is not the phone itself that calls
            self._phones.sightings.saw(sender.n, now_ms, contact.pending)
        return sender

    async def asker(self, contact: Contact, purpose: Purpose, now_ms: int) -> Sender:
        """Name the phone that asks for something: what others recorded is not for one that was switched off."""
        end = contact.head.seq, bytes.fromhex(contact.head.hash)
        sender = await self.giver(contact, purpose, end, now_ms)
        async with self._reader.connect() as connection:
            if await is_switched_off(connection, sender.id):
                raise NotAllowed("device_switched_off")
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
    # Another contact of the same phone may be quicker.
    with suppress(IntegrityError):
        await _enrol_again(engine, enrolled)
    return await _known(reader, bytes.fromhex(contact.device))


async def _enrol_again(engine: AsyncEngine, enrolled: EnrolledDevice) -> None:
    """Enter a phone as its certificate says; if a newer phone has its code by now, under another one.

    It goes on minting serials with the code it knows; what keeps them apart from the other phone's is their tag.
    """
    async with engine.begin() as connection:
        taken = select(device.c.n).where(device.c.code == enrolled.device_code)
        is_taken = (await connection.execute(taken)).first() is not None
        await connection.execute(
            insert(device).values(
                id=bytes.fromhex(enrolled.device),
                code=await free_device_code(connection) if is_taken else enrolled.device_code,
                name=enrolled.name,
                site=enrolled.site,
                public_key=from_base64url(enrolled.public_key),
                enrolled_at=enrolled.issued_at,
                is_desk=enrolled.is_desk,
            )
        )
