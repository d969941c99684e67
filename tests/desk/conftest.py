"""The desk under test: the real application on a real port, a real database, a clock held still."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import uvloop

from desk.assistant.memory import MemoryAssistant
from desk.clock import FixedClock
from desk.db.engine import Database
from desk.log import configure_logging
from desk.settings import ROOT, Settings
from tests.desk.kept_engines import kept_engines
from tests.desk.logged import written  # noqa: F401  (a fixture)
from tests.desk.memory_disk import scratch
from tests.desk.messenger_desk import town  # noqa: F401  (a fixture)
from tests.desk.messenger_town import lea, messenger, meta  # noqa: F401  (fixtures)
from tests.desk.postgres import fresh_database, postgres_server
from tests.desk.ready import fill
from tests.desk.running import Desk, running

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # ten o'clock in Paris
BACKENDS = ("sqlite", "postgresql")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop that serves in production."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def logs() -> None:
    """Logs are written as in production; pytest shows them when a test fails."""
    configure_logging("info")


@pytest.fixture(scope="session")
def communes_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo town, and Valbreuil beside it."""
    folder = tmp_path_factory.mktemp("communes")
    (folder / "demo").symlink_to(ROOT / "communes" / "demo")
    (folder / "valbreuil").symlink_to(Path(__file__).with_name("communes") / "valbreuil")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own on loopback."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def ready_file(tmp_path_factory: pytest.TempPathFactory, communes_dir: Path) -> Path:
    """A SQLite file migrated and seeded once; each test gets a copy."""
    file = tmp_path_factory.mktemp("ready") / "ready.db"
    asyncio.run(fill(f"sqlite:///{file}", communes_dir, FixedClock(MONDAY)))
    return file


@pytest.fixture(scope="session")
def ready_base(postgres: str, communes_dir: Path) -> Iterator[str]:
    """The same in PostgreSQL: the name of a database to copy."""
    with fresh_database(postgres) as url:
        asyncio.run(fill(url, communes_dir, FixedClock(MONDAY)))
        yield url.rpartition("/")[2]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Every test that uses it, or a database, runs on SQLite and on PostgreSQL."""
    return request.param


@pytest.fixture(scope="session")
def shelf() -> Iterator[Path]:
    """Where the SQLite files of this run stand."""
    with scratch("beffroi-sqlite-") as folder:
        yield folder


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, backend: str, shelf: Path) -> Iterator[str]:
    """A database without a single table."""
    if backend == "sqlite":
        yield f"sqlite:///{shelf}/{uuid4().hex}.db"
    else:
        with fresh_database(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, backend: str, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A database with its tables, the answers of both communes and three members of staff.

    Its address is the same in every test, for the engines that are kept.
    """
    with kept_engines(monkeypatch):
        if backend == "sqlite":
            for old in shelf.glob("desk.db*"):
                old.unlink()
            file = shutil.copy(request.getfixturevalue("ready_file"), shelf / "desk.db")
            yield f"sqlite:///{file}"
        else:
            server, base = request.getfixturevalue("postgres"), request.getfixturevalue("ready_base")
            with fresh_database(server, base, name="desk") as url:
                yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same without a desk, closed at the end."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def settings(database_url: str, communes_dir: Path, tmp_path: Path) -> Settings:
    """Settings that read neither the environment's .env nor the machine's var/."""
    return Settings(
        _env_file=None, database_url=database_url, var_dir=tmp_path, rest_key="k" * 20,
        messages_per_minute=1000, conversations_per_minute=1000, communes_dir=communes_dir,
    )  # fmt: skip


@pytest.fixture
def clock() -> FixedClock:
    """Monday 23 November 2026, ten in the morning in Paris, until a test moves it."""
    return FixedClock(MONDAY)


@pytest.fixture
def assistant() -> MemoryAssistant:
    """An assistant that understands nothing until a test gives it a script."""
    return MemoryAssistant()


@pytest.fixture
async def desk(settings: Settings, clock: FixedClock, assistant: MemoryAssistant) -> AsyncIterator[Desk]:
    """The desk, serving on a free port of loopback."""
    async with running(settings, clock, assistant) as desk:
        yield desk
