"""Messenger's way out: a stored message, part by part, as far as Meta's rules let it."""

from datetime import datetime

from desk.channels.messenger.config import CHANNEL, Page, Pages
from desk.channels.messenger.errors import (
    BAD_PARAMETER,
    NO_SUCH_PERSON,
    NO_TOKEN,
    NOT_PERMITTED,
    OTHER_APP,
    PERSON_UNAVAILABLE,
    WINDOW_CLOSED,
)
from desk.channels.messenger.personas import Personas
from desk.channels.messenger.rendering import render
from desk.channels.messenger.sending import Carrier, Errand, Refused
from desk.channels.port import DeliveryError, NotYet
from desk.clock import Clock
from desk.communes.registry import Commune, Communes
from desk.conversations.channel_models import ChannelPage
from desk.conversations.channel_pages import PROBE_EVERY, is_probe, page_state, stop_page
from desk.conversations.deliveries import PAGE_PAUSED
from desk.conversations.models import Message
from desk.conversations.sendings import sendings_of
from desk.db.engine import Database
from desk.log import get_logger
from desk.tickets.reachability import Reachability, reachability


class MessengerChannel:
    """Carries one message at a time for a conversation, and never a part twice that it knows to have left.

    A desk that is killed finds in the sendings which parts have left; one that left without anybody noting it
    is known by its echo, which is waited for.
    """

    name = CHANNEL

    def __init__(
        self, database: Database, communes: Communes, pages: Pages, personas: Personas, carrier: Carrier,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._database, self._communes, self._pages = database, communes, pages
        self._personas, self._carrier, self._clock = personas, carrier, clock

    async def deliver(self, message: Message) -> None:
        """Carry what is left of ``message``. Raises DeliveryError, NotYet."""
        commune = self._communes.get(message.commune)
        if commune is None:
            raise DeliveryError(NOT_PERMITTED, permanent=True)  # the town is not served here any more
        async with self._database.read() as session:
            thread = await reachability(session, commune, message.conversation_id, self._clock.now())
            known = await sendings_of(session, message.id)
            trouble = await page_state(session, CHANNEL, thread.page) if thread else None
        left = [number for number, _ in enumerate(render(message, commune.texts))
                if number not in known or known[number].state != "sent"]  # fmt: skip
        if left:
            errand = await self._errand(message, thread, trouble)
            await self._carry(errand, commune, left)

    async def _errand(
        self, message: Message, thread: Reachability | None, trouble: ChannelPage | None
    ) -> Errand:
        """Everything that a message needs to leave. Raises DeliveryError, NotYet when it lacks something.

        What is wrong for good comes first: staff need not wait for a Page to work to be told.
        """
        by_staff = message.author == "staff"
        if thread is None:
            raise DeliveryError(NO_SUCH_PERSON, permanent=True)
        if thread.unreachable is not None:
            raise DeliveryError(PERSON_UNAVAILABLE, permanent=True)
        way = thread.way(by_staff=by_staff)
        if way == "closed":
            raise DeliveryError(WINDOW_CLOSED, permanent=True)
        if thread.held_by is not None and not by_staff:
            raise DeliveryError(OTHER_APP, permanent=True)
        pause = trouble.paused_until if trouble else None
        page = await self._page(message.commune, thread.page, trouble)
        if trouble is not None and pause is not None and trouble.stopped != NO_TOKEN:
            pause = await self._wait_for(page, trouble, pause)
        errand = Errand(message, page, thread.person, way, troubled=pause is not None, pause=pause)
        if thread.held_by is not None:
            await self._carrier.take_control(errand)
        if by_staff:
            errand.persona = await self._personas.find(page, message.author_name)
        return errand

    async def _carry(self, errand: Errand, commune: Commune, left: list[int]) -> None:
        for number in left:
            try:
                await self._carry_part(errand, commune, number)
            except Refused as refused:
                if not await self._mended(errand, refused):
                    raise
                await self._carry_part(errand, commune, number)

    async def _carry_part(self, errand: Errand, commune: Commune, number: int) -> None:
        parts = render(errand.message, commune.texts, named=errand.persona is not None)
        await self._carrier.carry(errand, number, parts[number])

    async def _mended(self, errand: Errand, refused: Refused) -> bool:
        """Whether the part may be tried once more: a thread that staff take over, a persona that is gone."""
        if refused.ruling.action == "elsewhere" and errand.message.author == "staff":
            await self._carrier.take_control(errand)
            return True
        if refused.code == BAD_PARAMETER and errand.persona is not None:
            await self._personas.forget(errand.page, errand.persona)
            errand.persona = None
            return True
        return False

    async def _page(self, commune: str, page_id: str, trouble: ChannelPage | None) -> Page:
        """The Page, with its token. Raises NotYet: somebody must give it one."""
        page = self._pages.get(page_id)
        if page is not None and page.token is not None:
            return page
        now = self._clock.now()
        if trouble is not None and trouble.stopped == NO_TOKEN and _is_later(trouble.paused_until, now):
            raise NotYet(NO_TOKEN, trouble.paused_until or now)
        async with self._database.write() as session:
            is_news = await stop_page(session, CHANNEL, page_id, commune, NO_TOKEN, now)
        if is_news:
            get_logger().error("messenger_page_trouble", page=page_id, code=NO_TOKEN)
        raise NotYet(NO_TOKEN, now + PROBE_EVERY)

    async def _wait_for(self, page: Page, trouble: ChannelPage, pause: datetime) -> datetime:
        """The end of the Page's pause, once it is over. Raises NotYet before.

        Of a Page that is stopped, one message tries whether it works again, and the others wait for it.
        """
        now = self._clock.now()
        if pause > now:
            raise NotYet(PAGE_PAUSED, pause)
        if trouble.stopped is None:
            return pause
        async with self._database.write() as session:
            if not await is_probe(session, CHANNEL, page.id, now):
                raise NotYet(PAGE_PAUSED, now + PROBE_EVERY)
        return now + PROBE_EVERY


def _is_later(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now
