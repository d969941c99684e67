"""Bringing a database to the current tables, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from desk.db.engine import Database

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK_KEY = 0x42454646  # "BEFF": two desks started at once migrate one after the other


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


class NotPrepared(Exception):
    """The database has not the tables of this version."""


async def migrate(database: Database) -> None:
    """Apply what is missing; nothing when the tables are current."""
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await connection.execution_options(beffroi_write=True)
            await connection.run_sync(_begin)  # waits until it is alone
        else:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        await connection.run_sync(_upgrade)
        await connection.commit()
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})


async def check_current(database: Database) -> None:
    """Raises NotPrepared when ``migrate`` has something to do."""
    async with database.engine.connect() as connection:
        if not await connection.run_sync(_is_current):
            raise NotPrepared("the database is not up to date; run: beffroi prepare")


def _begin(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


def _upgrade(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")


def _is_current(connection: Connection) -> bool:
    wanted = ScriptDirectory.from_config(alembic_config(connection)).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(wanted)
