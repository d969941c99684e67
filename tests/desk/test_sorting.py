"""Sorting tickets: the right topic and department, two made one, one made two."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from desk.assistant.acts import HandoffAct, TicketStatusAct
from desk.clock import FixedClock
from desk.tickets.models import Ticket
from tests.desk.people import HUGO, MALIK, NADIA, SOFIA, Agent, Citizen
from tests.desk.running import Desk
from tests.desk.test_staff_ticket import text_of
from tests.desk.test_ticket_life import journal, member, opened, page_of, press, ticket

pytestmark = pytest.mark.slow

REFERENCE = re.compile(r"BEF-\w{4}-\w{4}")


async def another(desk: Desk, words: str = "Des tuiles vertes ?") -> tuple[Citizen, str]:
    """Somebody else's conversation, and its ticket."""
    citizen = await desk.open()
    return citizen, (await citizen.ask(words))[-1]["ticket"]


async def sort(agent: Agent, reference: str, **form: str) -> int:
    return await press(agent, reference, "sort", **form)


async def split(agent: Agent, reference: str, about: str = "Les tuiles vertes", **form: str) -> str:
    """Split, from the page opened last; the new ticket."""
    data = {"csrf": agent.seen["csrf"], "once": agent.seen["once"], "about": about, **form}
    reply = await agent.http.post(f"/staff/tickets/{reference}/split", data=data)
    assert reply.status_code == 303, text_of(reply.text)
    return REFERENCE.search(reply.headers["location"])[0]


async def test_the_topic_and_its_department_are_corrected_in_one_gesture(desk: Desk) -> None:
    """The topic's own department when none is chosen; then the department's agents see the ticket."""
    _, agent, reference = await opened(desk)
    malik = await desk.agent(MALIK)
    assert (await malik.http.get(f"/staff/tickets/{reference}")).status_code == 404
    for _ in range(2):
        assert await sort(agent, reference, topic="eclairage_public", service="") == 303
    page = await page_of(agent, reference)
    assert "Service Voirie, stationnement et mobilités" in page and "corrigé par Camille" in page
    assert (await malik.http.get(f"/staff/tickets/{reference}")).status_code == 200
    assert await journal(desk, reference) == ["ticket.sorted"]


async def test_another_department_than_the_topics_may_be_chosen(desk: Desk) -> None:
    """And none of both at all; what does not exist is refused."""
    _, agent, reference = await opened(desk)
    await sort(agent, reference, topic="eclairage_public", service="etat_civil")
    found = await ticket(desk, reference)
    assert (found.topic, found.service) == ("eclairage_public", "etat_civil")
    assert await sort(agent, reference, topic="licorne", service="") == 400
    assert await sort(agent, reference, topic="pacs", service="licornes") == 400
    seen = {"seen_topic": "eclairage_public", "seen_service": "etat_civil"}
    assert await sort(agent, reference, topic="", service="", **seen) == 303
    found = await ticket(desk, reference)
    assert (found.topic, found.service) == (None, None)


async def test_two_who_sort_at_once_are_told(desk: Desk) -> None:
    """The second filed it from an old page: she reads the first's choice before."""
    _, camille, reference = await opened(desk)
    nadia = await desk.agent(NADIA)
    await sort(camille, reference, topic="pacs", service="")
    assert await sort(nadia, reference, topic="piscine", service="") == 409
    assert (await ticket(desk, reference)).topic == "pacs"
    service = (await ticket(desk, reference)).service
    seen = {"seen_topic": "pacs", "seen_service": str(service)}
    assert await sort(nadia, reference, topic="piscine", service="", **seen) == 303


async def test_choosing_a_topic_proposes_its_department(desk: Desk) -> None:
    """The list that the page fetches names it first, chosen; nonsense is refused."""
    agent = await desk.agent()
    found = await agent.page("/staff/topics/service?champ=tri-service&topic=eclairage_public")
    assert "selected>Voirie, stationnement et mobilités (service du sujet)" in found
    assert "(service du sujet)" not in await agent.page("/staff/topics/service?champ=part-service&topic=x")
    assert (await agent.http.get("/staff/topics/service?champ=<b>&topic=pacs")).status_code == 400


