"""Giving conversations back to the assistant when staff have been quiet for the town's set time."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select

from desk.clock import Clock
from desk.communes.registry import Commune, Communes
from desk.conversations.channel_models import ChannelThread
from desk.conversations.hub import Hub
from desk.conversations.models import Conversation
from desk.conversations.outbound import Reply, store_reply
from desk.db.engine import Database
from desk.dialogue.disclosure import note_told
from desk.dialogue.staffing import let_go
from desk.rounds.run import in_each
from desk.tickets.lifecycle import release
from desk.tickets.opening import open_ticket_of
from desk.tickets.reachability import reachability


class QuietReleaser:
    """Looks for conversations that staff hold and have left.

    One that another application holds on its platform is theirs until that ends: the assistant could not
    answer there.
    """

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
                    Conversation.staff_active_at <= _limit(commune, now), ~_answered_elsewhere(now),
                )
            )  # fmt: skip
            return list(rows)

    async def _release(self, commune: Commune, conversation_id: str, now: datetime) -> bool:
        async with self._database.write() as session:
            conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
            active = conversation.staff_active_at
            if conversation.owner != "staff" or active is None or active > _limit(commune, now):
                return False  # staff came back in the meantime
            thread = await reachability(session, commune, conversation_id, now)
            if thread is not None and thread.held_by is not None:
                return False
            ticket = await open_ticket_of(session, conversation_id)
            if ticket is not None:
                release(session, ticket, None, now)
            let_go(conversation)
            # Also where the platform will not carry it any more: staff read in the thread who answers since
            # when, and the citizen is told with the next answer (``note_told`` does not note it then).
            reply = Reply(commune.texts("staff.released"), outcome="system", author="system")
            await store_reply(session, conversation, reply, now)
            await note_told(session, commune, conversation_id, now)
        self._hub.replies_stored(conversation_id, commune.id)
        return True


def _limit(commune: Commune, now: datetime) -> datetime:
    return now - timedelta(minutes=commune.settings.quiet_minutes)


def _answered_elsewhere(now: datetime) -> ColumnElement[bool]:
    return exists().where(ChannelThread.conversation_id == Conversation.id, ChannelThread.held_until > now)
