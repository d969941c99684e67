"""A database that goes away and comes back."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from tests.desk.running import Desk


@asynccontextmanager
async def database_down(desk: Desk) -> AsyncIterator[None]:
    """While the block lasts, nobody can connect; who was connected is cut off."""
    database = desk.context.database
    await database.engine.dispose()
    with _moved_away(Path(str(database.url.database))) if database.is_sqlite else _closed(database.url):
        yield


@contextmanager
def _moved_away(file: Path) -> Iterator[None]:
    aside = file.with_suffix(".aside")
    shutil.move(file, aside)
    file.mkdir()
    yield
    file.rmdir()
    shutil.move(aside, file)


@contextmanager
def _closed(url: URL) -> Iterator[None]:
    server = url.set(drivername="postgresql", database="postgres").render_as_string()
    with psycopg.connect(server, autocommit=True) as master:
        master.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        master.execute(cut, [url.database])
        yield
        master.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")
