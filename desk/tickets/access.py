"""The only ways to reach a ticket: a member of staff's own commune, a citizen's own conversation."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.errors import NotFound
from desk.ids import normal_reference
from desk.tickets.models import Ticket


async def ticket_for_staff(
    session: AsyncSession, commune: str, reference: str, *, lock: bool = False
) -> tuple[Ticket, Conversation]:
    """A ticket of this commune and its conversation. Raises NotFound for anyone else's.

    With ``lock``, the conversation's row is locked first, then the ticket's: the order every writer
    follows, so that two of them cannot wait for each other.
    """
    query = select(Conversation).join(Ticket, Ticket.conversation_id == Conversation.id)
    query = query.where(Ticket.commune == commune, Ticket.reference == reference)
    if lock:
        query = query.with_for_update(of=Conversation)
    conversation = await session.scalar(query)
    if conversation is None:
        raise NotFound()
    own = select(Ticket).where(Ticket.reference == reference)
    ticket = (await session.scalars(own.with_for_update() if lock else own)).one()
    return ticket, conversation


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
