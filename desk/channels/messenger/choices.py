"""Citizens who type the number of a choice instead of tapping it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.channels.messenger.rendering import chosen
from desk.conversations.models import Message

LAST = 10
"""Messages looked through: one turn of the assistant says less."""


async def typed_choice(session: AsyncSession, conversation_id: str, text: str) -> str | None:
    """The payload of the choice that ``text`` names, among those offered since the citizen last spoke."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    for message in await session.scalars(query.order_by(Message.seq.desc()).limit(LAST)):
        if message.author == "citizen":
            return None
        payload = chosen(text, message)
        if payload is not None:
            return payload
    return None
