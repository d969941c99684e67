"""The outbox: carries stored replies to citizens, again when it failed for a passing reason."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from desk.channels.port import Channel, DeliveryError
from desk.clock import Clock
from desk.conversations.deliveries import due_deliveries, mark_failed, mark_retry, mark_sent, put_off
from desk.conversations.hub import OUTBOX, Hub
from desk.conversations.models import Delivery, Message
from desk.db.engine import Database, alone
from desk.log import get_logger

BATCH = 100
SWEEP_SECONDS = 2.0
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=30)
MAX_ATTEMPTS = 12
LEASE = timedelta(minutes=5)
BEHIND = DeliveryError("behind")
LOCK_KEY = 0x42454F42  # "BEOB": desks claim one after the other


class Outbox:
    """Delivers what is due through the channels it was given, in the order it was written."""

    def __init__(self, database: Database, channels: Iterable[Channel], hub: Hub, clock: Clock) -> None:
        self._database = database
        self._channels = {channel.name: channel for channel in channels}
        self._hub = hub
        self._clock = clock

    async def run(self) -> None:
        """Deliver until cancelled."""
        with self._hub.watch(OUTBOX) as news:
            while True:
                try:
                    more = await self.step()
                except Exception:
                    get_logger().exception("outbox_failed")
                    more = False
                if not more:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.get(), SWEEP_SECONDS)

    async def step(self) -> bool:
        """One batch; whether there was anything to deliver."""
        now = self._clock.now()
        due = await self._claim(now)
        if not due:
            return False
        results = await self._carry(due)
        async with self._database.write() as session:
            sent = [order.id for order, error in results if error is None]
            if sent:
                await mark_sent(session, sent, now)
            for order, error in results:
                if error is BEHIND:
                    await put_off(session, [order.id], now)
                elif error is not None and _gives_up(order, error):
                    await mark_failed(session, order.id, error.code)
                elif error is not None:
                    await mark_retry(session, order.id, error.code, retry_at(order.attempts, now))
        return True

    async def _claim(self, now: datetime) -> list[tuple[Delivery, Message]]:
        """What is due, put off for the other processes until we are done, or have died."""
        async with self._database.read() as session:
            due = await due_deliveries(session, self._channels, now, BATCH)
        if self._database.is_sqlite or not due:  # with SQLite there is no other process
            return due
        async with self._database.write() as session:
            await alone(session, LOCK_KEY)
            due = await due_deliveries(session, self._channels, now, BATCH)
            await put_off(session, [order.id for order, _ in due], now + LEASE)
            return due

    async def _carry(
        self, due: list[tuple[Delivery, Message]]
    ) -> list[tuple[Delivery, DeliveryError | None]]:
        """What became of each order; those of a conversation stay behind one that must be tried again."""
        results: list[tuple[Delivery, DeliveryError | None]] = []
        stuck: set[str] = set()
        for order, message in due:
            behind = order.conversation_id in stuck
            error = BEHIND if behind else await self._attempt(order, message)
            if error is not None and not _gives_up(order, error):
                stuck.add(order.conversation_id)
            results.append((order, error))
        return results

    async def _attempt(self, order: Delivery, message: Message) -> DeliveryError | None:
        try:
            await self._channels[order.channel].deliver(message)
        except DeliveryError as error:
            get_logger().warning("delivery_failed", message_id=message.id, code=error.code)
            return error
        except Exception:  # one message that an adapter stumbles on must not hold back the others
            get_logger().exception("delivery_broken", message_id=message.id)
            return DeliveryError("unexpected")
        return None


def _gives_up(order: Delivery, error: DeliveryError) -> bool:
    return error is not BEHIND and (error.permanent or order.attempts + 1 >= MAX_ATTEMPTS)


def retry_at(attempts: int, now: datetime) -> datetime:
    """When to try again: 2 s, then twice as long each time, at most half an hour."""
    return now + min(FIRST_RETRY * (1 << min(attempts, 20)), LONGEST_RETRY)
