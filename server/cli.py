"""The `batchspine` command: one short entry per command; the work is done in the room it belongs to.

Each command imports what it needs when it is called, so that `read` does not wait for the web server's libraries.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click
import msgspec

from server.settings import Settings, SettingsWrong, from_environment

if TYPE_CHECKING:
    from server.printing.render import LabelFormat

Arguments = ParamSpec("Arguments")


@click.group()
def main() -> None:
    """One master batch number across every contract manufacturer."""


def plainly(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """End a command that cannot go on with its sentence, not with a traceback."""

    @wraps(command)
    def spoken(*arguments: Arguments.args, **options: Arguments.kwargs) -> None:
        from labels.refusal import LabelRefused
        from server.access.keys import KeysUnreadable
        from server.backup.making import BackupFailed
        from server.backup.restoring import RestoreRefused
        from server.database.migrate import DatabaseUnreachable
        from server.setup.first_run import NotReady
        from server.setup.importing import ImportRefused

        try:
            command(*arguments, **options)
        except (
            SettingsWrong,
            NotReady,
            KeysUnreadable,
            DatabaseUnreachable,
            BackupFailed,
            RestoreRefused,
            ImportRefused,
        ) as error:
            raise click.ClickException(str(error)) from error
        except LabelRefused as refusal:
            raise click.ClickException(refusal.detail) from refusal

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
    from server.setup import first_run, serving

    settings = settings_now()
    given = {"host": host, "port": port, "tls": tls or None, "trust_port": trust_port}
    settings = msgspec.structs.replace(settings, **{name: value for name, value in given.items() if value is not None})
    if link := first_run.prepare(settings):
        click.echo(f"Nobody has set this installation up yet. Open this link once:\n\n    {link}\n")
    _announce(settings)
    serving.serve(settings)


def _announce(settings: Settings) -> None:
    from server.printing.screen import qr_text
    from server.setup.trust_page import trust_url

    click.echo(f"Batchspine at {settings.address}")
    if settings.tls and settings.trust_port:
        page = trust_url(settings)
        click.echo(f"Phones that do not trust it yet open {page}\n{qr_text(page)}")
    sys.stdout.flush()


@main.command()
@click.option("--lan", is_flag=True, help="Serve phones on this network over https, with a certificate made here.")
@click.option("--port", type=int, help="Port to listen on: 8000, with --lan 8443.")
@click.option("--keep", is_flag=True, help="Go on with the demo as it was left.")
@plainly
def demo(lan: bool, port: int | None, keep: bool) -> None:
    """Show a principal, its contract manufacturer and a batch between them, in a folder of its own."""
    from server.printing.screen import qr_text
    from server.setup import demo as story
    from server.setup import serving

    settings = story.demo_settings(settings_now(), lan=lan, port=port)
    told = story.prepare(settings, keep=keep)
    click.echo(f"\n  DEMO · {told.address}\n\n  Desk: {told.address}/desk")
    click.echo(f"    login {story.OFFICE_LOGIN}, password {story.OFFICE_PASSWORD}")
    for invitation in told.invitations:
        click.echo(f"\n  Phone at {invitation.site_name}: scan this, or open {invitation.link}")
        click.echo(f"    {invitation.operator}, PIN {invitation.pin}   (the link works once, for ten minutes)")
        click.echo(f"    {invitation.supervisor}, PIN {invitation.supervisor_pin}, may overrule a stop")
        click.echo(qr_text(invitation.link))
    click.echo(f"\n  Labels to scan: {told.label_sheet}")
    if not lan:
        click.echo("  For a real phone on this network: batchspine demo --lan\n")
    _announce(settings)
    serving.serve(settings)


@main.command()
@click.argument("name")
@click.option("--ip", "addresses", multiple=True, help="An address phones use too; may be given several times.")
@click.option("--replace", is_flag=True, help="Make a new authority: every phone must trust it anew.")
@plainly
def certificate(name: str, addresses: tuple[str, ...], replace: bool) -> None:
    """Make a certificate for NAME (a host name or an address), with an authority of your own behind it."""
    from server.setup import authority

    settings = settings_now()
    at = authority.reached(name, addresses)
    is_new = authority.certify(settings.tls_folder, at, authority.utc_now(), replace=replace)
    files = authority.Files(settings.tls_folder)
    click.echo(f"Server certificate for {at.host}, good for {authority.SERVER_DAYS} days: {files.server}")
    if is_new:
        click.echo(f"New authority, to be trusted on every phone: {files.authority}")
    click.echo(f"\nNow: export BATCHSPINE_PUBLIC_URL=https://{at.host}:8443")
    click.echo("     batchspine serve --tls --host 0.0.0.0 --port 8443 --trust-port 8081")
    click.echo("and open the trust page it prints on each phone.")


@main.command(name="import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--server", "address", help="Address of the server; else the one of this installation.")
@plainly
def hand_in(file: Path, address: str | None) -> None:
    """Hand in the scans a phone has saved to FILE because it had no network. Twice is once."""
    from server.setup import importing

    told = importing.hand_in(file, settings_now(), address)
    click.echo(f"{told.phone}: {told.taken} scans taken, {told.known} known already")


@main.command()
@plainly
def migrate() -> None:
    """Bring the database to the form this version needs. Keep a copy of the folder first."""
    from server.database import migrate as migrations

    settings = settings_now()
    before = migrations.state(settings.database)
    migrations.upgrade(settings.database)
    click.echo(f"{settings.records}: {before} → {migrations.state(settings.database)}")


@main.command()
@click.option("--to", "place", type=click.Path(file_okay=False, path_type=Path), help="Folder to put the copy into.")
@click.option("--keep", type=click.IntRange(2), default=7, show_default=True, help="Verified copies to keep there.")
@plainly
def backup(place: Path | None, keep: int) -> None:
    """Copy the records, beside a running server too, and prove the copy; into BATCHSPINE_BACKUP unless told --to."""
    from server.backup.making import make
    from server.clock import now_ms
    from server.setup.first_run import NotReady, require_current

    settings = settings_now()
    chosen = place.absolute() if place else settings.backup
    if chosen is None:
        raise NotReady("Say where to: batchspine backup --to FOLDER, or set BATCHSPINE_BACKUP. Best on another disk.")
    require_current(settings)
    if place is not None:
        chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = make(settings, chosen, now_ms, keep=keep)
    click.echo(
        f"{copy.folder}\n{copy.manifest.size_bytes / 1_000_000:.1f} MB, with the installation's keys: lock it up."
    )
    if chosen != settings.backup:
        click.echo("It is not in BATCHSPINE_BACKUP, so phones do not rely on it.")
    if not copy.is_verified:
        for difference in copy.manifest.differences:
            click.echo(difference)
        raise click.ClickException("The copy holds every scan, but its books do not agree with them. It counts not.")
    click.echo("Verified: it can be read through, and its books agree with its scans.")


@main.command()
@click.argument("copy", type=click.Path(exists=True, path_type=Path))
@click.option("--override", is_flag=True, help="Restore it even if scans may be lost by that; says whom to ask.")
@plainly
def restore(copy: Path, override: bool) -> None:
    """Bring a backup back (its folder, or a file in it). Stop the server first; what is here is moved aside."""
    from server.backup.restoring import restore as bring_back
    from server.clock import now_ms

    done = bring_back(settings_now(), copy.absolute(), now_ms, override=override)
    click.echo(f"{done.copy.folder.name} is back. Start the server; phones send by themselves what it lacks.")
    if done.aside:
        click.echo(f"What was here before is in {done.aside}.")
    click.echo("Enter again what the office has entered since: people, items, places, transfers, runs.")
    for lack in done.lacks:
        click.echo(f"\n{lack.site}: scans between {lack.held_to} and {lack.announced} may be lost. Ask at:")
        for phone in lack.phones:
            click.echo(f"  {phone.name} ({phone.scans} scans there)")


@main.command()
@plainly
def check() -> None:
    """Rebuild everything from the raw events and compare it with the books; exit code 1 if they differ."""
    from server.intake.check import check as compare
    from server.setup.first_run import require_current

    settings = settings_now()
    require_current(settings)
    differences = compare(settings.database)
    for sentence in differences:
        click.echo(sentence)
    if differences:
        sys.exit(1)
    click.echo("The books agree with the events.")


@main.command()
@plainly
def doctor() -> None:
    """Say what is missing before phones can rely on this server; exit code 1 if something is."""
    from server.setup.authority import utc_now
    from server.setup.doctor import examine

    findings = examine(settings_now(), utc_now())
    marks = {"good": "  ok      ", "note": "  note    ", "missing": "  MISSING "}
    for finding in findings:
        click.echo(marks[finding.level] + finding.sentence)
    if any(finding.level == "missing" for finding in findings):
        sys.exit(1)


@main.command()
@click.option("--item", required=True)
@click.option("--batch", required=True)
@click.option("--unit", help="The serial of a handling unit; without it, a lot label.")
@click.option("--stock", default="100x150", show_default=True)
@click.option("--dpi", type=int, default=203, show_default=True)
@click.option("--format", "to", type=click.Choice(["png", "svg", "pdf", "zpl"]), default="pdf", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@plainly
def label(item: str, batch: str, unit: str | None, stock: str, dpi: int, to: LabelFormat, out: Path) -> None:
    """Draw one label without a server; it has been read back before it is written."""
    from labels.content import LabelContent
    from labels.identity import LotIdentity, UnitIdentity
    from server.clock import now_ms
    from server.printing.render import render
    from server.printing.store import origin_to_print, printed_at

    origin = origin_to_print(settings_now().public_url)
    identity = UnitIdentity(batch, item, unit, origin) if unit else LotIdentity(batch, item, origin)
    content = LabelContent(identity=identity, printed_at=printed_at(now_ms()))
    out.write_bytes(render([content], stock=stock, dpi=dpi, to=to))
    click.echo(f"{out}: read back and good")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@plainly
def read(file: Path) -> None:
    """Read every symbol in a PNG, JPEG or PDF and print payload and fields as JSON; exit code 1 if there is none."""
    from labels.reading import read_image

    readings = read_image(file.read_bytes())
    click.echo(json.dumps(msgspec.to_builtins(readings), ensure_ascii=False, indent=2))
    if not readings:
        sys.exit(1)


@main.command()
@click.argument("name")
@click.option("--history", type=click.IntRange(1), help="With so many events in the ledger beforehand.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@plainly
def bench(name: str, history: int | None, as_json: bool) -> None:
    """Measure NAME (such as `push`) against its floor; works in a checkout."""
    from server.setup.benches import run

    figures = run(name, history)
    if as_json:
        click.echo(json.dumps(figures))
        return
    for word, figure in figures.items():
        click.echo(f"{word:28} {figure}")


@main.command()
@click.option("--seeds", type=click.IntRange(1), default=500, show_default=True, help="How many histories.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The first one.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option(
    "--server", type=click.Choice(["sqlite", "postgresql"]), help="Let the real server be the hub, on this database."
)
@click.option("--mutants", is_flag=True, help="Show for each seeded bug the first history that catches it.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@plainly
def simulate(seeds: int, seed: int, jobs: int, server: str | None, mutants: bool, as_json: bool) -> None:
    """Let simulated phones, relays and a hub go through faults; exit code 1 if an invariant breaks. In a checkout."""
    from server.setup.simulations import report

    lines, holds = report(seeds=seeds, first=seed, jobs=jobs, server=server, mutants=mutants, as_json=as_json)
    for line in lines:
        click.echo(line)
    if not holds:
        sys.exit(1)


@main.group()
def user() -> None:
    """People who sign in; WHO is a login, a name, or the beginning of an id."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["office", "operator", "dock", "quality"]), required=True)
