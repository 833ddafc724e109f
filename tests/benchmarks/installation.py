"""Installations for benchmarks: one that knows the phones and their places, and copies of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from floor import SITES, Phone

from server.database.engine import connect_raw
from server.settings import Settings
from server.setup import first_run

Keys = dict[int, Any]
"""The private key of each phone, by its number."""


class Installation:
    """An installation without an event yet, to be copied."""

    def __init__(self, folder: Path, phones: Sequence[Phone]) -> None:
        self.folder = folder
        self.keys: Keys = {phone.n: ec.generate_private_key(ec.SECP256R1()) for phone in phones}
        settings = self._settings("blank", 0)
        first_run.prepare(settings)
        connection = connect_raw(settings.database)
        for site in SITES:
            connection.execute(
                "INSERT INTO place (code, name, type, site) VALUES (?, ?, 'factory_floor', ?)", (site, site, site)
            )
        for phone in phones:
            public = self.keys[phone.n].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            connection.execute(
                "INSERT INTO device (n, id, code, name, site, is_desk, public_key, enrolled_at)"
                " VALUES (?, ?, ?, ?, ?, 0, ?, 0)",
                (phone.n, phone.id, f"{phone.n:03d}", f"Phone {phone.n}", phone.site, public),
            )
        connection.close()

    def _settings(self, name: str, port: int) -> Settings:
        return Settings(data=self.folder / name, pwa=self.folder / "no-app", port=port)

    def copy(self, name: str, port: int = 0) -> Settings:
        """Give a fresh copy."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / "blank", self.folder / name)
        return self._settings(name, port)


@contextmanager
def installed(phones: Sequence[Phone]) -> Iterator[Installation]:
    """Give an installation in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="batchspine-bench-") as folder:
        yield Installation(Path(folder), phones)
