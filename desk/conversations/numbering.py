"""Sequence numbers: taken under the conversation's row lock, so without holes or twins."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation


async def next_seq(session: AsyncSession, conversation_id: str) -> int:
    """The next number of a conversation; the row stays locked until the transaction ends."""
    number = await session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(last_seq=Conversation.last_seq + 1)
        .returning(Conversation.last_seq)
        .execution_options(synchronize_session=False)
    )
    if number is None:
        raise LookupError(conversation_id)
    return int(number)
