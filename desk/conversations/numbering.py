"""Sequence numbers: taken under the conversation's row lock, so without holes or twins."""

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation
from desk.db.base import table_of

_conversation = table_of(Conversation).c
_NEXT = (
    update(table_of(Conversation))
    .where(_conversation.id == bindparam("whose"))
    .values(last_seq=_conversation.last_seq + 1)
    .returning(_conversation.last_seq)
)


async def next_seq(session: AsyncSession, conversation_id: str) -> int:
    """The next number of a conversation; the row stays locked until the transaction ends."""
    number = await session.scalar(_NEXT, {"whose": conversation_id})
    if number is None:
        raise LookupError(conversation_id)
    return int(number)
