"""Alembic's entry: the steps run on the connection that `server.database.migrate` opened for them."""

from alembic import context

from server.database.migrate import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
