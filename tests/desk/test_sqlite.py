"""SQLite as the desk drives it: what waits does not hold up the others, what is cancelled leaves nothing."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import text

from desk.db.engine import Database

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
COUNT = text("SELECT count(*) FROM login_failure")
ADD = text("INSERT INTO login_failure (key, at) VALUES (:key, '2026-11-23')")


async def count(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(COUNT)


async def add(database: Database, key: str) -> None:
    async with database.write() as session:
        await session.execute(ADD, {"key": key})


async def test_readers_go_on_while_a_writer_waits_for_another_process(database: Database) -> None:
    """The lock is waited for in a thread; the writer goes on as soon as it is free."""
    other = sqlite3.connect(database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = asyncio.create_task(add(database, "a"))
    async with asyncio.timeout(5):
        assert [await count(database) for _ in range(5)] == [0] * 5
    assert not writer.done()
    other.execute("COMMIT")
    async with asyncio.timeout(10):
        await writer
    assert await count(database) == 1
    other.close()


async def test_a_writer_that_is_cancelled_while_it_waits_leaves_nothing(database: Database) -> None:
    """Neither its row nor its lock."""
    other = sqlite3.connect(database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = asyncio.create_task(add(database, "a"))
    await asyncio.sleep(0.1)
    writer.cancel()
    other.execute("COMMIT")
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await writer
    async with asyncio.timeout(10):
        await add(database, "b")
    assert await count(database) == 1
    other.close()


async def test_a_write_that_fails_leaves_nothing_and_a_read_sees_one_state(database: Database) -> None:
    """Both within one connection's transaction."""
    with pytest.raises(ZeroDivisionError):
        async with database.write() as session:
            await session.execute(ADD, {"key": "a"})
            assert await session.scalar(COUNT) == 1
            raise ZeroDivisionError
    async with database.read() as session:
        assert await session.scalar(COUNT) == 0
        await add(database, "b")
        assert await session.scalar(COUNT) == 0
    assert await count(database) == 1
