"""The migrations make exactly the tables that the code believes in."""

from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from desk.db.engine import Database
from desk.db.migrate import NotPrepared, alembic_config, check_current, migrate
from desk.schema import metadata


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[Database]:
    database = Database(empty_url)
    yield database
    await database.close()


def ours(name: str | None) -> bool:
    """Not what serves full-text search, which only the migration knows (SQLite keeps tables of its own)."""
    return name is None or "message_search" not in name


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, *_: ours(name),
        },
    )
    return list(compare_metadata(context, metadata))


def shape(connection: Connection) -> dict[str, set[str]]:
    """Names that autogeneration does not compare: constraints and indexes of every table."""
    looked = inspect(connection)
    return {
        table: {
            str(one["name"])
            for found in (
                looked.get_indexes(table),
                looked.get_unique_constraints(table),
                looked.get_foreign_keys(table),
                [looked.get_pk_constraint(table)],
            )
            for one in found
            if ours(one["name"])
        }
        for table in looked.get_table_names()
        if table != "alembic_version" and ours(table)
    }


async def test_the_migrations_equal_the_models(database: Database, empty_url: str) -> None:
    """Tables, columns, types, nullability, indexes, constraints and their names."""
    await migrate(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        migrated = await connection.run_sync(shape)
        await connection.rollback()
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        assert await connection.run_sync(shape) == migrated


async def test_going_back_and_forth_leaves_nothing_behind(database: Database) -> None:
    """Down to no table at all, and up again."""
    await migrate(database)
    async with database.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))
        await connection.commit()
        assert await connection.run_sync(shape) == {}
    with pytest.raises(NotPrepared):
        await check_current(database)
    await migrate(database)
    await migrate(database)
    await check_current(database)
