"""The outbox: carries stored replies to citizens, again when it failed for a passing reason."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from desk.channels.port import Channel, DeliveryError
from desk.clock import Clock
from desk.conversations.deliveries import due_deliveries, mark_failed, mark_retry, mark_sent
from desk.conversations.hub import OUTBOX, Hub
from desk.conversations.models import Delivery, Message
from desk.db.engine import Database
from desk.log import get_logger

BATCH = 100
SWEEP_SECONDS = 2.0
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=30)
MAX_ATTEMPTS = 12


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
        async with self._database.read() as session:
            due = await due_deliveries(session, self._channels, now, BATCH)
        if not due:
            return False
        results = [await self._attempt(delivery, message) for delivery, message in due]
        async with self._database.write() as session:
            sent = [order.id for (order, _), error in zip(due, results, strict=True) if error is None]
            if sent:
                await mark_sent(session, sent, now)
            for (order, _), error in zip(due, results, strict=True):
                if error is None:
                    continue
                if error.permanent or order.attempts + 1 >= MAX_ATTEMPTS:
                    await mark_failed(session, order.id, error.code)
                else:
                    await mark_retry(session, order.id, error.code, retry_at(order.attempts, now))
        return True

    async def _attempt(self, delivery: Delivery, message: Message) -> DeliveryError | None:
        try:
            await self._channels[delivery.channel].deliver(message)
        except DeliveryError as error:
            get_logger().warning("delivery_failed", message_id=message.id, code=error.code)
            return error
        return None


def retry_at(attempts: int, now: datetime) -> datetime:
    """When to try again: 2 s, then twice as long each time, at most half an hour."""
    return now + min(FIRST_RETRY * (1 << min(attempts, 20)), LONGEST_RETRY)
