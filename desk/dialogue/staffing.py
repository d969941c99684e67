"""What staff do to a conversation: take it, reply, give it back, resolve its ticket."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.models import Conversation
from desk.conversations.outbound import Reply, store_reply
from desk.errors import Conflict
from desk.tickets import lifecycle
from desk.tickets.models import Ticket


class Person(Protocol):
    """A member of staff, as citizens know them."""

    id: int
    first_name: str
    job: str


class Staffing:
    """One member of staff's work on one ticket, inside one transaction."""

    def __init__(
        self, session: AsyncSession, commune: Commune, ticket: Ticket, conversation: Conversation,
        person: Person, now: datetime,
    ) -> None:  # fmt: skip
        self._session, self._commune = session, commune
        self._ticket, self._conversation = ticket, conversation
        self._person, self._now = person, now

    async def take(self) -> None:
        """Hold the conversation. Raises Conflict when a colleague holds it."""
        self._not_held_by_another()
        if self._conversation.owner == "staff":
            return  # a double click
        lifecycle.take(self._session, self._ticket, self._person.id, self._now)
        self._hold()
        await self._announce("staff.taken", prenom=self._person.first_name, metier=self._person.job)

    async def reply(self, text: str, seen: int | None = None, once: str | None = None) -> None:
        """Write to the citizen; the assistant keeps silent from then on.

        ``seen`` is the ticket's version on the page where the reply was written, ``once`` the key that
        tells a second sending.
        """
        self._not_held_by_another()
        lifecycle.must_be_open(self._ticket)
        if seen is not None:
            lifecycle.check_version(self._ticket, seen)
        self._hold()
        lifecycle.reply_noted(self._session, self._ticket, self._person.id, self._now)
        name = self._commune.texts("staff.signature", prenom=self._person.first_name, metier=self._person.job)
        reply = Reply(text, outcome="staff", author="staff", author_name=name, topic=self._ticket.topic,
                      ticket=self._ticket.reference, external_id=once)  # fmt: skip
        await store_reply(self._session, self._conversation, reply, self._now)

    async def release(self) -> None:
        """Give the conversation back to the assistant; the ticket stays open."""
        self._not_held_by_another()
        if self._conversation.owner == "assistant":
            return
        lifecycle.release(self._session, self._ticket, self._person.id, self._now)
        self._let_go()
        await self._announce("staff.released")

    async def resolve(self) -> None:
        """Close the ticket and give the conversation back."""
        self._not_held_by_another()
        lifecycle.resolve(self._session, self._ticket, self._person.id, self._now)
        self._let_go()
        await self._announce("staff.resolved", reference=self._ticket.reference)

    def _not_held_by_another(self) -> None:
        holder = self._conversation.owner_staff_id
        if self._conversation.owner == "staff" and holder not in (None, self._person.id):
            raise Conflict("held", staff_id=holder)

    def _hold(self) -> None:
        self._conversation.owner = "staff"
        self._conversation.owner_staff_id = self._person.id
        self._conversation.staff_active_at = self._now

    def _let_go(self) -> None:
        let_go(self._conversation)

    async def _announce(self, key: str, **values: object) -> None:
        reply = Reply(self._commune.texts(key, **values), outcome="system", author="system",
                      ticket=self._ticket.reference)  # fmt: skip
        await store_reply(self._session, self._conversation, reply, self._now)


def let_go(conversation: Conversation) -> None:
    """The assistant answers again."""
    conversation.owner, conversation.owner_staff_id, conversation.staff_active_at = "assistant", None, None
