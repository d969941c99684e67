"""The queue: what waits, in the order in which it must be answered."""

import html
import re
from datetime import UTC, datetime, timedelta

from desk.assistant.acts import HandoffAct, SafetyAct
from desk.clock import FixedClock
from desk.conversations.inbound import open_conversation
from desk.tickets.deadline import Promise
from desk.tickets.opening import Request, open_or_join
from tests.desk.people import Agent
from tests.desk.running import Desk

REFERENCE = re.compile(r"BEF-\w{4}-\w{4}(?=</a>)")


async def listed(agent: Agent, path: str = "/staff/") -> list[str]:
    return REFERENCE.findall(await agent.page(path))


def lines(page: str) -> list[str]:
    """The queue's lines as plain text."""
    items = re.findall(r"<li class=.*?</li>", page, re.DOTALL)
    return [
        " ".join(html.unescape(re.sub(r"<[^>]+>", " ", item)).replace("\u00a0", " ").split())
        for item in items
    ]


async def test_urgent_first_then_by_promised_time(desk: Desk, clock: FixedClock) -> None:
    """Distress opened last comes before everything."""
    first = await (await desk.open()).ticket()
    clock.move(hours=1)
    second = await (await desk.open()).ticket()
    clock.move(hours=1)
    desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    urgent = (await (await desk.open()).ask("je n’en peux plus"))[-1]["ticket"]
    assert await listed(await desk.agent()) == [urgent, first, second]


async def test_a_line_tells_what_is_needed_to_choose(desk: Desk, clock: FixedClock) -> None:
    """The citizen's last words, the department, the promise, the time left or gone."""
    details = {"what": "lampadaire"}
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="eclairage_public", details=details)
    ]
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("Lampadaire cassé"))[-1]["ticket"]
    expected = "Voirie, stationnement et mobilités · réponse promise jeudi 26 novembre à 10 h"
    assert lines(await agent.page()) == [f"{reference} Reste 3 j Nouvelle Lampadaire cassé {expected}"]
    clock.move(hours=50)
    agent = await desk.agent()
    assert "Reste 22 h" in lines(await agent.page())[0]
    clock.move(hours=24)
    agent = await desk.agent()
    assert "En retard de 2 h" in lines(await agent.page())[0]
    await agent.do(reference, "take")
    assert "Suivie par Camille" in lines(await agent.page())[0]


async def test_an_empty_queue_says_so_and_the_count_agrees(desk: Desk) -> None:
    """In French, with its singular and plural."""
    agent = await desk.agent()
    assert "Aucune demande en attente." in await agent.page()
    await (await desk.open()).ticket()
    assert "1&nbsp;demande en attente." in await agent.page()
    await (await desk.open()).ticket()
    assert "2&nbsp;demandes en attente." in await agent.page()


async def test_a_resolved_ticket_moves_to_the_resolved_ones(desk: Desk) -> None:
    """Newest first there."""
    first, second = await (await desk.open()).ticket(), await (await desk.open()).ticket()
    agent = await desk.agent()
    for reference in (first, second):
        desk.clock.move(minutes=1)
        await agent.do(reference, "resolve")
    assert await listed(agent) == []
    assert await listed(agent, "/staff/resolved") == [second, first]


async def test_a_long_queue_comes_page_by_page_without_losing_a_ticket(desk: Desk, clock: FixedClock) -> None:
    """120 tickets, some urgent, many due at the same moment."""
    promise = Promise(desk.context.communes["demo"].settings)
    async with desk.context.database.write() as session:
        for number in range(120):
            conversation = await open_conversation(session, "demo", "web", clock.now())
            opened = clock.now() + timedelta(hours=number % 7)
            request = Request("asked", urgent=number % 50 == 0)
            await open_or_join(session, conversation, request, promise, opened)
    agent, found, path = await desk.agent(), [], "/staff/"
    while path:
        page = await agent.page(path)
        found += REFERENCE.findall(page)
        following = re.search(r'href="(/staff/\?apres=[^"]+)">Demandes suivantes', page)
        path = following[1] if following else ""
    assert len(found) == len(set(found)) == 120
    assert "Urgent" in lines(await agent.page())[2] and "Urgent" not in lines(await agent.page())[3]


async def test_a_made_up_place_in_the_list_shows_a_page(desk: Desk) -> None:
    """Never an error."""
    await (await desk.open()).ticket()
    agent = await desk.agent()
    for place in ("nonsense", "1_2", "x_y_z", "1_1e400_3", "0_nan_1", "0_1_" + "9" * 40):
        assert (await agent.http.get("/staff/", params={"apres": place})).status_code == 200


async def test_what_a_citizen_types_is_text_and_never_markup(desk: Desk) -> None:
    """In the queue, in the thread and in the details of a report."""
    evil = '<script>alert(1)</script><img src=x onerror="alert(1)">{{ 7*7 }}'
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", details={"what": evil, evil: "x"})
    ]
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask(evil))[-1]["ticket"]
    await agent.reply(reference, evil)
    for path in ("/staff/", f"/staff/tickets/{reference}", f"/staff/tickets/{reference}/thread"):
        page = await agent.page(path)
        assert "<script>alert" not in page and "<img" not in page
        assert (
            html.escape(evil, quote=False).partition('"')[0] in page
            and "49" not in page.partition("&lt;")[2][:200]
        )


async def test_moments_are_told_in_the_communes_own_time(desk: Desk, clock: FixedClock) -> None:
    """Across the change of the clocks, 72 hours stay 72 hours."""
    clock.set(datetime(2027, 3, 26, 11, 0, tzinfo=UTC))
    await (await desk.open()).ticket()
    assert "réponse promise lundi 29 mars à 13 h" in lines(await (await desk.agent()).page())[0]
