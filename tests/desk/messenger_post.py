"""What leaves for Messenger: the town's orders, and a way to let time pass for them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from desk.assistant.acts import TextAct
from desk.assistant.memory import MemoryAssistant, hand_everything_over
from desk.assistant.port import Heard
from desk.channels.outbox import MAX_ATTEMPTS
from desk.conversations.channel_models import ChannelPage, Sending
from desk.conversations.channel_pages import page_state
from desk.conversations.hub import OUTBOX
from desk.conversations.models import Delivery, Message
from tests.desk.messenger_town import conversation_of, messages_of
from tests.desk.running import Desk, until
from tests.simulators.graph_api import PAGE, Meta, Person

ANSWER = "Réponse à "


def answers(assistant: MemoryAssistant, text: str = "") -> None:
    """The assistant answers every message with what was asked, or with ``text``."""

    def say(heard: Heard) -> list[TextAct]:
        return [TextAct(act="text", text=text or ANSWER + heard.text)]

    assistant.script = say


async def known(desk: Desk, meta: Meta, psid: str = "7001", page: str = PAGE) -> Person:
    """Somebody who has been greeted, and answered once; their telephone and the calls are forgotten."""
    person = meta.page(page).person(psid)
    await person.says("Bonjour")
    await until_sent(desk, person, 2)
    await meta.settled()
    person.inbox.clear()
    meta.calls.clear()
    return person


async def ticket_of(desk: Desk, person: Person) -> str:
    """A ticket of somebody whom nobody could answer; what they got is forgotten."""
    desk.assistant.script = hand_everything_over
    before = len(await orders(desk, person))
    await person.says("Où acheter des tuiles bleues ?")
    await until_sent(desk, person, before + 1)
    reference = (await messages_of(desk, person))[-1].ticket
    assert reference is not None
    person.inbox.clear()
    return reference


async def orders(desk: Desk, person: Person) -> list[Delivery]:
    """All that was to be carried to somebody, in order."""
    conversation = await conversation_of(desk, person)
    assert conversation is not None
    query = select(Delivery).where(Delivery.conversation_id == conversation.id).order_by(Delivery.id)
    async with desk.context.database.read() as session:
        return list(await session.scalars(query))


async def until_sent(desk: Desk, person: Person, count: int) -> None:
    """Wait until so many of somebody's orders were carried, and none is left."""

    async def look() -> tuple[int, int]:
        found = [order.state for order in await orders(desk, person)]
        return found.count("sent"), len(found)

    await until(look, (count, count))


async def until_order(desk: Desk, person: Person, state: str, error: str | None = None) -> None:
    """Wait until all that somebody said is answered, and their last order is in this state, under a code."""
    await _until_last(desk, person, lambda last: (last.state, last.error), (state, error))


async def until_given_up(desk: Desk, person: Person, code: str) -> None:
    """Let somebody's last order be tried as often as any is, later and later, then given up under a code."""
    for attempt in range(1, MAX_ATTEMPTS):
        await desk.until_count(f"SELECT count(*) FROM delivery WHERE attempts = {attempt}", 1)
        await go_on(desk, minutes=31)
    await until_order(desk, person, "failed", code)


async def until_trouble(desk: Desk, person: Person, code: str) -> None:
    """The same, whether it was given up or not."""
    await _until_last(desk, person, lambda last: last.error, code)


async def _until_last(desk: Desk, person: Person, told: Callable[[Delivery], Any], expected: Any) -> None:
    async def look() -> Any:
        waits = await messages_of(desk, person)
        if any(one.author == "citizen" and one.answered_at is None for one in waits):
            return "unanswered"
        found = await orders(desk, person)
        return told(found[-1]) if found else "nothing"

    await until(look, expected)


async def until_put_off(desk: Desk, *people: Person) -> None:
    """Wait until nothing is on its way to these people: their last orders leave later, all of them."""

    async def look() -> int:
        last = [(await orders(desk, person))[-1] for person in people]
        return sum(one.next_attempt_at > desk.clock.now() for one in last)

    await until(look, len(people))


async def go_on(desk: Desk, **time: float) -> None:
    """Let time pass, and have the outbox look."""
    desk.clock.move(**time)
    desk.context.hub.publish(OUTBOX)


async def page_of(desk: Desk, page: str = PAGE) -> ChannelPage | None:
    """What keeps a Page from sending."""
    async with desk.context.database.read() as session:
        return await page_state(session, "messenger", page)


async def sendings(desk: Desk, message_id: int) -> dict[int, str]:
    """The state of each part of a message that was tried."""
    async with desk.context.database.read() as session:
        found = await session.scalars(select(Sending).where(Sending.message_id == message_id))
        return {one.part: one.state for one in found}


async def last_message(desk: Desk, person: Person) -> Message:
    """The last thing that the town said to somebody."""
    number = (await orders(desk, person))[-1].message_id
    async with desk.context.database.read() as session:
        return await session.get_one(Message, number)


def sends(meta: Meta) -> int:
    """How often a message was given to Meta."""
    return sum(call.path.endswith("/messages") and "message" in call.body for call in meta.calls)
