"""The figures: what is counted, over which days, and what elected officials do not see."""

import csv
import html
import io
import re
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import update

from desk.assistant.acts import AnswerAct, HandoffAct
from desk.clock import FixedClock
from desk.conversations.models import Message
from desk.staff.figures.sql import first_since
from desk.tickets.models import Ticket
from tests.desk.people import CAMILLE, HUGO, PAUL, Agent, Citizen, hidden
from tests.desk.running import Desk

CARD = AnswerAct(act="answer", topic="carte_identite")
ROADS = HandoffAct(act="handoff", reason="report", topic="eclairage_public")


async def answered(desk: Desk, topic: str = "carte_identite", citizen: Citizen | None = None) -> Citizen:
    """A citizen whom the assistant answered."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic=topic)]
    citizen = citizen or await desk.open()
    await citizen.ask("une question")
    return citizen


async def ticket(desk: Desk, **columns: object) -> str:
    """A ticket of a new citizen, with these columns."""
    desk.assistant.script = lambda heard: [ROADS]
    reference = (await (await desk.open()).ask("un lampadaire"))[-1]["ticket"]
    if columns:
        async with desk.context.database.write() as session:
            await session.execute(update(Ticket).where(Ticket.reference == reference).values(**columns))
    return reference


def row(page: str, name: str) -> list[str]:
    """The cells of the row with this name."""
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.S)
    (cells,) = [cells for title, cells in rows if html.unescape(title) == name]
    return [html.unescape(re.sub("<[^>]+>", "", cell)).strip().replace("\u00a0", " ")
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.S)]  # fmt: skip


async def export(agent: Agent, days: int = 30) -> httpx.Response:
    csrf = hidden(await agent.page("/staff/figures"), "csrf")
    return await agent.http.post("/staff/figures/export", data={"csrf": csrf, "jours": str(days)})


async def test_an_empty_town_has_a_page_too(desk: Desk) -> None:
    """Nothing divided by nothing."""
    page = await (await desk.agent(HUGO)).page("/staff/figures")
    assert row(page, "Conversations") == ["0", ""]
    assert row(page, "Demandes répondues dans le délai promis") == ["0", ""]
    assert row(page, "Résolution") == ["", ""]
    assert page.count("Rien sur cette période.") == 4


async def test_messages_are_counted_by_what_they_got(desk: Desk) -> None:
    """Answered, or handed over; by channel, by hour of the town; another town's are not there."""
    citizen = await answered(desk)
    await answered(desk, citizen=citizen)
    await ticket(desk)
    await (await desk.open("valbreuil")).say("ailleurs")
    page = await (await desk.agent()).page("/staff/figures")
    assert row(page, "Conversations") == ["2", ""]
    assert row(page, "Messages des habitants") == ["3", ""]
    assert row(page, "Messages auxquels l’assistant a répondu") == ["2", "67 %"]
    assert row(page, "Messages transmis à un agent") == ["1", "33 %"]
    assert row(page, "Site de la ville") == ["3", "2"]
    assert row(page, "10 h")[0] == "3"
    assert row(page, "Demandes ouvertes") == ["1", ""]
    assert row(page, "Voirie, stationnement et mobilités") == ["1", ""]
    assert row(page, "Première carte nationale d'identité ou renouvellement : pièces, coût, durée de validité, "
                     "délai légal.")[:2] == ["2", "0"]  # fmt: skip


async def test_the_promise_and_the_delays_are_those_of_the_clock(desk: Desk, clock: FixedClock) -> None:
    """Median and ninth tenth by nearest rank; a ticket whose time is not over does not count yet."""
    start = clock.now()
    for hours in range(1, 11):
        await ticket(desk, replied_at=start + timedelta(hours=hours), state="in_progress")
    for hours, happy in ((1, True), (100, False), (200, None)):
        done = start + timedelta(hours=hours)
        await ticket(desk, replied_at=done, resolved_at=done, state="resolved", shelf="done", satisfied=happy)
    await ticket(desk)
    clock.set(start + timedelta(days=10))
    await ticket(desk)  # its time is not over
    page = await (await desk.agent()).page("/staff/figures")
    assert row(page, "Demandes ouvertes")[0] == "15"
    assert row(page, "Demandes résolues") == ["3", ""]
    assert row(page, "Demandes répondues dans le délai promis") == ["11", "79 %"]  # of 14
    assert row(page, "Première réponse d’un agent") == ["6 h", "4,2 j"]
    assert row(page, "Résolution") == ["4,2 j", "8,3 j"]
    assert row(page, "Personnes satisfaites, parmi celles qui l’ont dit") == ["1", "50 %"]