@click.option("--site", required=True, help="Code of the person's site.")
@click.option("--login", help="For the desk; asks for a password.")
@click.option("--pin", "wants_pin", is_flag=True, help="For the phone; asks for a PIN.")
@plainly
def add_user(name: str, role: str, site: str, login: str | None, wants_pin: bool) -> None:
    """Add a person."""
    from server.setup import users

    password = _ask("Password, 10 characters or more") if login else None
    pin = _ask("PIN, six digits") if wants_pin else None
    answers = {"name": name, "role": role, "site": site, "login": login, "password": password, "pin": pin}
    users.add(settings_now(), answers)
    click.echo(f"{name} can sign in at {site}.")


@user.command("list")
@plainly
def list_users() -> None:
    """Show everybody."""
    from server.setup import users

    for row in users.everybody(settings_now()):
        signs_in = [word for word, has in (("PIN", row.pin_hash), (f"login {row.login}", row.login)) if has]
        state = "" if row.is_active else "   (no longer active)"
        click.echo(f"{row.id.hex()[:8]}  {row.role:9} {row.site:20} {row.name}   {', '.join(signs_in)}{state}")


@user.command("pin")
@click.argument("who")
@plainly
def new_pin(who: str) -> None:
    """Give a person a new PIN."""
    from server.setup import users

    click.echo(f"{users.give_pin(settings_now(), who, _ask('PIN, six digits'))} has a new PIN.")


