"""Who else has a ticket open, and who is writing there."""

import re

import httpx
import pytest

from desk.assistant.acts import HandoffAct
from desk.clock import FixedClock
from tests.desk.people import HUGO, MALIK, NADIA, PAUL, SOFIA, Agent, hidden
from tests.desk.running import Desk
from tests.desk.test_staff_live import events, next_change
from tests.desk.test_staff_ticket import text_of

pytestmark = pytest.mark.slow

LOOKS = "{} regarde aussi cette demande"
WRITES = "{} écrit une réponse"


async def tell(agent: Agent, reference: str, **said: str) -> httpx.Response:
    """What the page says every twenty seconds, and when it closes."""
    key = hidden(await agent.page(), "csrf")
    return await agent.http.post(f"/staff/tickets/{reference}/presence", data={"csrf": key, **said})


async def present(agent: Agent, reference: str) -> str:
    """Who else is there."""
    return text_of(await agent.page(f"/staff/tickets/{reference}/presence"))


async def test_colleagues_see_each_other_look_and_write(desk: Desk) -> None:
    """In the answer to one's own news, in the part that refreshes itself and on the page; never oneself."""
    citizen, camille, nadia = await desk.open(), await desk.agent(), await desk.agent(NADIA)
    reference = await citizen.ticket()
    assert text_of((await tell(camille, reference, writing="0")).text) == ""
    assert text_of((await tell(nadia, reference, writing="1")).text) == LOOKS.format("Camille")
    assert await present(camille, reference) == WRITES.format("Nadia")
    assert WRITES.format("Nadia") in text_of(await camille.page(f"/staff/tickets/{reference}"))
    await tell(nadia, reference, writing="0")
    assert await present(camille, reference) == LOOKS.format("Nadia")
    await tell(nadia, reference, gone="1")
    assert await present(camille, reference) == ""


async def test_nobody_is_there_after_forty_five_seconds_without_news(desk: Desk, clock: FixedClock) -> None:
    """A browser that crashed says no goodbye; the page is told how long the others are still believed."""
    citizen, camille, nadia = await desk.open(), await desk.agent(), await desk.agent(NADIA)
    reference = await citizen.ticket()
    await tell(nadia, reference, writing="1")
    clock.move(seconds=30)
    shown = await camille.page(f"/staff/tickets/{reference}/presence")
    assert re.findall(r'data-again="(\d+)"', shown) == ["15"]
    await tell(nadia, reference, writing="1")
    clock.move(seconds=44)
    assert await present(camille, reference) == WRITES.format("Nadia")
    clock.move(seconds=1)
    assert await present(camille, reference) == ""


async def test_pages_closed_without_a_goodbye_are_forgotten(desk: Desk, clock: FixedClock) -> None:
    """The table holds who is there, not who has ever been."""
    agent = await desk.agent()
    for _ in range(3):
        citizen = await desk.open()
        await tell(agent, await citizen.ticket())
        clock.move(minutes=5)
    assert await desk.count("SELECT count(*) FROM presence") == 1


async def test_only_a_change_is_announced(desk: Desk, clock: FixedClock) -> None:
    """Coming, beginning to write, going and coming back; not each time a page says it is still there."""
    citizen, camille, nadia = await desk.open(), await desk.agent(), await desk.agent(NADIA)
    reference = await citizen.ticket()
    async with events(camille) as lines:
        assert await next_change(lines) == ""
        for said in ({}, {"writing": "0"}, {"writing": "1"}, {"writing": "1"}, {"gone": "1"}, {"gone": "1"}):
            await tell(nadia, reference, **said)
        clock.move(minutes=1)
        await tell(nadia, reference)
        clock.move(minutes=1)
        await tell(nadia, reference)
        await citizen.ask("Et des vertes ?")
        heard = []
        async for line in lines:
            if line == "event: changed":
                break
            if line == "event: presence":
                heard.append((await anext(lines)).removeprefix("data: "))
    assert heard == [citizen.id] * 5


async def test_an_agent_of_the_department_is_there_too_and_others_are_not(desk: Desk) -> None:
    """Within reach: seen and seeing. Out of reach: 404, and nothing is written."""
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="eclairage_public", details={"what": "lampadaire"})
    ]
    citizen, camille, malik = await desk.open(), await desk.agent(), await desk.agent(MALIK)
    reference = (await citizen.ask("Un lampadaire"))[-1]["ticket"]
    await tell(camille, reference)
    assert text_of((await tell(malik, reference, writing="1")).text) == LOOKS.format("Camille")
    assert await present(camille, reference) == WRITES.format("Malik")
    for email in (SOFIA, HUGO):
        assert (await tell(await desk.agent(email), reference)).status_code == 404
    paul = await desk.agent(PAUL)
    for reply in (
        await paul.http.get(f"/staff/tickets/{reference}/presence"),
        await paul.http.post(f"/staff/tickets/{reference}/presence", data={"writing": "1"}),
        await camille.http.post(f"/staff/tickets/{reference}/presence", data={"writing": "1"}),
    ):
        assert reply.status_code == 403
    assert await desk.count("SELECT count(*) FROM presence") == 2
