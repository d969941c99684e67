"""One database, SQLite or PostgreSQL, behind two verbs: read and write."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from desk.db.sqlite import BEGIN_WRITE, BUSY_TIMEOUT, SqliteModule

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


PING_AFTER_SECONDS = 1.0
"""A pooled connection to PostgreSQL that rested longer is tried before it is used."""


class UnsupportedDatabase(ValueError):
    """The address names no database that Beffroi can use; the message says why, without the password."""


def async_url(address: str) -> URL:
    """The SQLAlchemy address with the driver we ship. Raises UnsupportedDatabase."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise UnsupportedDatabase(
            "expected sqlite:///file or postgresql://user:password@host/base"
        ) from error
    backend = url.get_backend_name()
    if backend not in DRIVERS:
        raise UnsupportedDatabase(f"{backend} is neither sqlite nor postgresql")
    return url.set(drivername=DRIVERS[backend])


class Database:
    """Sessions on one database.

    ``write`` is a transaction that commits at the end or leaves nothing behind. On SQLite, which has
    one writer, writers of this process queue on a lock instead of sleeping in its busy handler, and
    each starts with BEGIN IMMEDIATE so that what it reads is still true when it writes.
    """

    def __init__(self, address: str) -> None:
        self.url = async_url(address)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _make_engine(self.url, self.is_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for looking only; what it changes is thrown away."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed when the block ends well, rolled back when it raises."""
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._turn)
            session = await stack.enter_async_context(self._sessions.begin())
            if self.is_sqlite:
                await session.connection(execution_options={"beffroi_write": True})
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


async def alone(session: AsyncSession, lock: int) -> None:
    """Until its transaction ends, ``session`` is the only one past this point, in all processes."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite every writer is alone already
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock})


def _make_engine(url: URL, is_sqlite: bool) -> AsyncEngine:
    # hide_parameters: an error that is logged must not quote what a citizen wrote
    if not is_sqlite:
        engine = create_async_engine(url, pool_size=10, max_overflow=10, hide_parameters=True)
        event.listen(engine.sync_engine, "checkin", _note_use)
        event.listen(engine.sync_engine, "checkout", partial(_ping_idle, engine.dialect))
        return engine
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnsupportedDatabase(f"the folder {folder} cannot be made ({error.strerror})") from error
    options = {"timeout": BUSY_TIMEOUT / 1000, "check_same_thread": False}
    engine = create_async_engine(url, module=SqliteModule(), connect_args=options, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _note_use(_connection: object, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _ping_idle(dialect: Any, connection: Any, record: Any, _proxy: object) -> None:
    """A server that restarted is noticed before a statement fails; one in use a moment ago is not asked."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < PING_AFTER_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.dbapi.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=200")
    # Of two processes that switch a new file at once, one is refused: the next connection sees to it.
    with suppress(OperationalError):
        cursor.execute("PRAGMA journal_mode=WAL")
    for pragma in (f"busy_timeout={BUSY_TIMEOUT}", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    if connection.get_execution_options().get("beffroi_write"):
        connection.exec_driver_sql(BEGIN_WRITE)
    else:
        connection.connection.dbapi_connection.begin_read()
