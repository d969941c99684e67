"""The outbox: delivers in order, again when it failed, once among several desks, and gives up visibly."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from desk.channels.outbox import MAX_ATTEMPTS, MAX_STUMBLES, Outbox, retry_at
from desk.channels.port import DeliveryError, NotYet
from desk.clock import FixedClock
from desk.conversations.hub import Hub
from desk.conversations.inbound import open_conversation
from desk.conversations.models import Conversation, Message
from desk.conversations.outbound import Reply, store_reply
from desk.db.engine import Database
from desk.tickets.deadline import Promise
from desk.tickets.opening import Request, open_or_join
from tests.desk.running import Desk

PIGEON = "pigeon"


class Pigeons:
    """A channel of the tests. ``trouble`` may raise; whatever it lets pass has arrived."""

    name = PIGEON

    def __init__(self, trouble: Callable[[str], None] = lambda text: None) -> None:
        self.trouble = trouble
        self.tried: list[str] = []
        self.arrived: list[str] = []

    async def deliver(self, message: Message) -> None:
        await asyncio.sleep(0)
        self.tried.append(message.text)
        self.trouble(message.text)
        self.arrived.append(message.text)


class Killed(BaseException):
    """The end of a process, where no handler of errors is asked."""


def lost(*texts: str, permanent: bool = False) -> Callable[[str], None]:
    def trouble(text: str) -> None:
        if text in texts:
            raise DeliveryError("storm", permanent=permanent)

    return trouble


async def write(database: Database, clock: FixedClock, *texts: str) -> Conversation:
    """A conversation with these replies to carry."""
    async with database.write() as session:
        conversation = await open_conversation(session, "demo", PIGEON, clock.now())
        for text in texts:
            await store_reply(session, conversation, Reply(text, "answered"), clock.now())
    return conversation


def outbox(database: Database, pigeons: Pigeons, clock: FixedClock) -> Outbox:
    return Outbox(database, [pigeons], Hub(), clock, luck=lambda: 1.0)


async def test_what_failed_is_tried_again_later_and_later(database: Database, clock: FixedClock) -> None:
    """Two seconds, four, eight; then it arrives, once."""
    await write(database, clock, "a")
    pigeons = Pigeons(lost("a"))
    post = outbox(database, pigeons, clock)
    for number, seconds in enumerate((2, 4, 8), start=1):
        assert await post.step() is True and len(pigeons.tried) == number
        clock.move(seconds=seconds - 1)
        assert await post.step() is False
        clock.move(seconds=1)
    pigeons.trouble = lost()
    await post.step()
    clock.move(hours=1)
    assert await post.step() is False
    assert pigeons.arrived == ["a"]


async def test_a_citizen_reads_in_order_even_when_the_first_one_failed(
    database: Database, clock: FixedClock
) -> None:
    """The rest of that conversation waits; the others do not."""
    await write(database, clock, "a1", "a2", "a3")
    await write(database, clock, "b1", "b2")
    pigeons = Pigeons(lost("a1"))
    post = outbox(database, pigeons, clock)
    await post.step()
    assert await post.step() is False
    assert pigeons.arrived == ["b1", "b2"]
    await write(database, clock, "c1")
    pigeons.trouble = lost()
    await post.step()
    assert pigeons.arrived == ["b1", "b2", "c1"]
    clock.move(seconds=2)
    await post.step()
    assert pigeons.arrived == ["b1", "b2", "c1", "a1", "a2", "a3"]


async def test_what_must_wait_is_not_an_attempt_and_holds_back_what_comes_behind(
    database: Database, clock: FixedClock
) -> None:
    """A hundred times over: it is not given up, and leaves first."""
    await write(database, clock, "a1", "a2")

    def wait(text: str) -> None:
        raise NotYet("not_now", clock.now() + timedelta(minutes=1))

    pigeons = Pigeons(wait)
    post = outbox(database, pigeons, clock)
    for _ in range(100):
        await post.step()
        assert await post.step() is False
        clock.move(minutes=1)
    assert pigeons.tried == ["a1"] * 100
    pigeons.trouble = lost()
    while await post.step():
        pass
    assert pigeons.arrived == ["a1", "a2"]


def test_what_failed_together_is_not_tried_again_together() -> None:
    """Luck takes up to half of the delay away, never more."""
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert [(retry_at(1, now, luck) - now).total_seconds() for luck in (0, 0.5, 1)] == [2, 3, 4]


def test_an_outage_of_six_hours_is_outlived_and_giving_up_comes_within_a_day() -> None:
    """Whatever the luck."""
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    for luck in (0, 1):
        waits = [retry_at(attempt, now, luck) - now for attempt in range(MAX_ATTEMPTS - 1)]
        assert timedelta(hours=6) <= sum(waits, timedelta()) < timedelta(hours=24)


async def test_a_slow_conversation_holds_up_no_other(database: Database, clock: FixedClock) -> None:
    """They are carried side by side, each in order."""
    await write(database, clock, "slow 1", "slow 2")
    await write(database, clock, "quick 1", "quick 2")
    all_quick = asyncio.Event()

    class Mixed(Pigeons):
        async def deliver(self, message: Message) -> None:
            if message.text.startswith("slow"):
                await asyncio.wait_for(all_quick.wait(), 10)
            await super().deliver(message)
            if message.text == "quick 2":
                all_quick.set()

    pigeons = Mixed()
    await outbox(database, pigeons, clock).step()
    assert pigeons.arrived == ["quick 1", "quick 2", "slow 1", "slow 2"]


async def test_what_cannot_arrive_does_not_hold_back_the_rest(database: Database, clock: FixedClock) -> None:
    """A permanent refusal is not tried again."""
    await write(database, clock, "a1", "a2")
    pigeons = Pigeons(lost("a1", permanent=True))
    post = outbox(database, pigeons, clock)
    await post.step()
    clock.move(days=1)
    assert await post.step() is False
    assert (pigeons.tried, pigeons.arrived) == (["a1", "a2"], ["a2"])


async def test_an_adapter_that_breaks_on_one_message_still_carries_the_others(
    database: Database, clock: FixedClock
) -> None:
    """A bug in it is a failed attempt like another, and sends nothing twice."""
    for text in ("a", "b", "c"):
        await write(database, clock, text)

    def stumble(text: str) -> None:
        if text == "b":
            raise KeyError(text)

    pigeons = Pigeons(stumble)
    post = outbox(database, pigeons, clock)
    for _ in range(3):
        await post.step()
        clock.move(hours=1)
    assert pigeons.arrived == ["a", "c"] and pigeons.tried.count("b") == 3


async def test_what_an_adapter_stumbles_on_is_given_up_soon(database: Database, clock: FixedClock) -> None:
    """What was said next in the same conversation waits no longer than two minutes."""
    await write(database, clock, "a", "b")

    def stumble(text: str) -> None:
        if text == "a":
            raise KeyError(text)

    pigeons, start = Pigeons(stumble), clock.now()
    post = outbox(database, pigeons, clock)
    while not pigeons.arrived:
        await post.step()
        clock.move(seconds=1)
    assert pigeons.arrived == ["b"] and pigeons.tried.count("a") == MAX_STUMBLES
    assert clock.now() - start < timedelta(minutes=2)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_several_desks_carry_each_message_once(database: Database, clock: FixedClock) -> None:
    """Four processes empty one outbox together; each conversation stays in order."""
    for number in range(40):
        await write(database, clock, *(f"{number} {letter}" for letter in "abc"))
    pigeons = Pigeons()
    posts = [outbox(database, pigeons, clock) for _ in range(4)]
    while any(await asyncio.gather(*(post.step() for post in posts))):
        pass
    assert len(pigeons.arrived) == 120
    for number in range(40):
        mine = [text for text in pigeons.arrived if text.startswith(f"{number} ")]
        assert mine == [f"{number} {letter}" for letter in "abc"]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_what_a_dead_desk_was_carrying_is_carried_by_another(
    database: Database, clock: FixedClock
) -> None:
    """After its lease: perhaps a second time, never not at all."""
    await write(database, clock, "a", "b")

    def die(text: str) -> None:
        raise Killed

    with pytest.raises(BaseExceptionGroup):
        await outbox(database, Pigeons(die), clock).step()
    pigeons = Pigeons()
    post = outbox(database, pigeons, clock)
    assert await post.step() is False
    clock.move(minutes=5)
    assert await post.step() is True
    assert pigeons.arrived == ["a", "b"]


async def test_giving_up_is_shown_to_staff_and_counted(desk: Desk, clock: FixedClock) -> None:
    """After the last try: beside the message, and in the figures."""
    database = desk.context.database
    conversation = await write(database, clock, "Un mot")
    promise = Promise(desk.context.communes["demo"].settings)
    async with database.write() as session:
        ticket, _ = await open_or_join(session, conversation, Request("asked"), promise, clock.now())
    pigeons = Pigeons(lost("Un mot"))
    post = outbox(database, pigeons, clock)
    while await post.step():
        clock.move(minutes=30)
    assert len(pigeons.tried) == MAX_ATTEMPTS
    page = await (await desk.agent()).page(f"/staff/tickets/{ticket.reference}")
    assert "Ce message n’a pas pu être remis" in page
    assert 'beffroi_deliveries{state="failed"} 1.0' in (await desk.http.get("/metrics")).text
