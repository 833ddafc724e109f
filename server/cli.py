"""The `batchspine` command: one short entry per command; the work is done in the room it belongs to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
import msgspec

from server.access.keys import KeysUnreadable
from server.database import migrate as migrations
from server.printing.screen import qr_text
from server.settings import Settings, SettingsWrong, from_environment
from server.setup import authority, first_run, serving
from server.setup.trust_page import trust_url

Arguments = ParamSpec("Arguments")


@click.group()
def main() -> None:
    """One master batch number across every contract manufacturer."""


def plainly(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """End a command that cannot go on with its sentence, not with a traceback."""

    @wraps(command)
    def spoken(*arguments: Arguments.args, **options: Arguments.kwargs) -> None:
        try:
            command(*arguments, **options)
        except (SettingsWrong, first_run.NotReady, KeysUnreadable) as error:
            raise click.ClickException(str(error)) from error

    return spoken


def settings_now() -> Settings:
    """Read the settings of this call."""
    return from_environment(os.environ)


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--tls", is_flag=True, help="Serve https with the certificate of `batchspine certificate`.")
@click.option("--trust-port", type=int, help="Port of the plain page that explains how to trust our authority.")
@plainly
def serve(host: str | None, port: int | None, tls: bool, trust_port: int | None) -> None:
    """Serve phones and desks. On an empty database it prints a one-time set-up link."""
    settings = settings_now()
    given = {"host": host, "port": port, "tls": tls or None, "trust_port": trust_port}
    settings = msgspec.structs.replace(settings, **{name: value for name, value in given.items() if value is not None})
    if link := first_run.prepare(settings):
        click.echo(f"Nobody has set this installation up yet. Open this link once:\n\n    {link}\n")
    click.echo(f"Batchspine at {settings.address}")
    if settings.tls and settings.trust_port:
        page = trust_url(settings)
        click.echo(f"Phones that do not trust it yet open {page}\n{qr_text(page)}")
    sys.stdout.flush()
    serving.serve(settings)


@main.command()
@click.argument("name")
@click.option("--ip", "addresses", multiple=True, help="An address phones use too; may be given several times.")
@click.option("--replace", is_flag=True, help="Make a new authority: every phone must trust it anew.")
@plainly
def certificate(name: str, addresses: tuple[str, ...], replace: bool) -> None:
    """Make a certificate for NAME (a host name or an address), with an authority of your own behind it."""
    settings = settings_now()
    at = authority.reached(name, addresses)
    is_new = authority.certify(settings.tls_folder, at, authority.utc_now(), replace=replace)
    files = authority.Files(settings.tls_folder)
    click.echo(f"Server certificate for {at.host}, good for {authority.SERVER_DAYS} days: {files.server}")
    if is_new:
        click.echo(f"New authority, to be trusted on every phone: {files.authority}")
    click.echo("Now: batchspine serve --tls --trust-port 8081, and open the trust page it prints on each phone.")


@main.command()
@plainly
def migrate() -> None:
    """Bring the database to the form this version needs. Keep a copy of the folder first."""
    settings = settings_now()
    before = migrations.state(settings.database)
    migrations.upgrade(settings.database)
    click.echo(f"{settings.database}: {before} → {migrations.state(settings.database)}")


if __name__ == "__main__":
    main()
