"""What is asked about a person who is to sign in, and what of it is kept."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from server.access import credentials, store
from sync.event import Code

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Login = Annotated[str, Meta(pattern=r"^\S{3,80}$")]
Password = Annotated[str, Meta(min_length=10, max_length=200)]
Pin = Annotated[str, Meta(pattern="^[0-9]{6}$")]
Role = Literal["office", "operator", "dock", "quality", "supervisor"]

ROLES: tuple[Role, ...] = get_args(Role)


class NewPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person: with a PIN for the phone, or a login and a password for the desk, or both."""

    name: Name
    role: Role
    site: Code
    pin: Pin | None = None
    login: Login | None = None
    password: Password | None = None


def missing_of(new: NewPerson) -> str | None:
    """Name by problem code what keeps this person from ever signing in."""
    if (new.login is None) != (new.password is None):
        return "login_incomplete"
    if new.login is None and new.pin is None:
        return "nothing_to_sign_in_with"
    return None


def hashed(new: NewPerson) -> store.NewPerson:
    """Turn what was entered into what may be stored; slow on purpose, so not while the database is held."""
    return store.NewPerson(
        name=new.name,
        role=new.role,
        site=new.site,
        login=new.login,
        password_hash=credentials.hash_password(new.password) if new.password else None,
        pin=credentials.make_pin_verifier(new.pin) if new.pin else None,
    )
