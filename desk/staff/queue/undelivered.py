"""Tickets whose citizen did not get the last thing that staff wrote."""

from collections.abc import Sequence

from sqlalchemy import String, and_, cast, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from desk.conversations.models import Delivery, Message
from desk.conversations.outbound import FETCHED
from desk.dialogue.by_mail import MAIL_KEY
from desk.mail.models import Mail
from desk.tickets.models import Ticket


async def undelivered(session: AsyncSession, tickets: Sequence[Ticket]) -> set[str]:
    """The conversations of these tickets where it is so, in one statement; our own channels lose nothing."""
    among = {ticket.conversation_id for ticket in tickets if ticket.channel not in FETCHED}
    if not among:
        return set()
    newer = aliased(Message)
    is_last = ~exists().where(
        newer.conversation_id == Message.conversation_id, newer.seq > Message.seq, newer.author == "staff"
    )
    mail_lost = exists().where(
        Mail.once == literal(MAIL_KEY) + cast(Message.id, String), Mail.state.in_(("failed", "off"))
    )
    lost = or_(Delivery.state == "failed", and_(Delivery.channel == "mail", mail_lost))
    rows = await session.scalars(
        select(Delivery.conversation_id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.conversation_id.in_(among), Message.author == "staff", lost, is_last)
    )
    return set(rows)
