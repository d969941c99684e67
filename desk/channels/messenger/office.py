"""What the handlers of Meta's events work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from desk.channels.messenger.config import CHANNEL, Page, sender_id
from desk.channels.messenger.events import Source
from desk.channels.reception import Reception
from desk.clock import Clock
from desk.communes.registry import Commune
from desk.conversations.channel_threads import note_thread
from desk.conversations.hub import Hub, queue_subject
from desk.conversations.inbound import Sender, known_thread, thread_of
from desk.db.engine import Database

Result = Literal[
    "stored", "done", "duplicate", "nobody", "ignored", "unknown_page", "unknown_event", "malformed", "failed"
]
"""What became of an event; ``nobody``: it is about a person or a message that is not known here."""


@dataclass(frozen=True)
class Office:
    """The parts of the desk. ``app_id`` is our application's."""

    database: Database
    hub: Hub
    clock: Clock
    reception: Reception
    app_id: str

    def changed(self, page: Page, conversation_id: str) -> None:
        """Once it is committed: whoever of staff looks at the conversation sees it."""
        self.hub.publish(queue_subject(page.commune), kind="changed", conversation=conversation_id)

    def received(self, page: Page, conversation_id: str) -> None:
        """The same of how far our messages are: no list shows that."""
        self.hub.publish(queue_subject(page.commune), kind="received", conversation=conversation_id)


@dataclass(frozen=True)
class Place:
    """Where an event happened: the Page, its commune, the source."""

    page: Page
    commune: Commune
    source: Source

    @property
    def sender(self) -> Sender:
        """Whose conversation it is."""
        return Sender(self.page.commune, CHANNEL, sender_id(self.page.id, self.source.person))

    async def known(self, session: AsyncSession) -> str | None:
        """The person's conversation, None for somebody who is not known here."""
        return await known_thread(session, self.sender)

    async def conversation(self, session: AsyncSession, office: Office) -> str:
        """The person's conversation, made when there is none. Raises IntegrityError beside another one."""
        thread = await thread_of(session, self.sender, office.clock.now())
        await self.note(session, thread.id)
        return thread.id

    async def note(self, session: AsyncSession, conversation_id: str) -> None:
        """The thread's own row, beside the conversation."""
        await note_thread(session, conversation_id, self.page.commune, self.page.id, self.source.person)


type Handler = Callable[[Office, Place, Any], Awaitable[Result]]