async def test_two_tickets_of_one_address_are_made_one(desk: Desk, clock: FixedClock) -> None:
    """The other is closed and links here; the earlier promise, the address and the conversation are kept."""
    first, gone = await another(desk, "Des tuiles ? Mon mail : lea@courriel.example")
    clock.move(hours=5)
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("Mes tuiles, Léa, LEA@courriel.example, 06 39 98 12 34"))[-1]["ticket"]
    assert f"Réunir ici la demande {gone}" in await page_of(agent, reference)
    said = await citizen.messages()
    for _ in range(2):
        assert await press(agent, reference, "merge", other=gone) == 303
    kept, other = await ticket(desk, reference), await ticket(desk, gone)
    assert (other.state, other.merged_into, kept.due_at) == ("closed", kept.id, other.due_at)
    assert (kept.contact_email, kept.contact_phone) == ("LEA@courriel.example", "06 39 98 12 34")
    page, page_gone = await page_of(agent, reference), await page_of(agent, gone)
    assert f"Échanges de la demande réunie {gone}" in page and "Des tuiles ? Mon mail" in page
    assert f"réunie avec la demande {reference}" in page_gone and "Votre réponse" not in page_gone
    told = (await first.messages())[-1]
    assert f"**{gone}** est réunie avec votre demande **{reference}**" in told["text"]
    assert await citizen.messages() == said
    assert await journal(desk, reference) == ["ticket.merged"]
    assert await journal(desk, gone) == ["ticket.merged_away"]
    desk.assistant.script = lambda heard: [TicketStatusAct(act="ticket_status", reference=gone)]
    assert f"réunie avec votre demande **{reference}**" in (await first.ask("Alors ?"))[-1]["text"]


async def test_a_stranger_is_refused_unless_the_manager_is_sure(desk: Desk) -> None:
    """What was typed is kept on the page; the number is read however it is written."""
    _, agent, reference = await opened(desk)
    _, other = await another(desk)
    written = other.lower().replace("-", " ")
    refused = await agent.http.post(
        f"/staff/tickets/{reference}/merge", data={"csrf": agent.seen.get("csrf", ""), "other": written}
    )
    assert refused.status_code == 403  # no form key yet: the page was not opened
    await agent.open(reference)
    data = {"csrf": agent.seen["csrf"], "other": written}
    refused = await agent.http.post(f"/staff/tickets/{reference}/merge", data=data)
    assert refused.status_code == 409 and "cochez la case" in refused.text
    assert f'value="{written}"' in refused.text and (await ticket(desk, other)).state == "new"
    assert await press(agent, reference, "merge", other=written, sure="1") == 303
    assert (await ticket(desk, other)).merged_into == (await ticket(desk, reference)).id


async def test_what_cannot_be_merged_is_told_why(desk: Desk) -> None:
    """Itself, an unknown number, another town's, one closed, into one that is over."""
    _, agent, reference = await opened(desk)
    _, other = await another(desk)
    _, third = await another(desk)
    elsewhere = await (await desk.open("valbreuil")).ticket()
    await press(agent, reference, "merge", other=other, sure="1")

    async def refused(kept: str, given: str) -> tuple[int, str]:
        data = {"csrf": agent.seen["csrf"], "other": given, "sure": "1"}
        reply = await agent.http.post(f"/staff/tickets/{kept}/merge", data=data)
        return reply.status_code, text_of(reply.text)

    for given, status, why in (
        (reference, 409, "C’est le numéro de cette demande"), ("BEF-0000-0000", 400, "Aucune demande"),
        ("", 400, "Aucune demande"), (elsewhere, 400, "Aucune demande"), ("x" * 400, 400, "Aucune demande"),
    ):  # fmt: skip
        found = await refused(reference, given)
        assert found[0] == status and why in found[1], (given, found)
    status, said = await refused(third, other)
    assert status == 409 and f"La demande {other} est déjà close" in said
    status, said = await refused(other, third)
    assert status == 409 and "déjà résolue" in said


