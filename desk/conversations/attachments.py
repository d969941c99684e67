"""The attachment table's only writer: what citizens send beside their words."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.media_kinds import PICTURES, UNKNOWN_TYPE, kind_of
from desk.conversations.models import Attachment, Conversation, Message
from desk.errors import BadRequest, TooLarge, TooMany

MAX_BYTES = 5 * 1024 * 1024
MOST_IN_A_MONTH = 40
MONTH = timedelta(days=30)
STRAY_AFTER = timedelta(days=1)
LONGEST_NAME = 120
TAKEN = PICTURES | {"application/pdf"}
"""What the widget may send."""


async def store_attachment(
    session: AsyncSession, conversation: Conversation, name: str, data: bytes, now: datetime
) -> Attachment:
    """Keep a file until its message comes. Raises TooLarge, TooMany, BadRequest for what is not taken."""
    if len(data) > MAX_BYTES:
        raise TooLarge("file_too_large", limit=MAX_BYTES // 1024 // 1024)
    media_type = kind_of(data)
    if media_type is None or media_type not in TAKEN:
        raise BadRequest("file_kind")
    if await _has_sent_many(session, conversation.id, now):
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
    await show_attachments(session, message_id, [dict(row) for row in rows.mappings()])


async def want_attachment(
    session: AsyncSession, conversation_id: str, commune: str, message_id: int, kind: str, url: str | None,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """A file that stands on the platform's side, to be fetched from ``url``; how its message shows it.

    ``kind`` is the platform's word (image, audio, video, file). Without an address, or past what a
    conversation may bring in a month, it is lost.
    """
    is_lost = url is None or await _has_sent_many(session, conversation_id, now)
    shown = {"id": secrets.token_hex(16), "name": kind, "media_type": UNKNOWN_TYPE, "size": 0,
             "state": "lost" if is_lost else "wanted"}  # fmt: skip
    if not is_lost:
        session.add(
            Attachment(**shown, commune=commune, conversation_id=conversation_id, message_id=message_id,
                       url=url, data=b"", next_attempt_at=now, created_at=now)
        )  # fmt: skip
        await session.flush()
    return shown


async def any_wanted(session: AsyncSession, now: datetime) -> bool:
    """Whether a claim made now would find something."""
    return await session.scalar(_due(now).with_only_columns(Attachment.id)) is not None


async def claim_wanted(session: AsyncSession, now: datetime, lease: timedelta) -> Attachment | None:
    """The file that has been wanted longest; nobody else is given it before ``lease`` has passed."""
    wanted: Attachment | None = await session.scalar(_due(now).with_for_update(skip_locked=True))
    if wanted is not None:
        wanted.next_attempt_at = now + lease
    return wanted


async def fetch_later(session: AsyncSession, number: str, at: datetime) -> None:
    """It did not come: to be tried again at ``at``."""
    await session.execute(_still_wanted(number).values(next_attempt_at=at, attempts=Attachment.attempts + 1))


async def settle_wanted(
    session: AsyncSession, number: str, name: str, fetched: tuple[str, bytes] | None
) -> None:
    """It has come, as its media type and its bytes; None: it never will.

    Its address is forgotten, for it holds a key. Nothing when another process has settled it.
    """
    state, media_type, data = ("kept", *fetched) if fetched else ("lost", UNKNOWN_TYPE, b"")
    told = {"name": name[:LONGEST_NAME], "media_type": media_type, "size": len(data), "state": state}
    done = _still_wanted(number).values(**told, data=data, url=None, next_attempt_at=None)
    message_id = await session.scalar(done.returning(Attachment.message_id))
    if message_id is None:
        return
    shown = await session.scalar(
        select(Message.attachments).where(Message.id == message_id).with_for_update()
    )
    entries = [one | told if one.get("id") == number else one for one in shown or ()]
    await show_attachments(session, message_id, entries)


async def show_attachments(session: AsyncSession, message_id: int, shown: list[dict[str, Any]]) -> None:
    """What came with a message: files, and what is none (a place, a sticker)."""
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


async def _has_sent_many(session: AsyncSession, conversation_id: str, now: datetime) -> bool:
    lately = select(func.count()).where(
        Attachment.conversation_id == conversation_id, Attachment.created_at > now - MONTH
    )
    return (await session.scalar(lately) or 0) >= MOST_IN_A_MONTH


def _plain_name(name: str) -> str:
    """The name without folders and what a terminal or a header would act upon."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(char for char in last if char.isprintable()).strip()
    return kept[-LONGEST_NAME:] or "photo"


def _due(now: datetime) -> Select[tuple[Attachment]]:
    due = select(Attachment).where(Attachment.state == "wanted", Attachment.next_attempt_at <= now)
    return due.order_by(Attachment.next_attempt_at, Attachment.id).limit(1)


def _still_wanted(number: str) -> Update:
    return update(Attachment).where(Attachment.id == number, Attachment.state == "wanted")
