"""The attachment table's only writer: what citizens send beside their words."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Attachment, Conversation, Message
from desk.errors import BadRequest, TooLarge, TooMany

MAX_BYTES = 5 * 1024 * 1024
MOST_IN_A_CONVERSATION = 40
STRAY_AFTER = timedelta(days=1)
LONGEST_NAME = 120

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def kind_of(data: bytes) -> str | None:
    """The media type, told from the first bytes whatever the sender says; None for what is not taken."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)


async def store_attachment(
    session: AsyncSession, conversation: Conversation, name: str, data: bytes, now: datetime
) -> Attachment:
    """Keep a file until its message comes. Raises TooLarge, TooMany, BadRequest for what is not taken."""
    if len(data) > MAX_BYTES:
        raise TooLarge("file_too_large", limit=MAX_BYTES // 1024 // 1024)
    media_type = kind_of(data)
    if media_type is None:
        raise BadRequest("file_kind")
    held = select(func.count()).where(Attachment.conversation_id == conversation.id)
    if (await session.scalar(held) or 0) >= MOST_IN_A_CONVERSATION:
        raise TooMany("too_many_files", retry_after=3600)
    kept = Attachment(
        id=secrets.token_hex(16), commune=conversation.commune, conversation_id=conversation.id,
        name=_plain_name(name), media_type=media_type, size=len(data), data=data, created_at=now,
    )  # fmt: skip
    session.add(kept)
    return kept


async def claim_attachments(
    session: AsyncSession, conversation_id: str, message_id: int, ids: Iterable[str]
) -> None:
    """These files came with this message; one that is unknown, or another message's, is left out."""
    rows = await session.execute(
        update(Attachment)
        .where(Attachment.id.in_(list(ids)), Attachment.conversation_id == conversation_id,
               Attachment.message_id.is_(None))
        .values(message_id=message_id)
        .returning(Attachment.id, Attachment.name, Attachment.media_type, Attachment.size)
    )  # fmt: skip
    shown: list[dict[str, Any]] = [dict(row) for row in rows.mappings()]
    await session.execute(update(Message).where(Message.id == message_id).values(attachments=shown))


async def find_attachment(
    session: AsyncSession, conversation_ids: Iterable[str], number: str
) -> Attachment | None:
    """A file of one of these conversations."""
    found: Attachment | None = await session.scalar(
        select(Attachment).where(
            Attachment.id == number[:32], Attachment.conversation_id.in_(list(conversation_ids))
        )
    )
    return found


async def drop_strays(session: AsyncSession, now: datetime) -> int:
    """Forget the files whose message never came; how many."""
    gone = await session.execute(
        delete(Attachment)
        .where(Attachment.message_id.is_(None), Attachment.created_at <= now - STRAY_AFTER)
        .returning(Attachment.id)
    )
    return len(gone.all())


def _plain_name(name: str) -> str:
    """The name without folders and what a terminal or a header would act upon."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(char for char in last if char.isprintable()).strip()
    return kept[-LONGEST_NAME:] or "photo"
