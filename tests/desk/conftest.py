"""The desk under test: the real application on a real port, a real database, a clock held still."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sanic import Sanic

from desk.answers.seed import read_answers
from desk.answers.store import seed_answers
from desk.app import Parts, create_app
from desk.app_context import Context
from desk.assistant.memory import MemoryAssistant
from desk.clock import FixedClock
from desk.db.migrate import migrate
from desk.settings import ROOT, Settings
from tests.desk.postgres import fresh_database, postgres_server

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BACKENDS = ("sqlite", "postgresql")


@dataclass
class Desk:
    """A running desk, its parts, and a client to knock at its front door."""

    app: Sanic
    context: Context
    assistant: MemoryAssistant
    clock: FixedClock
    url: str
    http: httpx.AsyncClient
    server: object = field(default=None, repr=False)

    async def open(self) -> "Citizen":
        """A citizen who has just opened the chat."""
        reply = await self.http.post("/v1/conversations", json={"commune": "demo"})
        assert reply.status_code == 201, reply.text
        return Citizen(self, reply.json()["id"], reply.json()["token"])


@dataclass
class Citizen:
    """Someone writing to the town."""

    desk: Desk
    id: str
    token: str
    sent: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def say(
        self, text: str, client_id: str | None = None, payload: str | None = None
    ) -> httpx.Response:
        self.sent += 1
        body = {"text": text, "client_id": client_id or f"c{self.sent}", "payload": payload}
        return await self.desk.http.post(
            f"/v1/conversations/{self.id}/messages", json=body, headers=self.headers
        )

    async def messages(self, after: int = 0) -> list[dict]:
        reply = await self.desk.http.get(
            f"/v1/conversations/{self.id}/messages", params={"after": after}, headers=self.headers
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def ask(self, text: str, payload: str | None = None) -> list[dict]:
        """Say something, then what came back about it."""
        reply = await self.say(text, payload=payload)
        assert reply.status_code == 202, reply.text
        return await self.until(
            lambda found: found[-1]["author"] != "citizen" and self._answered(found, text)
        )

    def _answered(self, found: list[dict], text: str) -> bool:
        mine = [
            message["seq"] for message in found if message["author"] == "citizen" and message["text"] == text
        ]
        return bool(mine) and found[-1]["seq"] > mine[-1]

    async def until(self, condition) -> list[dict]:
        """The messages once ``condition`` holds of them (they come by themselves, within seconds)."""
        async with asyncio.timeout(20):
            while True:
                found = await self.messages()
                if found and condition(found):
                    return found
                await asyncio.sleep(0.01)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own on loopback."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: every test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/beffroi.db"
    else:
        with fresh_database(request.getfixturevalue("postgres")) as url:
            yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None, database_url=database_url, var_dir=tmp_path, rest_key="k" * 20,
        messages_per_minute=1000, conversations_per_minute=1000, communes_dir=ROOT / "communes",
    )  # fmt: skip


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """The desk, serving on a free port of loopback."""
    assistant, clock = MemoryAssistant(), FixedClock(MONDAY)
    app = create_app(settings, Parts(assistant, clock), name=f"desk_{os.urandom(4).hex()}")
    app.config.TOUCHUP = False  # its source rewriting works once per process
    context: Context = app.ctx.desk
    await migrate(context.database)
    for commune in context.communes.all():
        async with context.database.write() as session:
            await seed_answers(session, commune.id, read_answers(commune.folder, commune.settings), clock)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.before_start()
        await server.start_serving()
        await server.after_start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url) as http:
            yield Desk(app, context, assistant, clock, url, http, server)
        await server.before_stop()
        await server.close()
        await server.after_stop()
    Sanic.unregister_app(app)
