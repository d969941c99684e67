"""The migrations make exactly the tables that the code believes in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text, true
from sqlalchemy.exc import DBAPIError

from desk.conversations.search import newest_hits
from desk.db.engine import Database
from desk.db.migrate import NotPrepared, alembic_config, check_current, migrate
from desk.journal.models import JournalEntry
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


AT = "'2026-11-20 09:00:00+00:00'"
BEFORE = (
    "INSERT INTO conversation (id, commune, channel, owner, last_seq, attempts, created_at) "
    f"VALUES ('c1', 'demo', 'rest', 'assistant', 1, 0, {AT})",
    "INSERT INTO message (id, commune, conversation_id, seq, channel, author, text, buttons, created_at) "
    f"VALUES (7, 'demo', 'c1', 1, 'rest', 'citizen', 'La clé du cimetière', '[]', {AT})",
    "INSERT INTO ticket (id, commune, conversation_id, reference, state, reason, urgent, details, version, "
    "opened_at, due_at) "
    f"VALUES (3, 'demo', 'c1', 'BEF-CCCC-DDDD', 'resolved', 'asked', %s, '[]', 4, {AT}, {AT})",
)


async def test_an_upgrade_keeps_what_the_first_tables_held(database: Database) -> None:
    """A ticket keeps its urgency, gains its channel and its shelf; words written before can be searched."""
    urgent = "1" if database.is_sqlite else "true"
    async with database.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0001"))
        for statement in BEFORE:
            await connection.exec_driver_sql(statement.replace("%s", urgent))
        await connection.commit()
    await migrate(database)
    async with database.read() as session:
        kept = await session.execute(text("SELECT rank, shelf, channel, state, version FROM ticket"))
        assert [tuple(row) for row in kept] == [(0, "done", "rest", "resolved", 4)]
        hits = await newest_hits(session, "demo", "cle cimetiere", true(), 5)
        assert [hit.text for hit in hits] == ["La clé du cimetière"]


ASKED = (
    *BEFORE[:2],
    "INSERT INTO ticket (id, commune, conversation_id, reference, state, reason, details, version, "
    "opened_at, due_at, asked_service) "
    f"VALUES (3, 'demo', 'c1', 'BEF-CCCC-DDDD', 'proposed', 'asked', '[]', 4, {AT}, {AT}, 'voirie')",
    *(
        "INSERT INTO consultation (commune, ticket_id, kind, service, question, state, asked_at, version) "
        f"VALUES ('demo', 3, 'department', '{service}', 'Que répondre ?', '{state}', {AT}, 1)"
        for service, state in (("voirie", "asked"), ("eau", "proposed"), ("etat_civil", "cancelled"))
    ),
)


async def test_an_upgrade_finds_every_department_that_is_asked(database: Database) -> None:
    """From the questions themselves; going back leaves one of them."""
    async with database.engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0004"))
        for statement in ASKED:
            await connection.exec_driver_sql(statement)
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0005"))
        found = await connection.exec_driver_sql("SELECT asked, awaited FROM ticket")
        assert [tuple(row) for row in found] == [("|eau|voirie|", "|voirie|")]
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0004"))
        found = await connection.exec_driver_sql("SELECT asked_service FROM ticket")
        assert [tuple(row) for row in found] == [("voirie",)]


async def test_what_is_written_once_cannot_be_changed(database: Database) -> None:
    """The journal and a ticket's history: the database itself refuses."""
    await migrate(database)
    async with database.write() as session:
        at = datetime(2026, 11, 20, tzinfo=UTC)
        session.add(JournalEntry(commune="demo", at=at, who="a@b.example", action="login"))
    for statement in ("UPDATE journal SET who = 'x'", "DELETE FROM journal"):
        with pytest.raises(DBAPIError, match="written once"):
            async with database.write() as session:
                await session.execute(text(statement))
