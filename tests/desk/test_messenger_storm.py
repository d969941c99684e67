"""A storm on Messenger, and the desk killed in the middle of it: every message answered once, in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk.clock import SystemClock
from desk.settings import ROOT
from tests.desk.rasa_server import rasa_server
from tests.desk.running import client, rows, until
from tests.e2e.town import free_port
from tests.simulators.graph_api import Meta

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

PAGE = "100000000000001"
PEOPLE = {"sqlite": 200, "postgresql": 50}
EACH = 10
PATIENCE = 300
ANSWER = "Réponse à "


def answer(asked: dict[str, Any]) -> Any:
    """An assistant that tells which message it answers."""
    return [{"text": ANSWER + asked["message"]}] if "message" in asked else {"model": "storm"}


@dataclass
class DeskProcess:
    """The desk as it is installed: a process of its own, which can be killed."""

    environment: dict[str, str]
    folder: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        with (self.folder / "desk.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "desk.cli", "serve", cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, **self.environment, "BEFFROI_PORT": str(self.port)},
            )  # fmt: skip
        async with client(self.url) as http, asyncio.timeout(60):
            while True:
                try:
                    if (await http.get("/healthz")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


def environment(database_url: str, communes_dir: Path, folder: Path, rasa: str, meta: Meta) -> dict[str, str]:
    """The settings of an installation that Meta knows."""
    return {
        "PYTHONPATH": str(ROOT), "BEFFROI_DATABASE_URL": database_url, "BEFFROI_VAR_DIR": str(folder),
        "BEFFROI_COMMUNES_DIR": str(communes_dir), "BEFFROI_ASSISTANT_URL": rasa,
        "BEFFROI_MESSENGER_GRAPH_URL": meta.url, "BEFFROI_MESSENGER_APP_ID": "123456789",
        "BEFFROI_MESSENGER_APP_SECRET": "secret-of-tests",
        "BEFFROI_MESSENGER_VERIFY_TOKEN": "verify-of-tests",
        "BEFFROI_MESSENGER_TOKENS": f"{PAGE}=TOKEN-DEMO", "BEFFROI_MESSENGER_PER_SECOND": "1000",
        "BEFFROI_MESSENGER_TIMEOUT": "2",
    }  # fmt: skip


@asynccontextmanager
async def running_desk(made: DeskProcess) -> AsyncIterator[DeskProcess]:
    await made.start()
    try:
        yield made
    finally:
        await made.kill()


def stored(database_url: str) -> dict[str, list[str]]:
    """What each citizen is known to have said, in the order it was taken in."""
    found: dict[str, list[str]] = {}
    query = (
        "SELECT c.external_id, m.text FROM message m JOIN conversation c ON c.id = m.conversation_id "
        "WHERE m.author = 'citizen' ORDER BY m.conversation_id, m.seq"
    )
    for person, text in rows(database_url, query):
        found.setdefault(person.partition(":")[2], []).append(text)
    return found


async def until_stored(database_url: str, count: int) -> None:
    """Wait until so many messages are in the database."""
    query = f"SELECT count(*) >= {count} FROM message WHERE author = 'citizen'"

    async def enough() -> bool:
        return bool((await asyncio.to_thread(rows, database_url, query))[0][0])

    await until(enough, True, PATIENCE)


async def test_every_message_of_a_storm_is_answered_once_and_in_order(
    backend: str, database_url: str, communes_dir: Path, tmp_path: Path
) -> None:
    """2,000 messages of 200 people: doubled, shuffled, refused, unanswered, and a kill -9.

    500 of 50 on PostgreSQL, where the orders of the desk that was killed wait for their lease to end.
    """
    crowd = PEOPLE[backend]
    async with (
        rasa_server() as rasa,
        Meta(SystemClock(), seed=7, duplicates=0.1, shuffles=0.05, errors=0.05, lost_answers=0.02,
             retry_seconds=0.3) as meta,
    ):  # fmt: skip
        rasa.body = answer
        settings = environment(database_url, communes_dir, tmp_path, rasa.url, meta)
        async with running_desk(DeskProcess(settings, tmp_path)) as desk:
            meta.connect(f"{desk.url}/webhooks/messenger")
            people = [meta.page(PAGE).person(str(7000 + number)) for number in range(crowd)]

            async def talk(number: int) -> None:
                for turn in range(EACH):
                    await people[number].says(f"Question {number}-{turn} ?")

            async def count_answers() -> int:
                return sum(len(answers(person)) for person in people)

            storm = asyncio.gather(*(talk(number) for number in range(crowd)))
            await until_stored(database_url, crowd * EACH // 2)
            await desk.kill()
            await desk.start()
            await asyncio.wait_for(storm, PATIENCE)
            await until_stored(database_url, crowd * EACH)
            await until(count_answers, crowd * EACH, PATIENCE)
            await meta.settled()
            taken_in = await asyncio.to_thread(stored, database_url)
    for number, person in enumerate(people):
        said = taken_in[str(7000 + number)]
        assert sorted(said) == sorted(f"Question {number}-{turn} ?" for turn in range(EACH))
        assert answers(person) == [ANSWER + text for text in said]
        assert sum("assistant automatique" in got.text for got in person.inbox) == 1, "the first words, once"


def answers(person: Any) -> list[str]:
    """The answers that a person has got, in the order they came."""
    return [got.text for got in person.inbox if got.text.startswith(ANSWER)]