async def test_merging_keeps_the_earlier_promise_whichever_clock_stands_still(
    desk: Desk, clock: FixedClock
) -> None:
    """The kept one waits for its citizen: its clock still stands, with the rest of the shorter promise."""
    _, agent, reference = await opened(desk)
    clock.move(hours=10)
    await press(agent, reference, "wait")
    _, other = await another(desk)
    clock.move(hours=9)
    agent = await desk.agent()
    await press(agent, reference, "merge", other=other, sure="1")
    kept = await ticket(desk, reference)
    # 62 hours are left to the one, whose clock stands still; 63 to the other
    assert kept.state == "waiting" and kept.paused_at == clock.now()
    assert kept.due_at == clock.now() + timedelta(hours=62)
    clock.move(hours=2)
    await press(agent, reference, "resume")
    assert (await ticket(desk, reference)).due_at == clock.now() + timedelta(hours=62)
    clock.move(hours=7)
    _, late = await another(desk)
    await press(agent, late, "merge", other=reference, sure="1")
    assert (await ticket(desk, late)).due_at == clock.now() + timedelta(hours=55)


async def test_what_was_merged_before_comes_along(desk: Desk) -> None:
    """C into B, then B into A: all three are on A's page, and each links to A."""
    _, agent, a = await opened(desk)
    _, b = await another(desk, "Deuxième question")
    _, c = await another(desk, "Troisième question")
    await press(agent, b, "merge", other=c, sure="1")
    await press(agent, a, "merge", other=b, sure="1")
    page = await page_of(agent, a)
    assert "Deuxième question" in page and "Troisième question" in page
    for gone in (b, c):
        assert f"réunie avec la demande {a}" in await page_of(agent, gone)


async def test_two_managers_who_merge_both_ways_leave_one_open(desk: Desk) -> None:
    """At the same moment: nobody waits for the other, and one of both is refused."""
    _, camille, a = await opened(desk)
    _, b = await another(desk)
    nadia = await desk.agent(NADIA)
    await camille.open(a)
    await nadia.open(b)
    done = await asyncio.gather(
        press(camille, a, "merge", other=b, sure="1"), press(nadia, b, "merge", other=a, sure="1")
    )
    assert sorted(done) == [303, 409]
    assert await desk.count("SELECT count(*) FROM ticket WHERE shelf <> 'done'") == 1


async def test_a_colleague_who_answers_the_other_conversation_is_not_cut_off(desk: Desk) -> None:
    """Nadia holds it: the merge is refused with her name."""
    _, camille, reference = await opened(desk)
    _, other = await another(desk)
    nadia = await desk.agent(NADIA)
    await press(nadia, other, "take")
    await camille.open(reference)
    data = {"csrf": camille.seen["csrf"], "other": other, "sure": "1"}
    refused = await camille.http.post(f"/staff/tickets/{reference}/merge", data=data)
    assert refused.status_code == 409 and "Nadia répond déjà" in refused.text


async def test_a_second_request_gets_a_ticket_of_its_own(desk: Desk, clock: FixedClock) -> None:
    """Its topic, its department, its promise, its note; both link to each other; the citizen is told."""
    report = HandoffAct(act="handoff", reason="report", topic="eclairage_public")
    desk.assistant.script = lambda heard: [report]
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("Lampadaire, et un PACS. lea@courriel.example"))[-1]["ticket"]
    clock.move(hours=3)
    await agent.open(reference)
    both = await asyncio.gather(*(split(agent, reference, "Le PACS", topic="pacs") for _ in range(2)))
    beside = both[0]
    assert both == [beside, beside]
    found = await ticket(desk, beside)
    assert (found.topic, found.service, found.reason, found.joins) == ("pacs", "etat_civil", "split", False)
    assert found.contact_email == "lea@courriel.example"
    told = (await citizen.messages())[-1]
    assert f"**{beside}**" in told["text"] and "jeudi 26 novembre à 13\u00a0h" in told["text"]
    one, other = await page_of(agent, reference), await page_of(agent, beside)
    assert f"Demandes liées {beside}" in one and f"Demandes liées {reference}" in other
    assert "Le PACS" in other and "Note interne de Camille" in other and "Note interne de Camille" not in one
    assert "demande ouverte par Camille" in other
    assert f"seconde demande suivie à part par Camille : {beside}" in one
    assert (await (await desk.agent(SOFIA)).http.get(f"/staff/tickets/{beside}")).status_code == 200
    assert (await citizen.ask("Et sinon ?"))[-1]["ticket"] == reference


