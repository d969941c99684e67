"""SQLite as the desk drives it: no thread is asked for what takes microseconds.

SQLAlchemy's adapter of aiosqlite crosses to the connection's thread and back four times a statement,
which costs more than the statement. Here a statement of a read crosses once, because it may have to look
through a whole table. A write holds everybody else up and is short by design: its statements run where
they are, and only what may wait, another process's lock and the disk at the commit, goes to the thread.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_only

BEGIN_WRITE = "BEGIN IMMEDIATE"
BUSY_TIMEOUT = 30_000
"""Milliseconds that a connection waits for another process's lock."""

type _Work = Callable[[sqlite3.Connection], Any]


class SqliteConnection(AsyncAdapt_aiosqlite_connection):
    """One connection, made with ``check_same_thread`` off; never used by two threads at once."""

    __slots__ = ("_astray", "_writing")

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._writing = False
        self._astray = False  # somebody was cancelled while the thread worked: it may still be at it

    def cursor(self, server_side: bool = False) -> AsyncAdapt_aiosqlite_cursor:
        return super().cursor(server_side=True) if server_side else SqliteCursor(self)

    def begin_read(self) -> None:
        """Start looking at one state of the database; takes no lock."""
        self.here(lambda raw: raw.execute("BEGIN"))

    def run(self, statement: str, work: _Work) -> Any:
        """What ``work`` makes of the connection, in whichever thread suits ``statement``."""
        if self._writing:
            return self.here(work)
        if statement != BEGIN_WRITE:
            return self.there(work)
        try:
            result = self.here(lambda raw: _without_waiting(raw, work))
        except sqlite3.OperationalError:  # another process writes
            result = self.there(work)
        self._writing = True
        return result

    def here(self, work: _Work) -> Any:
        """``work`` done by the caller's thread."""
        return self.there(work) if self._astray else work(self._connection._conn)

    def there(self, work: _Work) -> Any:
        """``work`` done by the connection's own thread, while others go on."""
        try:
            return self.await_(self._connection._execute(lambda: work(self._connection._conn)))
        except asyncio.CancelledError:
            self._astray = True
            raise

    def commit(self) -> None:
        self._end(sqlite3.Connection.commit)

    def rollback(self) -> None:
        self._end(sqlite3.Connection.rollback)

    def _end(self, work: _Work) -> None:
        ended = self.there if self._writing else self.here
        self._writing = False
        try:
            ended(work)
        except Exception as error:
            self._handle_exception(error)


def _without_waiting(raw: sqlite3.Connection, work: _Work) -> Any:
    raw.execute("PRAGMA busy_timeout=0")
    try:
        return work(raw)
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")


class SqliteCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor whose rows are all fetched at once."""

    __slots__ = ()

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self._run(operation, lambda raw: _told(raw.execute(operation, parameters or ())))

    def executemany(self, operation: Any, seq_of_parameters: Sequence[Any]) -> None:
        self._run(operation, lambda raw: _told(raw.executemany(operation, seq_of_parameters)))

    def _run(self, operation: str, work: _Work) -> None:
        connection: Any = self._adapt_connection
        try:
            self.description, rows, self.rowcount, self.lastrowid = connection.run(operation, work)
        except Exception as error:
            connection._handle_exception(error)
        self._rows = deque(rows)


def _told(cursor: sqlite3.Cursor) -> tuple[Any, list[Any], int, int | None]:
    """Description, rows, count of rows changed, last key."""
    if cursor.description:
        return cursor.description, cursor.fetchall(), -1, -1
    return None, [], cursor.rowcount, cursor.lastrowid


class SqliteModule(AsyncAdapt_aiosqlite_dbapi):
    """What SQLAlchemy takes for the driver."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> SqliteConnection:
        connection = aiosqlite.connect(*arg, **kw)
        connection._thread.daemon = True  # as SQLAlchemy does: a forgotten connection must not keep us alive
        return SqliteConnection(self, await_only(connection))
