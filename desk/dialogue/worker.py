"""The workers: they claim waiting conversations one by one until told to stop."""

import asyncio
import os
import secrets

from desk.clock import Clock
from desk.conversations.claims import any_waiting, claim_next
from desk.conversations.hub import WORK, Hub, Notice
from desk.conversations.models import Conversation
from desk.db.engine import Database
from desk.dialogue.process import Processor
from desk.log import get_logger

SWEEP_SECONDS = 1.0
"""How often one looks for work that nobody told of: another process's, a lease run out, a second try."""


class Workers:
    """``count`` workers in this process; each conversation is with at most one of them anywhere."""

    def __init__(
        self, database: Database, processor: Processor, hub: Hub, clock: Clock, count: int = 4
    ) -> None:
        self._database = database
        self._processor = processor
        self._hub = hub
        self._clock = clock
        self._names = [f"{os.getpid()}-{secrets.token_hex(6)}-{index}" for index in range(count)]

    async def run(self) -> None:
        """Work until cancelled."""
        with self._hub.watch(WORK) as news:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                for name in self._names:
                    group.create_task(self._work(name, news))

    async def _sweep(self) -> None:
        while True:
            try:
                if await self._any_waiting():
                    for _ in self._names:
                        self._hub.deliver({"subject": WORK})
            except Exception:
                get_logger().exception("sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _work(self, name: str, news: asyncio.Queue[Notice]) -> None:
        while True:
            await news.get()  # one notice wakes one worker, which goes on until nothing waits
            try:
                while await self.step(name):
                    pass
            except Exception:
                get_logger().exception("worker_failed")

    async def step(self, name: str) -> bool:
        """Claim and answer one message; False when there was nothing to do."""
        conversation = await self._claim(name)
        if conversation is None:
            return False
        await self._processor.process(conversation, name)
        return True

    async def _claim(self, name: str) -> Conversation | None:
        if not await self._any_waiting():
            return None  # looking takes no lock
        async with self._database.write() as session:
            return await claim_next(session, name, self._clock.now())

    async def _any_waiting(self) -> bool:
        async with self._database.read() as session:
            return await any_waiting(session, self._clock.now())
