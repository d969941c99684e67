"""Messages as the public interface shows them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Message

PAGE = 200


def message_view(message: Message) -> dict[str, Any]:
    """One message of ``GET /v1/conversations/{id}/messages`` (see docs/architecture.md)."""
    return {
        "id": message.id,
        "seq": message.seq,
        "author": message.author,
        "author_name": message.author_name,
        "text": message.text,
        "buttons": message.buttons,
        "attachments": message.attachments,
        "outcome": message.outcome,
        "topic": message.topic,
        "ticket": message.ticket,
        "client_id": client_id_of(message),
        "useful": message.useful,
        "created_at": message.created_at.isoformat(),
    }


def external_id_for(conversation_id: str, client_id: str) -> str:
    """The idempotency key of a client's own identifier, which is only unique in its conversation."""
    return f"{conversation_id}:{client_id}"


def client_id_of(message: Message) -> str | None:
    """The identifier the client gave its message, None for what others said."""
    prefix = f"{message.conversation_id}:"
    known = message.external_id
    return known.removeprefix(prefix) if known and known.startswith(prefix) else None


async def messages_after(
    session: AsyncSession, conversation_id: str, after: int, limit: int = PAGE
) -> list[Message]:
    """The messages with a number above ``after``, in order, at most ``limit`` of them."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
        .limit(limit)
    )
    return list(rows)
