"""The real application on a real port, as many times as a test wants."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sanic import Sanic
from sqlalchemy import create_engine, make_url, text

from desk.app import Parts, create_app
from desk.app_context import Context
from desk.assistant.memory import MemoryAssistant
from desk.assistant.port import Assistant
from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.people import CAMILLE, PATIENCE, Agent, Citizen


@dataclass
class Desk:
    """A running desk, its parts, and a client to knock at its front door."""

    app: Sanic
    context: Context
    assistant: MemoryAssistant
    clock: FixedClock
    url: str
    http: httpx.AsyncClient
    browsers: AsyncExitStack

    async def open(self, commune: str = "demo") -> Citizen:
        """A citizen who has just opened the chat."""
        reply = await self.http.post("/v1/conversations", json={"commune": commune})
        assert reply.status_code == 201, reply.text
        return Citizen(self, reply.json()["id"], reply.json()["token"])

    async def browser(self) -> Agent:
        """A browser in which nobody has logged in yet."""
        return Agent(await self.browsers.enter_async_context(client(self.url)))

    async def agent(self, email: str = CAMILLE) -> Agent:
        """A member of staff who has logged in."""
        agent = await self.browser()
        reply = await agent.log_in(email)
        assert reply.status_code == 303, reply.text
        return agent

    async def count(self, query: str) -> int:
        """What a counting query finds."""
        async with self.context.database.read() as session:
            return await session.scalar(text(query))

    async def until_count(self, query: str, expected: int) -> None:
        """Wait until a counting query finds ``expected``."""
        await until(lambda: self.count(query), expected)


def client(url: str) -> httpx.AsyncClient:
    """A client of our own loopback: no proxy, no certificates to load."""
    return httpx.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=30)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What a query finds, for tests that have no desk running."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite" if "sqlite" in url else "postgresql+psycopg")
    )
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


async def until(look: Callable[[], Awaitable[Any]], expected: Any, patience: float = PATIENCE) -> None:
    """Wait until ``look`` finds ``expected``: what it watches moves by itself in ``patience`` seconds."""
    found = None
    try:
        async with asyncio.timeout(patience):
            while True:
                found = await look()
                if found == expected:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"still {found!r}, not {expected!r}") from None


@asynccontextmanager
async def running(
    settings: Settings, clock: FixedClock, assistant: Assistant | None = None, *, rasa: bool = False
) -> AsyncIterator[Desk]:
    """A desk serving on a free port of loopback, with an assistant in memory unless ``rasa`` is asked."""
    assistant = None if rasa else assistant or MemoryAssistant()
    app = create_app(settings, Parts(assistant, clock), name=f"desk_{os.urandom(4).hex()}")
    app.config.TOUCHUP = False  # its source rewriting works once per process
    context: Context = app.ctx.desk
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.before_start()
        await server.start_serving()
        await server.after_start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with AsyncExitStack() as browsers, client(url) as http:
            yield Desk(app, context, assistant, clock, url, http, browsers)
        await server.before_stop()
        await server.close()
        await server.after_stop()
    Sanic.unregister_app(app)
