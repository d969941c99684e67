"""The workers: they answer what they are given, and claim what waits, until told to stop."""

import asyncio
import os
import secrets

from desk.clock import Clock
from desk.conversations.claims import Claim, any_waiting, claim_next
from desk.conversations.hub import WORK, Hub
from desk.db.engine import Database
from desk.dialogue.process import Processor
from desk.dialogue.roster import Place, Roster
from desk.log import get_logger

SWEEP_SECONDS = 1.0
"""How often one looks for work that nobody told of: another process's, a lease run out, a second try."""


class Workers:
    """``count`` workers in this process; each conversation is with at most one of them anywhere."""

    def __init__(
        self, database: Database, processor: Processor, hub: Hub, clock: Clock,
        roster: Roster | None = None, count: int = 8,
    ) -> None:  # fmt: skip
        self._database = database
        self._processor = processor
        self._hub = hub
        self._clock = clock
        self._roster = roster or Roster()
        me = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._places = [Place(f"{me}-{index}") for index in range(count)]

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(self._sweep())
                for place in self._places:
                    group.create_task(self._work(place))
        finally:
            self._roster.close()

    async def _listen(self) -> None:
        with self._hub.watch(WORK) as news:
            while True:
                await news.get()  # one notice wakes one worker, which goes on until nothing waits
                self._roster.look()

    async def _sweep(self) -> None:
        while True:
            try:
                if await self._any_waiting():
                    for _ in self._places:
                        self._roster.look()
            except Exception:
                get_logger().exception("sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _work(self, place: Place) -> None:
        while True:
            claim = await self._roster.wait(place)
            try:
                more = claim is None or await self._processor.process(claim)
                while (more or self._roster.missed()) and await self.step(place.worker):
                    more = True
            except Exception:
                get_logger().exception("worker_failed")

    async def step(self, name: str) -> bool:
        """Claim and answer one message; False when there was nothing to do."""
        claim = await self._claim(name)
        if claim is None:
            return False
        await self._processor.process(claim)
        return True

    async def _claim(self, name: str) -> Claim | None:
        if not await self._any_waiting():
            return None  # looking takes no lock
        async with self._database.write() as session:
            return await claim_next(session, name, self._clock.now())

    async def _any_waiting(self) -> bool:
        async with self._database.read() as session:
            return await any_waiting(session, self._clock.now())
