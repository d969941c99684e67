"""Forgetting the files that citizens chose and never sent."""

from desk.clock import Clock
from desk.conversations.attachments import drop_strays
from desk.db.engine import Database


class Strays:
    """Drops what has waited a day for its message."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def step(self) -> int:
        """How many files were forgotten."""
        async with self._database.write() as session:
            return await drop_strays(session, self._clock.now())
