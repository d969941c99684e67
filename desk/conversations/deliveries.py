"""The delivery orders: which are due, and what became of each."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from desk.conversations.channel_models import ChannelPage, ChannelThread, Sending
from desk.conversations.models import Delivery, Message

AWAITING_ECHO = "awaiting_echo"
"""The code of an order that may have been carried: the platform did not answer."""

PAGE_PAUSED = "page_paused"
"""The code of an order that waits until its page may send again."""


async def due_deliveries(
    session: AsyncSession, channels: Iterable[str], now: datetime, limit: int, but: Collection[str] = ()
) -> list[tuple[Delivery, Message]]:
    """Orders to carry out now, oldest first, each with its message; not in the conversations ``but``.

    An order waits while an earlier one of its conversation is put off: citizens read in order.
    """
    earlier = aliased(Delivery)
    waits = exists().where(
        earlier.conversation_id == Delivery.conversation_id, earlier.id < Delivery.id,
        earlier.state == "queued", earlier.next_attempt_at > now,
    )  # fmt: skip
    rows = await session.execute(
        select(Delivery, Message)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.state == "queued", Delivery.next_attempt_at <= now,
               Delivery.channel.in_(list(channels)), ~waits, Delivery.conversation_id.not_in(list(but)))
        .order_by(Delivery.id)
        .limit(limit)
    )  # fmt: skip
    return [(delivery, message) for delivery, message in rows.tuples()]


async def take(session: AsyncSession, ids: list[int], until: datetime) -> None:
    """These orders are in an outbox's hands, and nobody else's before ``until``: they wait for nothing."""
    await session.execute(
        update(Delivery).where(Delivery.id.in_(ids)).values(next_attempt_at=until, error=None)
    )


async def let_go(session: AsyncSession, ids: list[int], now: datetime) -> None:
    """These orders were not carried out after all."""
    await session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(next_attempt_at=now))


async def hasten(session: AsyncSession, message_id: int, now: datetime) -> bool:
    """Its echo came: an order that waited for it is due now; whether there was one."""
    done = await session.execute(
        update(Delivery)
        .where(Delivery.message_id == message_id, Delivery.state == "queued",
               Delivery.error == AWAITING_ECHO)
        .values(next_attempt_at=now).returning(Delivery.id)
    )  # fmt: skip
    return done.first() is not None


async def hasten_page(session: AsyncSession, page: str, now: datetime) -> None:
    """What waits to leave from a page is due now, but for what may have left: its echo is waited for."""
    there = select(ChannelThread.conversation_id).where(ChannelThread.page == page)
    await session.execute(
        update(Delivery)
        .where(Delivery.state == "queued", Delivery.conversation_id.in_(there),
               Delivery.error.is_distinct_from(AWAITING_ECHO))
        .values(next_attempt_at=now)
    )  # fmt: skip


async def mark_sent(session: AsyncSession, ids: list[int], now: datetime) -> None:
    """These orders were carried out."""
    await session.execute(
        update(Delivery).where(Delivery.id.in_(ids)).values(state="sent", sent_at=now, error=None)
    )


async def mark_failed(session: AsyncSession, delivery_id: int, code: str) -> None:
    """This order will not be tried again; staff see ``code``."""
    await session.execute(
        update(Delivery).where(Delivery.id == delivery_id).values(
            state="failed", error=code[:200], attempts=Delivery.attempts + 1)
    )  # fmt: skip


async def wait_until(
    session: AsyncSession, delivery_id: int, code: str, at: datetime, now: datetime | None = None,
    *, tried: bool = False,
) -> None:  # fmt: skip
    """This order leaves at ``at`` at the earliest; it is one attempt more only when it was ``tried``.

    At ``now``, when it is given, if what it waits for has come before ``hasten`` and ``hasten_page`` could
    know that it waits: its echo, or the end of its page's pause.
    """
    if now is not None and (
        (code == AWAITING_ECHO and not await _is_awaited(session, delivery_id))
        or (code == PAGE_PAUSED and not await _is_paused(session, delivery_id, now))
    ):
        at = now
    await session.execute(
        update(Delivery).where(Delivery.id == delivery_id).values(
            error=code[:200], next_attempt_at=at, attempts=Delivery.attempts + int(tried))
    )  # fmt: skip


async def mark_retry(session: AsyncSession, delivery_id: int, code: str, at: datetime) -> None:
    """This order is to be tried again at ``at``."""
    await session.execute(
        update(Delivery).where(Delivery.id == delivery_id).values(
            error=code[:200], next_attempt_at=at, attempts=Delivery.attempts + 1)
    )  # fmt: skip


async def _is_awaited(session: AsyncSession, delivery_id: int) -> bool:
    """Whether a part of the message may have left; its rows are locked, so that no echo comes in between."""
    tried = (
        select(Sending.part).join(Delivery, Delivery.message_id == Sending.message_id)
        .where(Delivery.id == delivery_id, Sending.state == "tried").with_for_update(of=Sending)
    )  # fmt: skip
    return (await session.execute(tried)).first() is not None


async def _is_paused(session: AsyncSession, delivery_id: int, now: datetime) -> bool:
    """Whether its page may not send yet; the page's row is locked, so that no pause ends in between."""
    paused = (
        select(ChannelPage.page)
        .join(ChannelThread, ChannelThread.page == ChannelPage.page)
        .join(Delivery, Delivery.conversation_id == ChannelThread.conversation_id)
        .where(Delivery.id == delivery_id, ChannelPage.channel == Delivery.channel,
               ChannelPage.paused_until > now)
        .with_for_update(of=ChannelPage)
    )  # fmt: skip
    return (await session.execute(paused)).first() is not None
