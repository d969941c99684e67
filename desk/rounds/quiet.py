"""Giving conversations back to the assistant when staff have been quiet for the town's set time."""

from datetime import datetime, timedelta

from sqlalchemy import select

from desk.clock import Clock
from desk.communes.registry import Commune, Communes
from desk.conversations.hub import Hub
from desk.conversations.models import Conversation
from desk.conversations.outbound import Reply, store_reply
from desk.db.engine import Database
from desk.dialogue.staffing import let_go
from desk.rounds.run import in_each
from desk.tickets.lifecycle import release
from desk.tickets.opening import open_ticket_of


class QuietReleaser:
    """Looks for conversations that staff hold and have left."""

    def __init__(self, database: Database, communes: Communes, hub: Hub, clock: Clock) -> None:
        self._database = database
        self._communes = communes
        self._hub = hub
        self._clock = clock

    async def step(self) -> int:
        """Release what is due; how many were."""
        return await in_each(self._communes, self._release_all)

    async def _release_all(self, commune: Commune) -> int:
        now = self._clock.now()
        quiet = await self._quiet_ones(commune, now)
        return sum([await self._release(commune, conversation_id, now) for conversation_id in quiet])

    async def _quiet_ones(self, commune: Commune, now: datetime) -> list[str]:
        async with self._database.read() as session:
            rows = await session.scalars(
                select(Conversation.id).where(
                    Conversation.commune == commune.id, Conversation.owner == "staff",
                    Conversation.staff_active_at <= _limit(commune, now),
                )
            )  # fmt: skip
            return list(rows)

    async def _release(self, commune: Commune, conversation_id: str, now: datetime) -> bool:
        async with self._database.write() as session:
            conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
            active = conversation.staff_active_at
            if conversation.owner != "staff" or active is None or active > _limit(commune, now):
                return False  # staff came back in the meantime
            ticket = await open_ticket_of(session, conversation_id)
            if ticket is not None:
                release(session, ticket, None, now)
            let_go(conversation)
            reply = Reply(commune.texts("staff.released"), outcome="system", author="system")
            await store_reply(session, conversation, reply, now)
        self._hub.replies_stored(conversation_id, commune.id)
        return True


def _limit(commune: Commune, now: datetime) -> datetime:
    return now - timedelta(minutes=commune.settings.quiet_minutes)
