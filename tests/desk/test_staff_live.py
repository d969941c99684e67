"""Pages that move by themselves, and conversations given back when staff have gone quiet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from desk.assistant.acts import SayAct
from desk.clock import FixedClock
from desk.rounds.quiet import QuietReleaser
from tests.desk.people import HUGO, Agent, Citizen, hidden
from tests.desk.running import Desk


@asynccontextmanager
async def events(agent: Agent) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of the live feed, as the browser's EventSource reads them."""
    async with agent.http.stream("GET", "/staff/events") as response, asyncio.timeout(15):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response.aiter_lines()


async def next_change(lines: AsyncIterator[str]) -> str:
    """The conversation of the next ``changed`` event (empty for the one sent at the start)."""
    async for line in lines:
        if line == "event: changed":
            return (await anext(lines)).removeprefix("data: ")
    raise AssertionError("the feed has ended")


async def test_a_new_ticket_and_a_new_message_move_the_pages(desk: Desk) -> None:
    """The feed says so at once; the page then fetches its part."""
    agent, citizen = await desk.agent(), await desk.open()
    async with events(agent) as lines:
        assert await next_change(lines) == ""
        reference = await citizen.ticket()
        assert await next_change(lines) == citizen.id
        assert reference in await agent.page("/staff/rows")


async def test_the_feed_of_another_commune_stays_still(desk: Desk) -> None:
    """Not even that something happened."""
    hugo, citizen, neighbour = await desk.agent(HUGO), await desk.open(), await desk.open("valbreuil")
    async with events(hugo) as lines:
        await next_change(lines)
        await citizen.ticket()
        await neighbour.ticket()
        assert await next_change(lines) == neighbour.id


async def test_the_feed_ends_with_the_session(desk: Desk) -> None:
    """Whoever has logged out learns nothing more."""
    agent, citizen = await desk.agent(), await desk.open()
    csrf = hidden(await agent.page(), "csrf")
    async with events(agent) as lines:
        await next_change(lines)
        await agent.http.post("/staff/logout", data={"csrf": csrf})
        await citizen.ticket()
        assert [line async for line in lines if line.startswith("event")] == []


def releaser(desk: Desk) -> QuietReleaser:
    """The desk's own looks every half minute of real time; this one looks when told."""
    context = desk.context
    return QuietReleaser(context.database, context.communes, context.hub, context.clock)


async def taken(desk: Desk) -> tuple[Citizen, Agent, str]:
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.do(reference, "take")
    return citizen, agent, reference


async def test_a_quiet_staff_gives_the_conversation_back(desk: Desk, clock: FixedClock) -> None:
    """Half an hour in Sainte-Aure; the citizen is told, the ticket stays open and keeps its history."""
    citizen, agent, reference = await taken(desk)
    clock.move(minutes=29, seconds=59)
    assert await releaser(desk).step() == 0
    clock.move(seconds=1)
    assert await releaser(desk).step() == 1
    assert (await citizen.messages())[-1]["text"].startswith("L’assistant automatique reprend")
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    assert (await citizen.ask("Bonjour"))[-1]["outcome"] == "smalltalk"
    page = await agent.page(f"/staff/tickets/{reference}")
    assert "rendue à l’assistant après un silence" in page and "Suivie par" not in await agent.page()


async def test_each_reply_starts_the_quiet_time_again(desk: Desk, clock: FixedClock) -> None:
    """A citizen's message does not."""
    citizen, agent, reference = await taken(desk)
    clock.move(minutes=20)
    await agent.reply(reference, "Je cherche.")
    clock.move(minutes=20)
    await citizen.say("Merci")
    assert await releaser(desk).step() == 0
    clock.move(minutes=10)
    assert await releaser(desk).step() == 1


async def test_two_desks_release_a_quiet_conversation_once(desk: Desk, clock: FixedClock) -> None:
    """The citizen is told once."""
    citizen, _, _ = await taken(desk)
    clock.move(hours=1)
    counts = await asyncio.gather(releaser(desk).step(), releaser(desk).step())
    assert sum(counts) == 1
    assert str(await citizen.messages()).count("automatique reprend") == 1
