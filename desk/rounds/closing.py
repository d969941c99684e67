"""Closing for good the tickets that were resolved long enough ago; citizens are not told."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import Clock
from desk.communes.registry import Commune, Communes
from desk.conversations.hub import Hub, queue_subject
from desk.conversations.models import Conversation
from desk.db.engine import Database
from desk.rounds.run import in_each
from desk.tickets.lifecycle import close
from desk.tickets.models import Ticket

BATCH = 100
LOOK_BACK = timedelta(days=1)
"""A ticket that somebody was writing in when its turn came is met again for so long."""


class Closing:
    """Looks for resolved tickets that nobody came back to during the town's ``reopen_days``."""

    def __init__(self, database: Database, communes: Communes, hub: Hub, clock: Clock) -> None:
        self._database = database
        self._communes = communes
        self._hub = hub
        self._clock = clock
        # What was resolved before is closed: the index is not read from its beginning at each round.
        self._done_until: dict[str, datetime] = {}

    async def step(self) -> int:
        """Close at most a batch for each commune; how many were."""
        return await in_each(self._communes, self._close_some)

    async def _close_some(self, commune: Commune) -> int:
        now = self._clock.now()
        limit = now - timedelta(days=commune.settings.reopen_days)
        since = self._done_until.get(commune.id)
        async with self._database.read() as session:
            ripe = await _ripe(session, commune.id, since, limit)
        if len(ripe) < BATCH:
            self._done_until[commune.id] = limit - LOOK_BACK
        closed = await self._close(ripe, limit, now) if ripe else 0
        if closed:
            self._hub.publish(queue_subject(commune.id), kind="changed")
        return closed

    async def _close(self, ids: list[int], limit: datetime, now: datetime) -> int:
        async with self._database.write() as session:
            tickets = await _locked(session, ids, limit)
            for ticket in tickets:
                close(session, ticket, now)
        return len(tickets)


async def _ripe(session: AsyncSession, commune: str, since: datetime | None, limit: datetime) -> list[int]:
    query = select(Ticket.id).where(
        Ticket.commune == commune, Ticket.state == "resolved", Ticket.resolved_at < limit
    )
    if since is not None:
        query = query.where(Ticket.resolved_at >= since)
    return list(await session.scalars(query.order_by(Ticket.resolved_at, Ticket.id).limit(BATCH)))


async def _locked(session: AsyncSession, ids: list[int], limit: datetime) -> list[Ticket]:
    """Those that are still ripe; whoever is coming back to one right now goes first and is not waited for."""
    query = (
        select(Ticket).join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.id.in_(ids), Ticket.state == "resolved", Ticket.resolved_at < limit)
        .with_for_update(of=(Ticket, Conversation), skip_locked=True)
    )  # fmt: skip
    return list(await session.scalars(query))
