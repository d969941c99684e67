"""The only ways to reach a ticket: a member of staff's own reach, a citizen's own conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.errors import NotFound
from desk.ids import normal_reference
from desk.tickets.models import Consultation, Ticket


@dataclass(frozen=True)
class Reach:
    """What a person may see: a commune, all of it or only what concerns some departments."""

    commune: str
    services: tuple[str, ...] | None = None

    def covers(self) -> ColumnElement[bool]:
        """The condition on a ticket: theirs to handle, or once asked about."""
        mine = Ticket.commune == self.commune
        return and_(mine, true() if self.services is None else self._concerns(self.services))

    def _concerns(self, services: tuple[str, ...]) -> ColumnElement[bool]:
        asked = exists().where(
            Consultation.ticket_id == Ticket.id, Consultation.service.in_(services),
            Consultation.state != "cancelled",
        )  # fmt: skip
        return or_(Ticket.service.in_(services), asked)


async def ticket_for_staff(
    session: AsyncSession, reach: Reach, reference: str, *, lock: bool = False
) -> tuple[Ticket, Conversation]:
    """A ticket within reach and its conversation. Raises NotFound for any other.

    With ``lock``, the conversation's row is locked first, then the ticket's: the order every writer
    follows, so that two of them cannot wait for each other.
    """
    query = select(Conversation).join(Ticket, Ticket.conversation_id == Conversation.id)
    query = query.where(reach.covers(), Ticket.reference == reference)
    if lock:
        query = query.with_for_update(of=Conversation)
    conversation = await session.scalar(query)
    if conversation is None:
        raise NotFound()
    own = select(Ticket).where(Ticket.reference == reference)
    ticket = (await session.scalars(own.with_for_update() if lock else own)).one()
    return ticket, conversation


async def pair_for_staff(
    session: AsyncSession, reach: Reach, first: str, second: str
) -> tuple[tuple[Ticket, Conversation], tuple[Ticket, Conversation]]:
    """Two tickets to change together, each as ``ticket_for_staff`` gives it, locked.

    Conversations are locked in the order of their identifiers, so that two people who pair the same
    tickets the other way round do not wait for each other. Raises NotFound when either is out of reach.
    """
    rows = await session.execute(
        select(Ticket.reference, Ticket.conversation_id).where(Ticket.reference.in_((first, second)))
    )
    order = sorted(rows.tuples(), key=lambda row: (row[1], row[0]))
    found = {one: await ticket_for_staff(session, reach, one, lock=True) for one, _ in order}
    if first not in found or second not in found:
        raise NotFound()
    return found[first], found[second]


async def tickets_of_citizen(session: AsyncSession, conversation: Conversation) -> Sequence[Ticket]:
    """The tickets of this conversation, newest first, and of no other."""
    rows = await session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation.id).order_by(Ticket.id.desc()).limit(5)
    )
    return rows.all()


async def ticket_of_citizen(
    session: AsyncSession, conversation: Conversation, reference: str
) -> Ticket | None:
    """The citizen's own ticket with this reference, however they spelled it."""
    found: Ticket | None = await session.scalar(
        select(Ticket).where(
            Ticket.conversation_id == conversation.id, Ticket.reference == normal_reference(reference)
        )
    )
    return found
