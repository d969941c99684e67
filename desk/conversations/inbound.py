"""Storing what citizens say: once per external id, in the order it came."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message
from desk.conversations.numbering import next_seq
from desk.ids import hash_token, new_id


@dataclass(frozen=True)
class InboundMessage:
    """A citizen's message as a channel adapter hands it over, already checked."""

    external_id: str
    text: str
    payload: str | None = None


async def open_conversation(
    session: AsyncSession, commune: str, channel: str, now: datetime, *,
    token: str | None = None, external_id: str | None = None,
) -> Conversation:  # fmt: skip
    """A new conversation, owned by the assistant."""
    conversation = Conversation(
        id=new_id(), commune=commune, channel=channel, external_id=external_id, owner="assistant",
        token_hash=hash_token(token) if token else None, created_at=now, last_seq=0, attempts=0,
    )  # fmt: skip
    session.add(conversation)
    await session.flush()
    return conversation


async def conversation_of(
    session: AsyncSession, commune: str, channel: str, external_id: str
) -> Conversation | None:
    """The conversation that a channel knows under its own identifier."""
    found: Conversation | None = await session.scalar(
        select(Conversation).where(
            Conversation.commune == commune, Conversation.channel == channel,
            Conversation.external_id == external_id,
        )
    )  # fmt: skip
    return found


async def store_inbound(
    session: AsyncSession, conversation: Conversation, inbound: InboundMessage, now: datetime
) -> tuple[Message, bool]:
    """The stored message, and whether it is new; a second arrival changes nothing."""
    seq = await next_seq(session, conversation.id)  # locks the conversation: no two arrivals cross
    known = await session.scalar(
        select(Message).where(
            Message.channel == conversation.channel, Message.external_id == inbound.external_id
        )
    )
    if known is not None:
        await session.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(last_seq=seq - 1)
        )
        return known, False
    message = Message(
        commune=conversation.commune, conversation_id=conversation.id, seq=seq,
        channel=conversation.channel, external_id=inbound.external_id, author="citizen",
        text=inbound.text, payload=inbound.payload, buttons=[], created_at=now,
    )  # fmt: skip
    session.add(message)
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id, Conversation.waiting_since.is_(None))
        .values(waiting_since=now)
    )
    await session.flush()
    return message, True