async def test_the_period_is_chosen(desk: Desk, clock: FixedClock) -> None:
    """A ticket resolved lately counts as resolved, though it was opened before; nonsense is thirty days."""
    reference = await ticket(desk)
    await answered(desk)
    clock.move(days=8)
    camille = await desk.agent()
    await camille.do(reference, "resolve")
    for days, opened in (("7", "0"), ("30", "1"), ("90", "1"), ("365", "1"), ("8", "1"), ("x", "1")):
        page = await camille.page(f"/staff/figures?jours={days}")
        assert row(page, "Demandes ouvertes")[0] == opened
        assert row(page, "Demandes résolues")[0] == "1"
        assert ("Chiffres des 30 derniers jours" in page) is (days in {"30", "8", "x"})


async def test_elected_officials_see_no_number_that_points_at_somebody(desk: Desk) -> None:
    """Fewer than five on a topic or for a department: « moins de 5 », without a share; managers see it."""
    for _ in range(5):
        await answered(desk)
    await answered(desk, "acte_deces")
    await ticket(desk)
    paul, camille = await desk.agent(PAUL), await desk.agent(CAMILLE)
    seen, full = await paul.page("/staff/figures"), await camille.page("/staff/figures")
    death, roads = "Obtenir une copie d'acte de décès.", "Voirie, stationnement et mobilités"
    assert row(seen, death)[:2] == ["moins de 5", "0"] and row(full, death)[:2] == ["1", "0"]
    assert row(seen, roads) == ["moins de 5", ""] and row(full, roads)[0] == "1"
    assert row(seen, "Première carte nationale d'identité ou renouvellement : pièces, coût, durée de validité, "
                     "délai légal.")[0] == "5"  # fmt: skip
    for who in (paul, camille):
        exported = (await export(who)).text
        assert ("moins de 5" in exported) is (who is paul)


@pytest.mark.parametrize("email", [CAMILLE, PAUL])
async def test_no_name_no_word_no_reference(desk: Desk, email: str) -> None:
    """On the page and in the spreadsheet."""
    desk.assistant.script = lambda heard: [ROADS]
    citizen = await desk.open()
    reference = (await citizen.ask("Je suis Mme Hortensia, rue des Arts"))[-1]["ticket"]
    camille = await desk.agent()
    await camille.reply(reference, "Bonjour Hortensia")
    agent = await desk.agent(email)
    main = (await agent.page("/staff/figures")).partition("<main")[2]
    for text in (main, (await export(agent)).text):
        assert "Hortensia" not in text and "BEF-" not in text and "Camille" not in text


async def test_the_spreadsheet_says_what_the_page_says_and_is_written_down(desk: Desk) -> None:
    """One table under the other, for the days that were chosen."""
    await answered(desk)
    paul = await desk.agent(PAUL)
    done = await export(paul, 90)
    assert "beffroi-chiffres-90-jours.csv" in done.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(done.text.removeprefix("\ufeff")), delimiter=";"))
    assert ["En résumé"] in lines and ["Ce qui est compté", "Nombre", "Part"] in lines
    assert ["Conversations", "1", ""] in lines
    written = f"SELECT count(*) FROM journal WHERE action = 'figures.export' AND who = '{PAUL}'"
    assert await desk.count(written) == 1


async def test_a_period_begins_at_its_first_row_whatever_the_holes(desk: Desk, clock: FixedClock) -> None:
    """Found through the primary key: for every moment, the first message that is not older."""
    citizen, moments = await desk.open(), []
    for _ in range(5):
        await answered(desk, citizen=citizen)
        moments.append(clock.now())
        clock.move(days=1)
    async with desk.context.database.read() as session:
        from sqlalchemy import select

        rows = (await session.execute(select(Message.id, Message.created_at))).tuples().all()

        def expected(since: datetime) -> int:
            return min((number for number, at in rows if at >= since), default=max(rows)[0] + 1)

        for moment in (
            *moments,
            moments[0] - timedelta(days=9),
            clock.now(),
            moments[2] + timedelta(hours=1),
        ):
            found = await first_since(session, Message.id, Message.created_at, moment)
            assert not [number for number, at in rows if at >= moment and number < found]
            assert not [number for number, at in rows if at < moment and number >= found]
            assert found <= expected(moment)
