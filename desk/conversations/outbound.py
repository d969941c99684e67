"""Storing what is said to citizens, with the order to deliver it, in the caller's transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Delivery, Message
from desk.conversations.numbering import next_seq


@dataclass(frozen=True)
class Reply:
    """One thing to say. ``outcome`` is what the citizen got (design: answered, clarify, …)."""

    text: str
    outcome: str
    author: str = "assistant"
    author_name: str | None = None
    topic: str | None = None
    ticket: str | None = None
    buttons: list[dict[str, Any]] = field(default_factory=list)


async def store_reply(
    session: AsyncSession, conversation: Conversation, reply: Reply, now: datetime,
    in_reply_to: int | None = None,
) -> Message:  # fmt: skip
    """Write the reply and its delivery order; both exist or neither."""
    message = Message(
        commune=conversation.commune, conversation_id=conversation.id, channel=conversation.channel,
        seq=await next_seq(session, conversation.id), author=reply.author,
        author_name=reply.author_name, text=reply.text, buttons=reply.buttons, outcome=reply.outcome,
        topic=reply.topic, ticket=reply.ticket, in_reply_to=in_reply_to, created_at=now,
    )  # fmt: skip
    session.add(message)
    await session.flush()
    session.add(
        Delivery(commune=conversation.commune, message_id=message.id, conversation_id=conversation.id,
                 channel=conversation.channel, state="queued", attempts=0, next_attempt_at=now)
    )  # fmt: skip
    return message
