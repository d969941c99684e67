"""What citizens think of a message: the emoji they put on it, and whether an answer was useful."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Message

_USEFUL = {"👍": True, "❤": True, "👎": False}
_RATED = "answered"
"""The outcome of the replies that can be rated: the town's own answers."""


async def react(session: AsyncSession, message_id: int, emoji: str | None) -> bool:
    """They put ``emoji`` on a message, or took theirs away (None); whether that is new.

    A thumb or a heart on an answer also rates it, and taking it away takes the rating with it.
    """
    message = await session.get(Message, message_id, with_for_update=True)
    if message is None or message.reaction == emoji:
        return False
    before, after = meaning(message.reaction), meaning(emoji)
    message.reaction = emoji
    if message.outcome == _RATED and (after is not None or (before is not None and message.useful == before)):
        message.useful = after
    return True


async def rate(session: AsyncSession, message_id: int, useful: bool) -> bool:
    """They say whether an answer was useful; False for what is not an answer."""
    rated = await session.execute(
        update(Message).where(Message.id == message_id, Message.outcome == _RATED).values(useful=useful)
        .returning(Message.id)
    )  # fmt: skip
    return rated.first() is not None


def meaning(emoji: str | None) -> bool | None:
    """Whether it says that an answer was useful, whatever the colour of the hand; None when neither."""
    return _USEFUL.get(emoji[:1]) if emoji else None