async def test_a_split_without_a_word_gives_the_form_back(desk: Desk) -> None:
    """With the topic that was chosen; the same when the words are too many."""
    _, agent, reference = await opened(desk)
    await agent.open(reference)
    for about, status in ((" ", 400), ("a" * 4001, 413)):
        data = {"csrf": agent.seen["csrf"], "about": about, "topic": "pacs"}
        refused = await agent.http.post(f"/staff/tickets/{reference}/split", data=data)
        assert refused.status_code == status and '<option value="pacs" selected>' in refused.text
        assert about.strip() in refused.text
    assert await desk.count("SELECT count(*) FROM ticket") == 1


async def test_tickets_of_one_conversation_are_made_one_again(desk: Desk) -> None:
    """The one set apart becomes the one that next words join; the citizen is not told of a second place."""
    citizen, agent, reference = await opened(desk)
    await agent.open(reference)
    beside = await split(agent, reference)
    assert f"Réunir ici la demande {reference}" in await page_of(agent, beside)
    said = len(await citizen.messages())
    assert await press(agent, beside, "merge", other=reference) == 303
    assert len(await citizen.messages()) == said
    assert (await citizen.ask("Encore moi"))[-1]["ticket"] == beside
    assert "Échanges de la demande réunie" not in await page_of(agent, beside)


async def test_open_questions_to_departments_end_with_the_ticket_that_is_merged(desk: Desk) -> None:
    """Nobody writes an answer for a ticket that is closed."""
    _, agent, reference = await opened(desk)
    _, other = await another(desk)
    assert await press(agent, other, "ask", to="voirie", question="Que répondre ?") == 303
    await press(agent, reference, "merge", other=other, sure="1")
    assert await desk.count("SELECT count(*) FROM consultation WHERE state = 'cancelled'") == 1


async def test_candidates_are_the_same_persons_open_tickets(desk: Desk) -> None:
    """Same telephone; not a stranger's, not another town's, not what is over."""
    agent = await desk.agent()
    _, mine = await another(desk, "Un trou. 06 39 98 12 34")
    _, same = await another(desk, "Un autre trou. +33 6 39 98 12 34")
    _, over = await another(desk, "Un vieux trou. 0639981234")
    await press(agent, over, "resolve")
    await another(desk, "Un arbre. 06 39 98 56 78")
    far = await desk.open("valbreuil")
    await far.ask("Un trou. 06 39 98 12 34")
    offered = re.findall(r"Réunir ici la demande (BEF-\w{4}-\w{4})", await page_of(agent, mine))
    assert offered == [same]


async def test_sorting_is_for_managers(desk: Desk) -> None:
    """An agent of the department is refused; another town's manager finds nothing."""
    _, agent, reference = await opened(desk)
    await sort(agent, reference, topic="eclairage_public", service="")
    malik, hugo = await desk.agent(MALIK), await desk.agent(HUGO)
    await malik.open(reference)
    hugo.seen = {"csrf": re.search(r'name="csrf" value="([^"]+)"', await hugo.page())[1]}
    for verb in ("sort", "merge", "split", "assign", "urgent"):
        assert await press(malik, reference, verb, other=reference, to=await member(desk, NADIA)) == 403
        assert await press(hugo, reference, verb, other=reference, about="x", to="1") == 404
    async with desk.context.database.read() as session:
        assert (await session.scalars(select(Ticket.version))).all() == [2]
