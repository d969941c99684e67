"""The outbox: carries stored replies to citizens, again when it failed for a passing reason."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy.ext.asyncio import AsyncSession

from desk.background import tried
from desk.channels.port import Channel, DeliveryError, NotYet
from desk.clock import Clock
from desk.conversations.deliveries import (
    due_deliveries,
    let_go,
    mark_failed,
    mark_retry,
    mark_sent,
    take,
    wait_until,
)
from desk.conversations.hub import OUTBOX, Hub, queue_subject
from desk.conversations.models import Delivery, Message
from desk.db.engine import Database, alone
from desk.log import get_logger

BATCH = 32
ROUNDSMEN = 4
"""Batches on their way at the same moment: one that is slow holds up a quarter of the outbox."""

SWEEP_SECONDS = 2.0
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=30)
MAX_ATTEMPTS = 34
"""Six hours at the least, twelve at the most: Meta's longest outage known (4 October 2021) lasted six."""

UNEXPECTED = "unexpected"
MAX_STUMBLES = 6
"""Attempts at a message that an adapter stumbles on: those behind it wait for about a minute."""

LEASE = timedelta(seconds=90)
"""After which another desk carries what this one was carrying. A slow order may outlive it: what leaves twice
at once is the channel's to prevent."""

AT_ONCE = 8
"""Conversations of a batch in which a message is on its way at the same moment."""

LOCK_KEY = 0x42454F42  # "BEOB": desks claim one after the other

_LUCK = SystemRandom().random

type Order = tuple[Delivery, Message]


class Outbox:
    """Delivers what is due through the channels it was given, in the order it was written."""

    def __init__(
        self, database: Database, channels: Iterable[Channel], hub: Hub, clock: Clock,
        luck: Callable[[], float] = _LUCK,
    ) -> None:  # fmt: skip
        self._database = database
        self._channels = {channel.name: channel for channel in channels}
        self._hub = hub
        self._clock = clock
        self._luck = luck
        self._busy: set[str] = set()
        self._claiming = asyncio.Lock()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(ROUNDSMEN):
                group.create_task(self._go_round())

    async def _go_round(self) -> None:
        with self._hub.watch(OUTBOX) as news:
            while True:
                if not await tried(self.step, "outbox_failed"):
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.get(), SWEEP_SECONDS)

    async def step(self) -> bool:
        """One batch; whether there was anything to deliver."""
        talks: dict[str, list[Order]] = defaultdict(list)
        async with self._claiming:
            for order in await self._claim(self._clock.now()):
                talks[order[0].conversation_id].append(order)
            self._busy |= talks.keys()
        together = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for orders in talks.values():
                group.create_task(self._carry_in_turn(orders, together))
        return bool(talks)

    async def _claim(self, now: datetime) -> list[Order]:
        """What is due, put off for the other processes until we are done, or have died.

        Not in the conversations where this process is carrying something.
        """
        async with self._database.read() as session:
            due = await due_deliveries(session, self._channels, now, BATCH, self._busy)
        if self._database.is_sqlite or not due:  # with SQLite there is no other process
            return due
        async with self._database.write() as session:
            await alone(session, LOCK_KEY)
            due = await due_deliveries(session, self._channels, now, BATCH, self._busy)
            await take(session, [order.id for order, _ in due], now + LEASE)
            return due

    async def _carry_in_turn(self, orders: list[Order], together: asyncio.Semaphore) -> None:
        """A conversation's orders: each waits for the one before, and behind one that could not leave yet.

        What became of each is noted at once: a desk that is killed repeats one a conversation at most.
        """
        try:
            async with together:
                for place, (order, message) in enumerate(orders):
                    trouble = await self._attempt(order, message)
                    async with self._database.write() as session:
                        if await self._note(session, order, trouble):
                            continue
                        behind = [later.id for later, _ in orders[place + 1 :]]
                        if behind:
                            await let_go(session, behind, self._clock.now())
                        return
        finally:
            self._busy.discard(orders[0][0].conversation_id)

    async def _note(
        self, session: AsyncSession, order: Delivery, trouble: DeliveryError | NotYet | None
    ) -> bool:
        """Write what became of an order; whether the next one of its conversation may leave."""
        now = self._clock.now()
        if trouble is None:
            await mark_sent(session, [order.id], now)
        elif is_over(trouble, order.attempts):
            await mark_failed(session, order.id, trouble.code)
            self._hub.publish(
                queue_subject(order.commune), kind="changed", conversation=order.conversation_id
            )
        elif isinstance(trouble, NotYet):
            until = max(trouble.until, self._again(order, now)) if trouble.tried else trouble.until
            await wait_until(session, order.id, trouble.code, until, now, tried=trouble.tried)
            return False
        else:
            await mark_retry(session, order.id, trouble.code, self._again(order, now))
            return False
        return True

    def _again(self, order: Delivery, now: datetime) -> datetime:
        return retry_at(order.attempts, now, self._luck())

    async def _attempt(self, order: Delivery, message: Message) -> DeliveryError | NotYet | None:
        try:
            await self._channels[order.channel].deliver(message)
        except DeliveryError as error:
            get_logger().warning("delivery_failed", message_id=message.id, code=error.code)
            return error
        except NotYet as error:
            return error
        except Exception:  # one message that an adapter stumbles on must not hold back the others
            get_logger().exception("delivery_broken", message_id=message.id)
            return DeliveryError(UNEXPECTED)
        return None


def is_over(trouble: DeliveryError | NotYet, attempts: int) -> bool:
    """Whether an order that met with ``trouble``, after ``attempts`` others, is not tried again."""
    if isinstance(trouble, NotYet):
        return trouble.tried and attempts + 1 >= MAX_ATTEMPTS
    return trouble.permanent or attempts + 1 >= (MAX_STUMBLES if trouble.code == UNEXPECTED else MAX_ATTEMPTS)


def retry_at(attempts: int, now: datetime, luck: float = 1.0) -> datetime:
    """When to try again: 2 s, then twice as long each time, at most half an hour.

    ``luck``, from 0 to 1, takes up to half of the delay away: what failed together is not tried together.
    """
    delay = min(FIRST_RETRY * (1 << min(attempts, 20)), LONGEST_RETRY)
    return now + delay * (0.5 + 0.5 * luck)
