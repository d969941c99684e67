"""How a reply can leave for a citizen of Messenger, in words and a colour."""

from dataclasses import dataclass
from datetime import datetime

from desk.communes.registry import Commune
from desk.staff.labels import label
from desk.staff.pages import moment
from desk.tickets.reachability import Reachability

LEVELS = {"free": "fine", "human_tag": "soon"}


@dataclass(frozen=True)
class Outlet:
    """``way``: free, human_tag (only what a person writes), closed, lost (nothing reaches them any more).

    ``until``: when the window that is open ends, or the last one ended; empty when none ever was.
    ``held``: somebody answers from the Page's own inbox.
    """

    way: str
    until: str
    held: bool

    @property
    def takes_reply(self) -> bool:
        return self.way in LEVELS

    @property
    def level(self) -> str:
        return LEVELS.get(self.way, "late")

    @property
    def said(self) -> str:
        """« Messenger : réponse libre jusqu’au mardi 24 novembre à 10 h »."""
        return label("outlet", self.way if self.until or self.way == "lost" else "never", until=self.until)


def outlet_of(commune: Commune, state: Reachability) -> Outlet:
    """The outlet that a thread is, as it stands."""
    way = "lost" if state.unreachable else str(state.way(by_staff=True))
    free = state.windows.free_until if state.windows and way == "free" else None
    return Outlet(way, _said(commune, free or state.last_day), held=state.held_by is not None)


def _said(commune: Commune, end: datetime | None) -> str:
    return moment(commune, end) if end else ""
