"""The desk's rounds: steps that do not hold each other up, and tickets closed for good in their time."""

import asyncio

import pytest
from sqlalchemy import select

from desk.clock import FixedClock
from desk.conversations.models import Conversation
from desk.rounds import run as module
from desk.rounds.closing import BATCH, Closing
from desk.rounds.run import Rounds
from desk.tickets.lifecycle import resolve
from desk.tickets.models import Ticket
from tests.desk.people import Citizen
from tests.desk.running import Desk
from tests.desk.test_reminders import many

pytestmark = pytest.mark.slow


async def test_a_step_that_fails_holds_up_none_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """It is logged by its name, and taken again at the next round."""
    taken: list[str] = []

    async def breaks() -> None:
        taken.append("breaks")
        words = "hortensia"[::-1]
        raise RuntimeError(words)

    async def works() -> None:
        taken.append("works")

    rounds = Rounds([breaks, works])
    await rounds.once()
    await rounds.once()
    assert taken == ["breaks", "works"] * 2
    logged = capsys.readouterr().err
    assert logged.count('"round_failed"') == 2 and "breaks" in logged and "aisnetroh" not in logged


async def test_rounds_go_on_until_they_are_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a pause between two."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    three, taken = asyncio.Event(), []

    async def step() -> None:
        taken.append(1)
        if len(taken) == 3:
            three.set()

    running = asyncio.create_task(Rounds([step]).run())
    await asyncio.wait_for(three.wait(), 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def closing(desk: Desk) -> Closing:
    context = desk.context
    return Closing(context.database, context.communes, context.hub, context.clock)


async def resolved(desk: Desk) -> tuple[Citizen, str]:
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.do(reference, "resolve")
    return citizen, reference


async def state(desk: Desk, reference: str) -> str | None:
    async with desk.context.database.read() as session:
        return await session.scalar(select(Ticket.state).where(Ticket.reference == reference))


async def test_a_resolved_ticket_is_closed_after_a_week_without_a_word(desk: Desk, clock: FixedClock) -> None:
    """Not before the citizen's time to come back is over; what they write then is another request."""
    citizen, reference = await resolved(desk)
    told = len(await citizen.messages())
    clock.move(days=7)
    assert await closing(desk).step() == 0
    clock.move(seconds=1)
    assert await closing(desk).step() == 1 and await state(desk, reference) == "closed"
    assert len(await citizen.messages()) == told
    assert await closing(desk).step() == 0
    assert (await citizen.ask("Et pour les vertes ?"))[-1]["ticket"] != reference
    page = await (await desk.agent()).page(f"/staff/tickets/{reference}")
    assert "lundi 30 novembre à 10\u00a0h\u00a0: close" in page.replace(" :", "\u00a0:")


async def test_a_ticket_reopened_in_time_is_not_closed(desk: Desk, clock: FixedClock) -> None:
    """Its week starts again when it is resolved again."""
    citizen, reference = await resolved(desk)
    clock.move(days=6)
    await citizen.ask("Et pour les vertes ?")
    clock.move(days=2)
    assert await closing(desk).step() == 0
    await (await desk.agent()).do(reference, "resolve")
    clock.move(days=7)
    assert await closing(desk).step() == 0
    clock.move(seconds=1)
    assert await closing(desk).step() == 1


async def test_many_tickets_are_closed_in_batches_and_none_is_missed(desk: Desk, clock: FixedClock) -> None:
    """The same rounds go on for days: what is resolved later is closed in its turn."""
    rounds = closing(desk)
    assert await rounds.step() == 0
    for _ in range(2):
        await many(desk, BATCH + 20)
        async with desk.context.database.write() as session:
            for ticket in await session.scalars(select(Ticket).where(Ticket.shelf == "todo")):
                resolve(session, ticket, 1, clock.now())
        clock.move(days=5)
        assert await rounds.step() == 0
        clock.move(days=3)
        assert [await rounds.step() for _ in range(3)] == [BATCH, 20, 0]


async def test_two_desks_close_a_ticket_once(desk: Desk, clock: FixedClock) -> None:
    """One line in its history."""
    await resolved(desk)
    clock.move(days=8)
    counts = await asyncio.gather(closing(desk).step(), closing(desk).step())
    assert sum(counts) == 1
    assert await desk.count("SELECT count(*) FROM ticket_event WHERE kind = 'closed'") == 1


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_a_citizen_who_is_writing_goes_first(desk: Desk, clock: FixedClock) -> None:
    """The ticket is met again at the next round; on SQLite whoever writes is alone anyway."""
    citizen, reference = await resolved(desk)
    clock.move(days=8)
    rounds = closing(desk)
    async with asyncio.timeout(10), desk.context.database.write() as session:
        await session.get_one(Conversation, citizen.id, with_for_update=True)
        assert await rounds.step() == 0
    assert await rounds.step() == 1 and await state(desk, reference) == "closed"
