"""What an event of Meta's leaves behind: messages, owners, counts, as a test looks for them."""

from desk.assistant.acts import SayAct
from desk.conversations.models import Message
from desk.conversations.sendings import about_to_leave, has_left
from tests.desk.messenger_town import conversation_of, messages_of
from tests.desk.running import Desk
from tests.desk.test_health import figures
from tests.simulators.graph_api import Person

PART = 7
"""Of our messages here: the outbox never gets so far."""


def greets(_heard: object) -> list[SayAct]:
    """The assistant says hello to everything."""
    return [SayAct(act="say", key="saluer")]


async def answered(desk: Desk, person: Person, count: int = 1) -> list[Message]:
    """Everything that was said, once nothing waits and ``count`` messages of theirs were dealt with."""
    await desk.until_count("SELECT count(*) FROM message WHERE answered_at IS NOT NULL", count)
    return await messages_of(desk, person)


async def last(desk: Desk, person: Person) -> Message:
    """The newest message of theirs."""
    return [one for one in await messages_of(desk, person) if one.author == "citizen"][-1]


async def left(desk: Desk, message_id: int, mid: str) -> None:
    """A part of our message is on its way, under Meta's identifier."""
    async with desk.context.database.write() as session:
        await about_to_leave(session, message_id, PART, desk.clock.now())
        await has_left(session, message_id, PART, mid, desk.clock.now())


async def counted(desk: Desk, kind: str, result: str) -> float:
    """How many events of a kind ended so."""
    found = await figures(desk)
    return found.get(f'beffroi_messenger_events{{kind="{kind}",result="{result}"}}', 0)


async def owner(desk: Desk, person: Person) -> str:
    """Who speaks with somebody."""
    found = await conversation_of(desk, person)
    assert found is not None
    return found.owner
