"""Which workers of this process are free, so that a message may be given to one as it is stored."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from desk.conversations.claims import Claim


@dataclass(eq=False)
class Place:
    """A worker's place. ``name`` is new each time it is taken: a lease left over is never mistaken."""

    worker: str
    given: asyncio.Queue[Claim | None] = field(default_factory=asyncio.Queue)
    name: str = ""


class Roster:
    """The free workers. One that is taken must be given something, or put back."""

    def __init__(self) -> None:
        self._free: deque[Place] = deque()
        self._taken = 0
        self._missed = False
        self._open = True

    def take(self) -> Place | None:
        """A free worker, None when all are busy."""
        if not (self._free and self._open):
            return None
        place = self._free.popleft()
        self._taken += 1
        place.name = f"{place.worker}-{self._taken}"
        return place

    def put_back(self, place: Place) -> None:
        """It is free after all."""
        self._free.append(place)

    def look(self) -> None:
        """Have a free worker look for what waits; when there is none, the first that becomes free."""
        place = self.take()
        if place is None:
            self._missed = True
        else:
            place.given.put_nowait(None)

    def missed(self) -> bool:
        """Whether there was something to look for when nobody was free; asked once."""
        missed, self._missed = self._missed, False
        return missed

    async def wait(self, place: Place) -> Claim | None:
        """Be free until given a claim, or None: look for what waits."""
        self._free.append(place)
        return await place.given.get()

    def close(self) -> None:
        """Nobody works here any more: what arrives waits for another process."""
        self._open = False
