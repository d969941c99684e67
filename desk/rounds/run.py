"""The rounds: what the desk looks after by itself, every half minute."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from desk.communes.registry import Commune, Communes
from desk.log import get_logger

PAUSE_SECONDS = 30

type Step = Callable[[], Awaitable[object]]


async def in_each(communes: Communes, look: Callable[[Commune], Awaitable[int]]) -> int:
    """What ``look`` did in all communes together; one where it fails holds up none of the others."""
    done = 0
    for commune in communes.all():
        try:
            done += await look(commune)
        except Exception:
            get_logger().exception("round_failed", step=_name(look), commune=commune.id)
    return done


def _name(step: object) -> str:
    return str(getattr(step, "__qualname__", step))


class Rounds:
    """Takes its steps one after the other; one that fails is logged and holds up none of the others.

    Several desks may make their rounds on the same database: each step sees to it that what it does is
    done once.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps

    async def run(self) -> None:
        """Go round until cancelled, first when the desk has had the time to start."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            await self.once()

    async def once(self) -> None:
        """One round."""
        for step in self._steps:
            try:
                await step()
            except Exception:
                get_logger().exception("round_failed", step=_name(step))
