"""The secrets of an installation: key files beside the database, never inside it.

`installation.pem` signs enrolment certificates. It *is* the installation: lose it, and every phone must enrol again.
`token.pem` signs sessions and nonces; remove it, and everybody has to sign in again.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

INSTALLATION_KEY = "installation.pem"
TOKEN_KEY = "token.pem"  # noqa: S105 - a file name
SECRET_MODE = 0o600


class KeysUnreadable(Exception):  # noqa: N818 - named for what is wrong
    """A key file is there but is not an Ed25519 private key."""


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The opened keys."""

    installation: Ed25519PrivateKey
    token: Ed25519PrivateKey

    @property
    def certificates(self) -> Ed25519PublicKey:
        """Give the key that enrolment certificates are verified with."""
        return self.installation.public_key()

    def nonce_key(self) -> bytes:
        """Derive the secret of `Nonces`, so that no third file needs care."""
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"batchspine nonce key")
        return kdf.derive(self.token.private_bytes_raw())


def open_keys(folder: Path) -> Keys:
    """Read the keys of an installation, making them when it starts for the first time."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Keys(installation=open_key(folder / INSTALLATION_KEY), token=open_key(folder / TOKEN_KEY))


def open_key(path: Path) -> Ed25519PrivateKey:
    """Read a key, making it if it is not there."""
    if not path.exists():
        write_secret(path, _pem(Ed25519PrivateKey.generate()))
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise KeysUnreadable(f"{path} is not a readable key file. Bring it back from your backup.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysUnreadable(f"{path} holds another kind of key. Bring it back from your backup.")
    return key


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_secret(path: Path, content: bytes) -> None:
    """Write a file only its owner can read; complete on disk, or not there at all.

    Two servers started at once must not each believe in a key of their own: the first one stays.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, SECRET_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
