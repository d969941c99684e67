"""Forgetting what a platform sent and nobody here understood."""

from desk.clock import Clock
from desk.conversations.odd_events import forget_odd_events
from desk.db.engine import Database


class OddEvents:
    """Drops what was kept for a month: it may hold a citizen's words."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def step(self) -> int:
        """How many were forgotten."""
        async with self._database.write() as session:
            return await forget_odd_events(session, self._clock.now())
