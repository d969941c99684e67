"""What every channel does with a citizen's message once its adapter has understood it."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import Clock
from desk.communes.registry import Commune
from desk.conversations.hub import WORK, Hub, conversation_subject
from desk.conversations.inbound import (
    Arrival,
    InboundMessage,
    Sender,
    Thread,
    find_inbound,
    store_inbound,
    thread_of,
)
from desk.conversations.models import Conversation
from desk.conversations.outbound import store_reply
from desk.db.engine import Database
from desk.dialogue.disclosure import first_words
from desk.dialogue.noticing import announce_first
from desk.dialogue.roster import Roster

STORE_TRIES = 3

type Beside = Callable[[AsyncSession, Arrival], Awaitable[None]]


class Reception:
    """Stores, and gives to a worker: when ``receive`` returns, the message is safe."""

    def __init__(self, database: Database, hub: Hub, clock: Clock, roster: Roster) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock
        self._roster = roster

    async def receive(
        self, whose: Thread | Sender, inbound: InboundMessage, beside: Beside | None = None, *,
        at_once: bool = True,
    ) -> Arrival:  # fmt: skip
        """The stored message, the same one when it had already arrived.

        ``beside`` writes what else the channel knows, in the transaction that stores a new message. When it
        may take the conversation from the assistant, ``at_once`` is False: a worker then looks at what was
        committed, and the assistant hears nothing that is not for it.
        """
        # A client that hangs up cancels its request: what is being stored must still find its worker.
        return await asyncio.shield(asyncio.ensure_future(self._receive(whose, inbound, beside, at_once)))

    async def _receive(
        self, whose: Thread | Sender, inbound: InboundMessage, beside: Beside | None, at_once: bool
    ) -> Arrival:
        place = self._roster.take() if at_once else None
        claim = None
        try:
            arrival = await self._store(whose, inbound, beside, place.name if place else None)
            claim = arrival.claim
        finally:
            if place is not None and claim is None:
                self._roster.put_back(place)
        if place is not None and claim is not None:
            place.given.put_nowait(claim)
        elif arrival.is_new:
            self._hub.publish(WORK)
        if arrival.is_new:
            self._hub.publish(conversation_subject(arrival.conversation_id), kind="message")
        return arrival

    async def _store(
        self, whose: Thread | Sender, inbound: InboundMessage, beside: Beside | None, worker: str | None
    ) -> Arrival:
        """One transaction; it fails when the message, or its conversation, was stored before or meanwhile."""
        for tries in range(STORE_TRIES):
            thread = None
            try:
                async with self._database.write() as session:
                    now = self._clock.now()
                    thread = whose if isinstance(whose, Thread) else await thread_of(session, whose, now)
                    arrival = await store_inbound(session, thread, inbound, now, worker)
                    if beside is not None:
                        await beside(session, arrival)
                    return arrival
            except IntegrityError:
                async with self._database.read() as session:
                    known = await find_inbound(session, thread, inbound) if thread else None
                if known is not None:
                    return known
                if tries + 1 == STORE_TRIES:
                    raise
        raise AssertionError

    async def welcome(self, session: AsyncSession, conversation: Conversation, commune: Commune) -> None:
        """The first words (AI Act, art. 50), then what the town tells everybody at the moment."""
        await store_reply(session, conversation, first_words(commune), self._clock.now())
        await announce_first(session, conversation, commune)