@user.command("password")
@click.argument("who")
@plainly
def new_password(who: str) -> None:
    """Give a person a new password."""
    from server.setup import users

    name = users.give_password(settings_now(), who, _ask("Password, 10 characters or more"))
    click.echo(f"{name} has a new password and is signed out everywhere.")


@user.command("deactivate")
@click.argument("who")
@plainly
def deactivate_user(who: str) -> None:
    """Take all rights from a person; what the person recorded stays."""
    from server.setup import users

    click.echo(f"{users.deactivate(settings_now(), who)} can no longer sign in.")


@main.group("label-key")
def label_key() -> None:
    """Keys that sign labels, where BATCHSPINE_SIGN_LABELS is 1."""


@label_key.command("list")
@plainly
def list_label_keys() -> None:
    """List the keys: the newest signs, older ones are still verified, revoked ones are not."""
    from server.setup import label_key as keys

    for key, state in keys.listed(settings_now()):
        click.echo(f"{key}  {state}")


@label_key.command("new")
@plainly
def new_label_key() -> None:
    """Make a new key; it signs from now on."""
    from server.setup import label_key as keys

    click.echo(f"Key {keys.make(settings_now())} signs from now on.")


@label_key.command("revoke")
@click.argument("key")
@plainly
def revoke_label_key(key: str) -> None:
    """Take KEY out of use: phones take labels it has signed for forged, from their next contact on."""
    from server.setup import label_key as keys

    keys.revoke(settings_now(), key)
    click.echo(f"Key {key} is revoked. Print its labels anew: batchspine label-key new, then reprint.")


def _ask(question: str) -> str:
    answer: str = click.prompt(question, hide_input=True, confirmation_prompt=True)
    return answer


if __name__ == "__main__":
    main()
