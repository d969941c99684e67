"""The three dots: shown to citizens of Messenger while the assistant thinks for more than a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from desk.channels.messenger.config import CHANNEL, Page, Pages
from desk.channels.messenger.graph import Graph, GraphError, NoAnswer, NotReached
from desk.clock import Clock
from desk.communes.registry import Communes
from desk.conversations.channel_pages import page_state
from desk.conversations.hub import THINKING, Hub, Notice
from desk.conversations.models import Message
from desk.db.engine import Database
from desk.log import get_logger
from desk.tickets.reachability import Reachability, reachability

MOMENT = 1.0
"""Seconds: an answer that comes sooner needs no dots."""

MOST = 64
"""Messages thought about at once; more of them get no dots."""


class Typist:
    """Watches what the assistant is asked. Nothing depends on the dots: their failures are left alone."""

    def __init__(
        self, database: Database, communes: Communes, pages: Pages, graph: Graph, hub: Hub, clock: Clock,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._database, self._communes, self._pages = database, communes, pages
        self._graph, self._hub, self._clock, self._pause = graph, hub, clock, pause

    async def run(self) -> None:
        """Show dots until cancelled."""
        running: set[asyncio.Task[None]] = set()
        try:
            with self._hub.watch(THINKING) as news:
                while True:
                    notice = await news.get()
                    if notice["channel"] == CHANNEL and len(running) < MOST:
                        task = asyncio.create_task(self._show_later(notice))
                        running.add(task)
                        task.add_done_callback(running.discard)
        finally:
            for task in running:
                task.cancel()

    async def _show_later(self, notice: Notice) -> None:
        await self._pause(MOMENT)
        try:
            await self._show(notice["conversation"], notice["message"])
        except Exception:
            get_logger().exception("messenger_typing_failed", conversation_id=notice["conversation"])

    async def _show(self, conversation_id: str, message_id: int) -> None:
        found = await self._where(conversation_id, message_id)
        if found is None:
            return
        page, thread = found
        dots = {"recipient": {"id": thread.person}, "sender_action": "typing_on"}
        with suppress(GraphError, NotReached, NoAnswer):
            await self._graph.post(page.token, f"{page.id}/messages", dots)

    async def _where(self, conversation_id: str, message_id: int) -> tuple[Page, Reachability] | None:
        """Where dots may be shown; None once the answer is stored, or when it could not leave."""
        now = self._clock.now()
        async with self._database.read() as session:
            message = await session.get(Message, message_id)
            commune = self._communes.get(message.commune) if message else None
            if message is None or message.answered_at is not None or commune is None:
                return None
            thread = await reachability(session, commune, conversation_id, now)
            page = self._pages.get(thread.page) if thread else None
            if thread is None or page is None or page.token is None:
                return None
            trouble = await page_state(session, CHANNEL, page.id)
        stands_still = trouble is not None and trouble.paused_until is not None
        is_open = thread.way(by_staff=False) == "free" and not (thread.held_by or thread.unreachable)
        return (page, thread) if is_open and not stands_still else None
