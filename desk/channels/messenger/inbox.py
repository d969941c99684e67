"""What becomes of a webhook's events: each in a transaction of its own, none holding back the others."""

from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from desk.channels.messenger.changes import change, take_rating, take_reaction, take_receipt
from desk.channels.messenger.config import CHANNEL, Pages
from desk.channels.messenger.control import control
from desk.channels.messenger.counting import Tally
from desk.channels.messenger.echoes import hear_echo
from desk.channels.messenger.events import (
    Came,
    Control,
    Echo,
    Edited,
    Event,
    Ignored,
    Malformed,
    Policy,
    Rated,
    Reacted,
    Received,
    Said,
)
from desk.channels.messenger.hearing import come, hear
from desk.channels.messenger.hold import Hold
from desk.channels.messenger.lateness import Lateness
from desk.channels.messenger.office import Handler, Office, Place, Result
from desk.channels.messenger.parse import events_in
from desk.channels.messenger.policy import sanction
from desk.communes.registry import Communes
from desk.conversations.odd_events import keep_odd
from desk.dialogue.roster import Roster
from desk.log import get_logger

_HANDLERS: dict[type, Handler] = {
    Said: hear,
    Came: come,
    Echo: hear_echo,
    Edited: change,
    Reacted: take_reaction,
    Rated: take_rating,
    Received: take_receipt,
    Control: control,
    Policy: sanction,
}
_TRIES = 3
"""Two events of somebody new may open the same conversation at once: one of them is tried again."""

_DATABASE_GONE = (OperationalError, InterfaceError, PoolTimeout)


class Inbox:
    """Takes the bodies that Meta has signed."""

    def __init__(
        self, office: Office, pages: Pages, communes: Communes, tally: Tally, lateness: Lateness,
        roster: Roster,
    ) -> None:  # fmt: skip
        self._office, self._pages, self._communes = office, pages, communes
        self._tally, self._lateness, self._roster = tally, lateness, roster

    async def take(self, body: bytes) -> None:
        """Everything in it is stored when this returns. Raises BadRequest for what is no envelope.

        Only a database that is away fails the whole, so that Meta sends it again; what was stored before is
        then known. Nothing else does: see ``events_in``.
        """
        now = self._office.clock.now()
        events = events_in(body, now)
        hold = Hold(self._roster)
        try:
            for event in events:
                if len(events) > 1:
                    hold.go_on()
                if isinstance(event.what, Echo):
                    self._lateness.heard(event.source.at, now)
                self._tally.add(event.kind, await self._take(event))
        finally:
            hold.end()

    async def _take(self, event: Event) -> Result:
        try:
            return await self._handle(event)
        except _DATABASE_GONE:
            raise
        except Exception:  # a fault of ours: the event is kept for somebody to look at
            get_logger().exception("messenger_event_failed", kind=event.kind, page=event.source.page)
            await self._keep(event)
            return "failed"

    async def _handle(self, event: Event) -> Result:
        if isinstance(event.what, Malformed):
            await self._keep(event)
            return "malformed"
        if isinstance(event.what, Ignored):
            return "unknown_event" if event.kind == "unknown" else "ignored"
        page = self._pages.get(event.source.page)
        if page is None:
            return "unknown_page"
        place = Place(page, self._communes[page.commune], event.source)
        if isinstance(event.what, Said) and event.what.too_long:
            await self._keep(event)
        return await self._in_peace(_HANDLERS[type(event.what)], place, event)

    async def _in_peace(self, handler: Handler, place: Place, event: Event) -> Result:
        for _ in range(_TRIES - 1):
            try:
                return await handler(self._office, place, event.what)
            except IntegrityError:
                continue
        return await handler(self._office, place, event.what)

    async def _keep(self, event: Event) -> None:
        page = event.source.page if self._pages.get(event.source.page) else None
        async with self._office.database.write() as session:
            await keep_odd(session, CHANNEL, page, event.found, self._office.clock.now())
