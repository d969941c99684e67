"""How fast a Page sends: evenly, each one for itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """At most ``per_second`` messages of a Page leave in a second, evenly spaced.

    ``now`` (seconds of a clock that never goes back) and ``sleep`` are the process's own, unless a test
    brings others.
    """

    def __init__(
        self, per_second: float, now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._space = 1 / per_second
        self._now, self._sleep = now, sleep
        self._free_at: dict[str, float] = {}

    async def turn(self, page: str) -> None:
        """Return when the Page's next message may leave."""
        now = self._now()
        at = max(self._free_at.get(page, now), now)
        self._free_at[page] = at + self._space
        if at > now:
            await self._sleep(at - now)
