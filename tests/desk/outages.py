"""A database that goes away and comes back."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine

from tests.desk.running import Desk


@asynccontextmanager
async def database_down(desk: Desk) -> AsyncIterator[None]:
    """While the block lasts, nobody can connect; who was connected is cut off."""
    database = desk.context.database
    with _unreadable(database.engine.sync_engine) if database.is_sqlite else _closed(database.url):
        await database.engine.dispose()
        yield


@contextmanager
def _unreadable(engine: Engine) -> Iterator[None]:
    def refuse(*_arguments: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    event.listen(engine, "do_connect", refuse)
    yield
    event.remove(engine, "do_connect", refuse)


@contextmanager
def _closed(url: URL) -> Iterator[None]:
    server = url.set(drivername="postgresql", database="postgres").render_as_string()
    with psycopg.connect(server, autocommit=True) as master:
        master.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        master.execute(cut, [url.database])
        yield
        master.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")
