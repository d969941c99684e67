"""Who works on which conversation: a lease in the row, so a dead worker's work is taken up again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Conversation, Message
from desk.db.base import table_of

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Said:
    """A citizen's message that nothing was done about."""

    id: int
    text: str
    payload: str | None


@dataclass(frozen=True)
class Claim:
    """A conversation leased to ``worker``, as it was then, and the oldest message to answer in it.

    ``owner`` and ``expects`` are the conversation's: who is asked about the message hangs on them.
    """

    worker: str
    conversation_id: str
    commune: str
    owner: str
    attempts: int
    said: Said | None
    expects: str | None = None
    channel: str = ""


_CONVERSATIONS = table_of(Conversation)
_conversation, _message = _CONVERSATIONS.c, table_of(Message).c
_free = or_(_conversation.claimed_until.is_(None), _conversation.claimed_until <= bindparam("now"))
_claimable = and_(_conversation.waiting_since <= bindparam("now"), _free)
_unanswered = (
    select(_message.id, _message.text, _message.payload, _message.created_at)
    .where(_message.conversation_id == bindparam("whose"), _message.author == "citizen",
           _message.answered_at.is_(None))
    .order_by(_message.seq)
    .limit(1)
)  # fmt: skip

# Built once: building a statement costs more than running it.
_ANY_WAITING = select(_conversation.id).where(_claimable).limit(1)
_LONGEST_WAITING = (
    select(_conversation.id, _conversation.commune, _conversation.owner, _conversation.attempts,
           _conversation.expects, _conversation.channel)
    .where(_claimable)
    .order_by(_conversation.waiting_since)
    .limit(1)
    .with_for_update(skip_locked=True)
)  # fmt: skip
_LEASE = (
    update(_CONVERSATIONS)
    .where(_conversation.id == bindparam("whose"))
    .values(claimed_by=bindparam("worker"), claimed_until=bindparam("until"))
)
_HELD = (
    select(Conversation)
    .where(Conversation.id == bindparam("whose"), Conversation.claimed_by == bindparam("worker"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_SETTLE = (
    update(_CONVERSATIONS)
    .where(_conversation.id == bindparam("whose"))
    .values(waiting_since=_unanswered.with_only_columns(_message.created_at).scalar_subquery(),
            claimed_by=None, claimed_until=None, attempts=0)
    .returning(_conversation.waiting_since)
)  # fmt: skip


async def any_waiting(session: AsyncSession, now: datetime) -> bool:
    """Whether a claim made now would find something."""
    return await session.scalar(_ANY_WAITING, {"now": now}) is not None


async def claim_next(session: AsyncSession, worker: str, now: datetime) -> Claim | None:
    """Lease the conversation that has waited longest and that nobody else is working on."""
    found = (await session.execute(_LONGEST_WAITING, {"now": now})).one_or_none()
    if found is None:
        return None
    await session.execute(_LEASE, {"whose": found.id, "worker": worker, "until": now + LEASE})
    said = await _next_unanswered(session, found.id)
    return Claim(
        worker, found.id, found.commune, found.owner, found.attempts, said, found.expects, found.channel
    )


async def hold_claim(session: AsyncSession, claim: Claim) -> Conversation | None:
    """The conversation, locked, if the lease is still the claim's; None when it was lost."""
    found: Conversation | None = await session.scalar(
        _HELD, {"whose": claim.conversation_id, "worker": claim.worker}
    )
    return found


async def settle(session: AsyncSession, conversation: Conversation) -> bool:
    """End the lease after a message was answered; whether another one waits."""
    return await session.scalar(_SETTLE, {"whose": conversation.id}) is not None


async def postpone(session: AsyncSession, claim: Claim, until: datetime) -> None:
    """Give the work back after a failure, not to be tried before ``until``."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == claim.conversation_id, Conversation.claimed_by == claim.worker)
        .values(claimed_by=None, claimed_until=until, attempts=Conversation.attempts + 1)
    )


async def _next_unanswered(session: AsyncSession, conversation_id: str) -> Said | None:
    found: Row[tuple[int, str, str | None, datetime]] | None = (
        await session.execute(_unanswered, {"whose": conversation_id})
    ).one_or_none()
    return None if found is None else Said(found.id, found.text, found.payload)
