"""The composition root: everything the server is made of is put together here and nowhere else.

Handlers ask by name for what they need:

    settings, keys, nonces, door, sightings, tries, writer, bell, keeper, spooler   one of each
    history, epoch, now_ms                  the lives of the database, the present one; the moment of the request
    engine, reader                          the database, for those that open transactions themselves
    reading, writing                        a transaction of the request's own, over before the answer starts
    session                                 who is asking

Every route needs a session unless it says `exclude_from_auth=True`, and a person's unless it says `devices_too=True`.
"""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server import pages, problems
from server import settings as environment
from server.access import label_keys
from server.access import routes as access
from server.access.keys import open_keys
from server.access.nonces import Nonces
from server.access.session import session_of_request, signed_in
from server.access.sightings import Sightings
from server.access.tries import Tries
from server.backup import routes as backup
from server.backup.keeper import Keeper
from server.clock import now_ms
from server.custody import routes as custody
from server.database import migrate
from server.database.engine import create_engine, reader_of
from server.intake import feed
from server.intake import routes as intake
from server.intake.bell import Bell
from server.intake.contact import Door, Phones
from server.intake.epochs import History, lineage_of
from server.intake.pull import heads
from server.intake.writer import Writer
from server.network import routes as network
from server.network import supplier_code_routes
from server.network.store import tell_prefix
from server.oversight import routes as oversight
from server.photos import routes as photos
from server.printing import pallet_number_routes, print_routes, roll_routes, sign_routes
from server.printing import routes as printing
from server.printing.spooler import Spooler
from server.security import BODY_BYTES_MAX, Shield, refuse_deep_json
from server.settings import Settings
from server.setup import first_run
from server.setup import routes as setup
from server.setup.trust_page import trust_page

log = logging.getLogger("batchspine")


def create_app(settings: Settings) -> Litestar:
    """Put a server together for an installation that `first_run.prepare` has made ready."""
    first_run.require_current(settings)
    with migrate.connected(settings.database) as connection:
        history = History(lineage_of(connection))
    keys = open_keys(settings.keys_folder)
    engine = create_engine(settings.database)
    reader = reader_of(engine)
    bell = Bell()
    feed.listen(engine, bell.ring)
    writer = Writer(settings.database, now_ms, bell.ring_from_thread)
    sightings = Sightings()
    nonces = Nonces(keys.nonce_key())
    keeper = Keeper(settings, keys, history, now_ms)
    spooler = Spooler(settings, engine, history, now_ms)

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        """Hold the folder, run the writer and show the trust page for as long as requests are answered."""
        app.state.update({"installation_keys": keys, "reader": reader, "bell": bell})
        with first_run.serving(settings) as is_first, trust_page(settings) if is_first else nullcontext():
            if is_first:
                async with engine.begin() as connection:
                    await label_keys.begin(connection, settings.keys_folder, is_wanted=settings.sign_labels)
                    await tell_prefix(connection, settings.gs1_prefix)
            writer.start()
            bell.hang_up()
            tasks = [
                asyncio.create_task(keeper.run(makes=is_first)),
                asyncio.create_task(sightings.run(engine)),
            ]
            if is_first:
                tasks.append(asyncio.create_task(spooler.run()))
            if settings.postgres:
                tasks.append(asyncio.create_task(bell.listen_beside(partial(heads, reader))))
            try:
                yield
            finally:
                bell.take_down()
                await _ended(tasks)
                await sightings.write(engine)
                await asyncio.to_thread(writer.stop)
                await engine.dispose()

    app = Litestar(
        route_handlers=[
            *setup.routes,
            *access.routes,
            *network.routes,
            *supplier_code_routes.routes,
            *intake.routes,
            *oversight.routes,
            *custody.routes,
            *printing.routes,
            *print_routes.routes,
            *roll_routes.routes,
            *pallet_number_routes.routes,
            *photos.routes,
            *sign_routes.routes,
            *backup.routes,
            *pages.routes(settings.pwa),
        ],
        guards=[signed_in],
        before_request=refuse_deep_json,
        dependencies={
            "settings": _always(settings),
            "keys": _always(keys),
            "nonces": _always(nonces),
            "door": _always(Door(engine, reader, Phones(sightings), keys, nonces)),
            "sightings": _always(sightings),
            "tries": _always(Tries()),
            "writer": _always(writer),
            "bell": _always(bell),
            "keeper": _always(keeper),
            "spooler": _always(spooler),
            "history": _always(history),
            "epoch": _always(history.epoch),
            "engine": _always(engine),
            "reader": _always(reader),
            "now_ms": Provide(now_ms, sync_to_thread=False),
            "reading": Provide(_reading),
            "writing": Provide(_writing),
            "session": Provide(session_of_request),
        },
        exception_handlers={Exception: problems.answer},
        request_max_body_size=BODY_BYTES_MAX,
        lifespan=[running],
        logging_config=None,
        openapi_config=OpenAPIConfig(title="Batchspine", version="1", render_plugins=[JsonRenderPlugin()]),
    )
    # Around everything, routing included: a 404 wears the same headers and meets the same limits.
    app.asgi_handler = Shield(app.asgi_handler, settings.public_url)
    return app


async def _ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Stop what goes on in the background; one that had died on its own is named, and stops nothing else."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.error("a background task had failed", exc_info=outcome)


def from_environment() -> Litestar:
    """Make the app as an HTTP server's factory does."""
    return create_app(environment.from_environment(os.environ))


def _always(value: Any) -> Provide:
    return Provide(lambda: value, use_cache=True, sync_to_thread=False)


async def _reading(reader: NamedDependency[AsyncEngine]) -> AsyncGenerator[AsyncConnection, None]:
    async with reader.connect() as connection:
        yield connection


async def _writing(engine: NamedDependency[AsyncEngine]) -> AsyncGenerator[AsyncConnection, None]:
    async with engine.begin() as connection:
        yield connection
