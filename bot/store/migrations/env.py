"""Run by Alembic: uses the connection, and so the transaction, that ``bot.store.migrate`` opened."""

from __future__ import annotations

from alembic import context

from bot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # SQLite can undo its table changes like any other; the driver set-up of bot.store.engines sees to it.
    transactional_ddl=True,
)
context.run_migrations()
