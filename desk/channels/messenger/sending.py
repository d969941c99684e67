"""One part of a message on its way to Meta: noted before, noted after, its refusal acted upon."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.messenger_parts import Part
from desk.channels.messenger.config import CHANNEL, Page
from desk.channels.messenger.errors import NOT_REACHED, OTHER_APP, Verdict, verdict
from desk.channels.messenger.graph import Graph, GraphError, NoAnswer, NotReached
from desk.channels.messenger.lateness import Lateness
from desk.channels.messenger.metadata import metadata_of
from desk.channels.messenger.pace import Pace
from desk.channels.messenger.rendering import send_body
from desk.channels.port import DeliveryError, NotYet
from desk.clock import Clock
from desk.conversations.channel_pages import (
    PROBE_EVERY,
    page_state,
    page_works,
    slow_page,
    stop_page,
    warn_page,
)
from desk.conversations.channel_threads import lost, unheld
from desk.conversations.deliveries import AWAITING_ECHO, hasten_page
from desk.conversations.hub import OUTBOX, Hub, queue_subject
from desk.conversations.models import Message
from desk.conversations.sendings import about_to_leave, did_not_leave, has_left, sendings_of
from desk.db.engine import Database
from desk.dialogue.elsewhere import taken_elsewhere
from desk.log import get_logger
from desk.tickets.windows import Way

SHORT_WAIT = timedelta(seconds=60)
"""While Messenger's own automatic answers are running."""


@dataclass
class Errand:
    """A message to carry: from which Page, to whom, how it may leave, under which persona.

    ``troubled``: the Page was in trouble when it was looked at, its pause ending at ``pause``.
    """

    message: Message
    page: Page
    person: str
    way: Way
    persona: str | None = None
    troubled: bool = False
    pause: datetime | None = None

    @property
    def conversation(self) -> str:
        return self.message.conversation_id


class Carrier:
    """Sends parts. What Meta refused is raised again as ``Refused`` once what it means is noted."""

    def __init__(
        self, database: Database, graph: Graph, pace: Pace, lateness: Lateness, hub: Hub, clock: Clock
    ) -> None:
        self._database, self._graph, self._pace, self._lateness = database, graph, pace, lateness
        self._hub, self._clock = hub, clock

    async def carry(self, errand: Errand, number: int, part: Part) -> None:
        """Send one part, unless it has left. Raises DeliveryError (``Refused``), NotYet."""
        await self._pace.turn(errand.page.id)
        tried_at = self._clock.now()
        if not await self._may_leave(errand, number, tried_at):
            return
        metadata = metadata_of(errand.message.id, number)
        body = send_body(part, errand.person, errand.way, metadata, errand.persona)
        try:
            found = await self._graph.post(errand.page.token, f"{errand.page.id}/messages", body)
        except NotReached as error:
            async with self._database.write() as session:
                await did_not_leave(session, errand.message.id, number)
            raise DeliveryError(NOT_REACHED) from error
        except NoAnswer as error:
            raise self._unanswered(tried_at) from error
        except GraphError as error:
            await self._refused(errand, number, error)
        mid = found.get("message_id")
        if not isinstance(mid, str):
            raise self._unanswered(tried_at)
        await self._left(errand, number, mid)

    async def take_control(self, errand: Errand) -> None:
        """Take the thread from whoever answers in it. Raises DeliveryError, NotYet."""
        body = {"recipient": {"id": errand.person}}
        try:
            await self._graph.post(errand.page.token, f"{errand.page.id}/take_thread_control", body)
        except (NotReached, NoAnswer) as error:
            raise DeliveryError(NOT_REACHED) from error
        except GraphError as error:
            if verdict(error).action in {"give_up", "elsewhere"}:
                raise DeliveryError(OTHER_APP, permanent=True) from error
            await self._refused(errand, None, error)
        async with self._database.write() as session:
            await unheld(session, errand.conversation)

    async def _may_leave(self, errand: Errand, number: int, now: datetime) -> bool:
        """False: it has left. Raises NotYet for one that perhaps has."""
        async with self._database.write() as session:
            patience = self._lateness.patience(now)
            if await about_to_leave(session, errand.message.id, number, now, patience):
                return True
            before = (await sendings_of(session, errand.message.id))[number]
        if before.state == "sent":
            return False
        raise NotYet(AWAITING_ECHO, self._lateness.until(before.tried_at, now))

    def _unanswered(self, tried_at: datetime) -> NotYet:
        """It may have left: its echo is waited for."""
        return NotYet(AWAITING_ECHO, self._lateness.until(tried_at, tried_at), tried=True)

    async def _left(self, errand: Errand, number: int, mid: str) -> None:
        now, works = self._clock.now(), False
        async with self._database.write() as session:
            await has_left(session, errand.message.id, number, mid, now)
            if errand.troubled:
                works = await self._works(session, errand, now)
        errand.troubled = False
        if works:
            get_logger().info("messenger_page_works", page=errand.page.id)
            self._hub.publish(OUTBOX)
            self._hub.publish(queue_subject(errand.message.commune), kind="changed")

    async def _works(self, session: AsyncSession, errand: Errand, now: datetime) -> bool:
        """The Page is out of its trouble, unless it has got into another one meanwhile."""
        state = await page_state(session, CHANNEL, errand.page.id)
        if state is None or state.paused_until != errand.pause:
            return False
        await page_works(session, CHANNEL, errand.page.id)
        await hasten_page(session, errand.page.id, now)
        return True

    async def _refused(self, errand: Errand, number: int | None, error: GraphError) -> NoReturn:
        """Note what a refusal means, and raise what becomes of the order."""
        ruling, now = verdict(error), self._clock.now()
        async with self._database.write() as session:
            if number is not None and not ruling.doubtful:
                await did_not_leave(session, errand.message.id, number)
            if ruling.action == "lost":
                await lost(session, errand.conversation, ruling.code)
            elif ruling.action == "elsewhere":
                await taken_elsewhere(session, errand.conversation, None, now, now)
            until, is_news = await self._trouble(session, errand.page, ruling, now)
        if is_news:
            get_logger().error("messenger_page_trouble", page=errand.page.id, code=ruling.warning)
        if is_news or ruling.action == "elsewhere":
            self._hub.publish(
                queue_subject(errand.message.commune), kind="changed", conversation=errand.conversation
            )
        if until is not None:
            raise NotYet(ruling.code, until) from error
        raise Refused(ruling) from error

    async def _trouble(
        self, session: AsyncSession, page: Page, ruling: Verdict, now: datetime
    ) -> tuple[datetime | None, bool]:
        """Until when the order must wait, if it must; whether a human must be told something new."""
        until, is_news = None, False
        whose = (session, CHANNEL, page.id, page.commune)
        if ruling.action == "stop":
            return now + PROBE_EVERY, await stop_page(*whose, str(ruling.warning), now)
        if ruling.action == "slow":
            until = await slow_page(*whose, now)
        elif ruling.action == "wait":
            until = now + SHORT_WAIT
        if ruling.warning is not None:
            is_news = await warn_page(*whose, ruling.warning, now)
        return until, is_news


class Refused(DeliveryError):
    """Meta does not take it; ``ruling`` says what was made of that."""

    def __init__(self, ruling: Verdict) -> None:
        self.ruling = ruling
        super().__init__(ruling.code, permanent=ruling.action != "retry")
