"""A certificate authority of one's own, for a plant without a domain: made here, trusted by hand on every phone.

What a phone is asked to trust must not be able to do harm: the authority is constrained to the one name and the
addresses it was made for. Whoever steals its key can imitate this server, not the bank's. The price is that another
name needs another authority, and every phone has to trust that one anew.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.access.keys import write_secret
from server.setup.first_run import NotReady

AUTHORITY_DAYS = 3_652
SERVER_DAYS = 397
"""The longest a browser accepts is 398; phones count it strictly."""

RENEW_DAYS = 30
"""From when `doctor` asks for a new server certificate."""

NO_NAME = "batchspine.invalid"
"""The only name an authority for bare addresses may vouch for: one that can never exist (RFC 2606)."""

_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reached(msgspec.Struct, frozen=True):
    """How phones reach the server: by a name, by addresses, or both."""

    name: str | None
    addresses: tuple[Address, ...]

    @property
    def host(self) -> str:
        """What comes first in an address bar."""
        return self.name or str(self.addresses[0])


class Files(msgspec.Struct, frozen=True):
    """Where the certificates and their keys lie."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What phones are asked to trust."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """What must never leave this machine."""
        return self.folder / "authority.key"

    @property
    def server(self) -> Path:
        """The server's certificate."""
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        """The server's key."""
        return self.folder / "server.key"


def reached(name: str, addresses: tuple[str, ...]) -> Reached:
    """Understand a name and addresses as somebody typed them."""
    parsed = tuple(_address(text) for text in addresses)
    try:
        return Reached(None, (ipaddress.ip_address(name), *parsed))
    except ValueError:
        pass
    lower = name.strip().rstrip(".").lower()
    if not _NAME.fullmatch(lower):
        raise NotReady(f"“{name}” is no host name. Write it as phones will: batchspine.example.org, without https://.")
    return Reached(lower, parsed)


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise NotReady(f"“{text}” is no IP address.") from error


def certify(folder: Path, at: Reached, now: datetime, *, replace: bool = False) -> bool:
    """Make a server certificate, and the authority behind it if there is none yet; say whether that is new.

    `replace` makes a new authority although there is one: every phone must trust it before it gets in again.
    """
    files = Files(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = replace or not files.authority.exists()
    if is_new:
        key, authority = _make_authority(at, now)
        _put(files.authority_key, _key_pem(key))
        files.authority.write_bytes(authority.public_bytes(Encoding.PEM))
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    key = _load_key(files.authority_key)
    _require_permitted(authority, at)
    server_key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign_server(at, server_key.public_key(), authority, key, now)
    _put(files.server_key, _key_pem(server_key))
    files.server.write_bytes(certificate.public_bytes(Encoding.PEM))
    return is_new


def _make_authority(at: Reached, now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Batchspine authority for {at.host}"[:64])])
    certificate = (
        _begin(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(at), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return key, certificate


def _constraints(at: Reached) -> x509.NameConstraints:
    """Permit just what was asked for; without any address, forbid them all."""
    permitted: list[x509.GeneralName] = [x509.DNSName(at.name or NO_NAME)]
    permitted += [x509.IPAddress(ipaddress.ip_network(address)) for address in at.addresses]
    everywhere = [x509.IPAddress(ipaddress.ip_network(text)) for text in ("0.0.0.0/0", "::/0")]
    return x509.NameConstraints(permitted, None if at.addresses else everywhere)


def _sign_server(
    at: Reached,
    key: ec.EllipticCurvePublicKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(at.name)] if at.name else []
    names += [x509.IPAddress(address) for address in at.addresses]
    # Not the host: OpenSSL would hold a common name that looks like one against the authority's constraints.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Batchspine server")])
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _begin(subject, authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority_key, SHA256())
    )


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    # A phone's clock may be somewhat behind: valid since yesterday.
    start = now - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _require_permitted(authority: x509.Certificate, at: Reached) -> None:
    """Refuse what the authority may not vouch for, before a phone does so in stranger words."""
    missing = not_permitted(authority, at)
    if missing:
        raise NotReady(
            f"The authority made earlier is not for {', '.join(missing)}. Add --replace to make a new one; "
            "every phone must then trust the new one before it gets in again."
        )


def not_permitted(authority: x509.Certificate, at: Reached) -> list[str]:
    """List which of a server's names its authority may not vouch for."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    names = [subtree.value for subtree in permitted if isinstance(subtree, x509.DNSName)]
    networks = [subtree.value for subtree in permitted if isinstance(subtree, x509.IPAddress)]
    missing = [str(address) for address in at.addresses if not any(_is_within(address, net) for net in networks)]
    if at.name and not any(at.name == name or at.name.endswith(f".{name}") for name in names):
        missing.insert(0, at.name)
    return missing


def _is_within(address: Address, network: object) -> bool:
    return isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network) and address in network


def covers(certificate: x509.Certificate, host: str) -> bool:
    """Say whether a server certificate is for the name or address a phone would type."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return host in names.get_values_for_type(x509.DNSName)


def days_left(certificate: x509.Certificate, now: datetime) -> int:
    """Count the whole days a certificate is still good for; below zero it has ended."""
    return (certificate.not_valid_after_utc - now).days


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _put(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    write_secret(path, content)


def utc_now() -> datetime:
    """Give the time as certificates count it."""
    return datetime.now(UTC)
