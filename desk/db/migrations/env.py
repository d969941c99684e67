"""Alembic's entry: migrates over the connection that desk.db.migrate hands it."""

from alembic import context

from desk.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
