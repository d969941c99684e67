"""What messages said before their author changed them: the only writer of MessageVersion."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import MessageVersion
from desk.conversations.models import Message


async def edit(session: AsyncSession, message_id: int, text: str, number: int | None, now: datetime) -> bool:
    """The author now says ``text``; False for an edit that was already known.

    ``number`` counts the edits of a message from 1, None when the platform does not say. The highest one is
    what the message says, in whatever order they come; the version of each number is what it replaced. A
    message that waits for an answer is answered as it stands by then; one that was answered stays so.
    """
    said = await session.scalar(select(Message.text).where(Message.id == message_id).with_for_update())
    if number is None:
        if said == text:
            return False
        number = await _last(session, message_id) + 1
    elif await _version(session, message_id, number) is not None:
        return False
    later = await _next(session, message_id, number)
    if later is None:
        session.add(MessageVersion(message_id=message_id, number=number, text=said, at=now))
        await session.execute(update(Message).where(Message.id == message_id).values(text=text))
    else:  # it comes after one that replaced it: what that one replaced is this
        session.add(MessageVersion(message_id=message_id, number=number, text=later.text, at=now))
        later.text = text
    return True


async def _last(session: AsyncSession, message_id: int) -> int:
    query = select(func.max(MessageVersion.number)).where(MessageVersion.message_id == message_id)
    return await session.scalar(query) or 0


async def _version(session: AsyncSession, message_id: int, number: int) -> int | None:
    found: int | None = await session.scalar(
        select(MessageVersion.id).where(
            MessageVersion.message_id == message_id, MessageVersion.number == number
        )
    )
    return found


async def _next(session: AsyncSession, message_id: int, number: int) -> MessageVersion | None:
    found: MessageVersion | None = await session.scalar(
        select(MessageVersion)
        .where(MessageVersion.message_id == message_id, MessageVersion.number > number)
        .order_by(MessageVersion.number)
        .limit(1)
    )
    return found
