"""Storing first, answering next: workers wait while a body of several events is being stored."""

import time

from desk.dialogue.roster import Place, Roster

HELD_SECONDS = 2.0
"""How long a body may keep workers from answering, other channels' citizens too. Meta waits for five."""


class Hold:
    """Free workers, kept from answering while a body of several events is being stored.

    Else each event waits for its turn among the answers to those before it, and Meta gives up waiting.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster, self._held = roster, list[Place]()
        self._until = time.monotonic() + HELD_SECONDS

    def go_on(self) -> None:
        """Keep whoever is free by now; nobody once it has lasted."""
        if time.monotonic() < self._until:
            self._held += iter(self._roster.take, None)
        else:
            self.end()

    def end(self) -> None:
        """They are free again, and look for what came meanwhile."""
        held, self._held = self._held, []
        for worker in held:
            self._roster.put_back(worker)
        if held and self._roster.missed():
            for _ in held:
                self._roster.look()
