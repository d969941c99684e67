"""Who works on which conversation: a lease in the row, so a dead worker's work is taken up again."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message

LEASE = timedelta(seconds=60)


def _claimable(now: datetime) -> ColumnElement[bool]:
    free = or_(Conversation.claimed_until.is_(None), Conversation.claimed_until <= now)
    return and_(Conversation.waiting_since <= now, free)


async def any_waiting(session: AsyncSession, now: datetime) -> bool:
    """Whether a claim made now would find something."""
    return await session.scalar(select(Conversation.id).where(_claimable(now)).limit(1)) is not None


async def claim_next(session: AsyncSession, worker: str, now: datetime) -> Conversation | None:
    """Lease the conversation that has waited longest and that nobody else is working on."""
    found: Conversation | None = await session.scalar(
        select(Conversation)
        .where(_claimable(now))
        .order_by(Conversation.waiting_since)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is not None:
        found.claimed_by, found.claimed_until = worker, now + LEASE
        await session.flush()
    return found


async def next_unanswered(session: AsyncSession, conversation_id: str) -> Message | None:
    """The oldest citizen message that nothing was done about."""
    found: Message | None = await session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.author == "citizen",
               Message.answered_at.is_(None))
        .order_by(Message.seq)
        .limit(1)
    )  # fmt: skip
    return found


async def hold_claim(session: AsyncSession, conversation_id: str, worker: str) -> Conversation | None:
    """The conversation, locked, if this worker's lease is still its own; None when it was lost."""
    found: Conversation | None = await session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id, Conversation.claimed_by == worker)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def settle(session: AsyncSession, conversation: Conversation) -> bool:
    """End the lease after a message was answered; whether another one waits."""
    following = await next_unanswered(session, conversation.id)
    conversation.waiting_since = following.created_at if following else None
    conversation.claimed_by = conversation.claimed_until = None
    conversation.attempts = 0
    return following is not None


async def postpone(session: AsyncSession, conversation_id: str, worker: str, until: datetime) -> None:
    """Give the work back after a failure, not to be tried before ``until``."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.claimed_by == worker)
        .values(claimed_by=None, claimed_until=until, attempts=Conversation.attempts + 1)
    )
