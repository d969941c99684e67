"""Storing what is said to citizens, with the order to deliver it, in the caller's transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Delivery, Message
from desk.conversations.numbering import next_seq
from desk.db.base import table_of


@dataclass(frozen=True)
class Reply:
    """One thing to say. ``outcome`` is what the citizen got (design: answered, clarify, …).

    ``by``: what carries it when it is not the conversation's channel; ``mail``, or ``elsewhere`` for what
    was said in the platform's own inbox. The caller sees to it.
    """

    text: str
    outcome: str
    author: str = "assistant"
    author_name: str | None = None
    topic: str | None = None
    ticket: str | None = None
    buttons: list[dict[str, Any]] = field(default_factory=list)
    external_id: str | None = None
    by: str | None = None


FETCHED = frozenset({"web", "rest"})
"""Channels whose citizens read what is stored: a reply is with them as soon as it is committed."""

_STORE = insert(table_of(Message)).returning(table_of(Message).c.id)
_ORDER = insert(table_of(Delivery))


async def store_reply(
    session: AsyncSession, conversation: Conversation, reply: Reply, now: datetime,
    in_reply_to: int | None = None,
) -> int:  # fmt: skip
    """Write the reply and its delivery order, both or neither; the reply's id."""
    whose = {"commune": conversation.commune, "conversation_id": conversation.id,
             "channel": conversation.channel}  # fmt: skip
    number: int = (await session.execute(
        _STORE,
        {**whose, "seq": await next_seq(session, conversation.id), "external_id": reply.external_id,
         "author": reply.author, "author_name": reply.author_name, "text": reply.text,
         "buttons": reply.buttons, "attachments": [], "outcome": reply.outcome, "topic": reply.topic,
         "ticket": reply.ticket, "in_reply_to": in_reply_to, "created_at": now},
    )).scalar_one()  # fmt: skip
    fetched = conversation.channel in FETCHED or reply.by is not None
    await session.execute(
        _ORDER,
        {**whose, "channel": reply.by or conversation.channel, "message_id": number,
         "state": "sent" if fetched else "queued", "attempts": 0, "next_attempt_at": now,
         "sent_at": now if fetched else None},
    )  # fmt: skip
    return number
