"""Carrying the hub's notices between the desks that share one PostgreSQL (LISTEN/NOTIFY)."""

import asyncio
import json
import secrets

import psycopg

from desk.conversations.hub import Hub, Notice
from desk.db.engine import Database
from desk.log import get_logger

CHANNEL = "beffroi"
BATCH = 32
"""Notices a payload holds at most; PostgreSQL takes 8,000 bytes."""

QUEUE_LIMIT = 1024
RECONNECT_SECONDS = 2.0
GATHER_SECONDS = 0.005
"""How long a notice waits for others to travel with."""


class Relay:
    """Tells the other desks what this one's hub hears, and the hub what they heard.

    A notice that is lost costs its watcher a wait until the next look at the database.
    """

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._me = secrets.token_hex(8)
        self._leaving: asyncio.Queue[Notice] = asyncio.Queue(QUEUE_LIMIT)

    async def run(self) -> None:
        """Carry until cancelled, over new connections when PostgreSQL was away."""
        self._hub.relay = self._take
        while True:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._listen())
                    group.create_task(self._tell())
            except* Exception:
                get_logger().exception("relay_lost")
            await asyncio.sleep(RECONNECT_SECONDS)

    def _take(self, notice: Notice) -> None:
        if not self._leaving.full():
            self._leaving.put_nowait(notice)

    async def _listen(self) -> None:
        async with await self._connect() as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            async for news in connection.notifies():
                said = json.loads(news.payload)
                for notice in said["notices"] if said["from"] != self._me else ():
                    self._hub.deliver({**notice, "afar": True})

    async def _tell(self) -> None:
        async with await self._connect() as connection:
            while True:
                notices = [await self._leaving.get()]
                await asyncio.sleep(GATHER_SECONDS)
                while len(notices) < BATCH and not self._leaving.empty():
                    notices.append(self._leaving.get_nowait())
                payload = json.dumps({"from": self._me, "notices": notices})
                await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])

    async def _connect(self) -> psycopg.AsyncConnection:
        address = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await psycopg.AsyncConnection.connect(address, autocommit=True)
