"""The figures: how many, how fast, over a period; without a name, a word or a reference."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from desk.assistant.acts import AnswerAct, HandoffAct
from desk.assistant.port import Heard
from desk.clock import FixedClock
from desk.conversations.models import Delivery, Message
from desk.staff.figures.sql import first_since
from tests.desk.filled import many, ticket
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, PAUL, Agent, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

FEW, KEPT = "moins de 5", "non communiqué"
ROADS = "Voirie, stationnement et mobilités"

type Rows = dict[str, list[str]]


def words(cell: str) -> str:
    """What a reader sees of a cell."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split())


def table_of(page: str, code: str) -> Rows:
    """A table of the page: the cells of each row by the row's name; nothing when it has no row."""
    section = re.search(rf'<h2 id="{code}">.*?</section>', page, re.S)
    assert section, f"no table {code}"
    found = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', section[0], re.S)
    return {words(name): [words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.S)]
            for name, cells in found}  # fmt: skip


async def table(agent: Agent, code: str, days: int = 30) -> Rows:
    """A table of the page as it is now."""
    return table_of(await agent.page(f"/staff/figures?jours={days}"), code)


async def exported(agent: Agent, days: str = "30") -> str:
    """The spreadsheet that the page's button gives."""
    key = hidden(await agent.page("/staff/figures"), "csrf")
    reply = await agent.http.post("/staff/figures/export", data={"csrf": key, "jours": days})
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/csv")
    return reply.text


async def test_the_page_counts_what_was_asked_answered_and_handed_over(desk: Desk) -> None:
    """Three messages in two conversations: two answered, one handed over with a ticket."""

    def script(heard: Heard) -> list:
        if "pacs" in heard.text:
            return [AnswerAct(act="answer", topic="pacs")]
        return [HandoffAct(act="handoff", reason="not_understood")]

    desk.assistant.script = script
    first, second, agent = await desk.open(), await desk.open(), await desk.agent()
    for text in ("Le pacs ?", "Encore le pacs"):
        await first.ask(text)
    await second.ask("Où acheter des tuiles bleues ?")
    page = await agent.page("/staff/figures")
    found = table_of(page, "summary")
    assert found["Conversations"] == ["2", ""] and found["Messages des habitants"] == ["3", ""]
    assert found["Messages auxquels l’assistant a répondu"] == ["2", "67 %"]
    assert found["Messages transmis à un agent"] == ["1", "33 %"]
    assert found["Demandes ouvertes"] == ["1", ""] and found["Demandes résolues"] == ["0", ""]
    ((channel, counts),) = table_of(page, "channels").items()
    assert channel and counts == ["3", "2"]


async def test_a_period_without_anything_says_so(desk: Desk) -> None:
    """No table is empty without a word, no division by nothing."""
    agent = await desk.agent()
    page = await agent.page("/staff/figures")
    assert table_of(page, "topics") == {} and "Rien sur cette période." in page
    assert table_of(page, "summary")["Demandes répondues dans le délai promis"] == ["0", ""]
    assert table_of(page, "delays")["Résolution"] == ["", ""]


async def test_each_period_holds_its_days_and_no_more(desk: Desk, clock: FixedClock) -> None:
    """Tickets of today, eight days, forty days and a hundred days ago."""
    for count, days in ((1, 60), (2, 32), (3, 8), (4, 0)):
        await many(desk, count)
        clock.move(days=days)
    agent = await desk.agent()
    found = [(await table(agent, "summary", days))["Demandes ouvertes"][0] for days in (7, 30, 90, 365)]
    assert found == ["4", "7", "9", "10"]


@pytest.mark.parametrize("asked", ["", "8", "-7", "7.0", "tout", "9" * 40])
async def test_a_period_that_is_not_offered_is_thirty_days(desk: Desk, asked: str) -> None:
    """Whatever is written in the address."""
    page = await (await desk.agent()).page(f"/staff/figures?jours={asked}")
    assert "Chiffres des 30 derniers jours" in page


async def test_the_period_that_is_shown_is_marked(desk: Desk) -> None:
    """For those who listen to the page, as for the style sheet."""
    page = await (await desk.agent()).page("/staff/figures?jours=90")
    assert re.findall(r'jours=(\d+)" aria-current="page"', page) == ["90"]
    assert "&#34;" not in page


async def test_delays_are_real_hours_by_nearest_rank(desk: Desk, clock: FixedClock) -> None:
    """Ten tickets answered after one to ten hours, three resolved after minutes, hours and days."""
    opened = clock.now()
    for hours in range(10, 0, -1):  # the order in the table is not the order of the delays
        await ticket(desk, replied_at=opened + timedelta(hours=hours))
    for delay in (timedelta(minutes=45), timedelta(hours=26), timedelta(hours=84)):
        await ticket(desk, state="resolved", resolved_at=opened + delay)
    clock.move(days=5)
    agent = await desk.agent()
    found = await table(agent, "delays")
    assert found["Première réponse d’un agent"] == ["5 h", "9 h"]
    assert found["Résolution"] == ["26 h", "3,5 j"]


async def test_a_single_delay_is_the_median_and_the_ninth(desk: Desk, clock: FixedClock) -> None:
    """Across the night the clocks change, from half past two to half past four: three real hours."""
    clock.set(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    await ticket(desk, replied_at=clock.now() + timedelta(hours=3))
    clock.move(days=1)
    assert (await table(await desk.agent(), "delays"))["Première réponse d’un agent"] == ["3 h"] * 2


async def test_the_promise_is_judged_once_it_is_known(desk: Desk, clock: FixedClock) -> None:
    """In time, late, resolved without a reply, never answered; those still within their time do not count."""
    now = clock.now()
    soon, past = now + timedelta(hours=72), now + timedelta(hours=1)
    await ticket(desk, service="voirie", due_at=soon, replied_at=now + timedelta(hours=2))
    await ticket(desk, service="voirie", due_at=past, replied_at=now + timedelta(hours=2))
    await ticket(desk, service="voirie", due_at=soon, state="resolved")
    await ticket(desk, service="voirie", due_at=past)
    await ticket(desk, service="voirie", due_at=now + timedelta(hours=90))
    clock.move(hours=3)
    agent = await desk.agent()
    page = await agent.page("/staff/figures")
    assert table_of(page, "summary")["Demandes répondues dans le délai promis"] == ["2", "50 %"]
    assert table_of(page, "departments") == {ROADS: ["5", "50 %"]}


async def test_a_ticket_that_waits_for_its_citizen_is_not_late(desk: Desk, clock: FixedClock) -> None:
    """Its clock stands still while ``paused_at`` is set."""
    now = clock.now()
    await ticket(desk, state="waiting", paused_at=now, due_at=now + timedelta(hours=1))
    clock.move(hours=3)
    found = await table(await desk.agent(), "summary")
    assert found["Demandes répondues dans le délai promis"] == ["0", ""]


async def test_merged_tickets_are_not_counted_twice(desk: Desk) -> None:
    """What was merged into another is neither resolved nor a delay, and of no department."""
    await ticket(desk, service="voirie")
    await ticket(desk, service="voirie", state="closed", merged_into=1)
    page = await (await desk.agent()).page("/staff/figures")
    assert table_of(page, "departments")[ROADS][0] == "1"
    assert table_of(page, "summary")["Demandes résolues"][0] == "0"
    assert table_of(page, "delays")["Résolution"] == ["", ""]


async def resolved_for(desk: Desk, agent: Agent, said: str) -> None:
    """A ticket resolved by staff, and the button that its citizen pressed under it."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    agent.seen = {}
    await agent.do(reference, "resolve")
    buttons = (await citizen.until(lambda found: bool(found[-1]["buttons"])))[-1]["buttons"]
    payload = next(button["payload"] for button in buttons if button["title"].endswith(said))
    await citizen.ask(said, payload=payload)


async def test_satisfied_citizens_are_counted_among_those_who_said(desk: Desk) -> None:
    """Those who did not press a button are in neither number."""
    agent = await desk.agent()
    for _ in range(2):
        await resolved_for(desk, agent, "Oui")
    await ticket(desk, state="resolved")
    found = await table(agent, "summary")
    assert found["Demandes résolues"][0] == "3"
    assert found["Personnes satisfaites, parmi celles qui l’ont dit"] == ["2", "100 %"]


async def test_those_who_say_no_count_too(desk: Desk) -> None:
    """One satisfied, one not: half."""
    agent = await desk.agent()
    for said in ("Oui", "Non"):
        await resolved_for(desk, agent, said)
    found = await table(agent, "summary")
    assert found["Personnes satisfaites, parmi celles qui l’ont dit"] == ["1", "50 %"]


async def test_the_twenty_topics_most_asked_about_are_shown(desk: Desk) -> None:
    """The most asked first; a topic's questions are its answers and its tickets."""
    await many(desk, 3, topic="pacs")
    await many(desk, 5, topic="signalement_voirie")
    for number in range(19):
        await many(desk, 1, topic=f"autre_{number:02}")
    await many(desk, 40)  # without a topic: in no row
    found = await table(await desk.agent(), "topics")
    assert len(found) == 20
    assert [cells[1] for cells in found.values()] == ["5", "3"] + ["1"] * 18
    assert "autre_17" in found and "autre_18" not in found


async def test_elected_officials_do_not_see_small_numbers(desk: Desk) -> None:
    """A department or a topic with fewer than five cases; managers and admins see them."""
    await many(desk, 6, service="voirie", topic="signalement_voirie")
    await many(desk, 4, service="etat_civil", topic="pacs")
    await many(desk, 8, service="mairie")
    elected = await (await desk.agent(PAUL)).page("/staff/figures")
    assert sorted(cells[0] for cells in table_of(elected, "departments").values()) == ["8", FEW, KEPT]
    assert sorted(cells[1] for cells in table_of(elected, "topics").values()) == ["6", FEW]
    for email in (CAMILLE, INES):
        page = await (await desk.agent(email)).page("/staff/figures")
        assert FEW not in page
        assert sorted(cells[0] for cells in table_of(page, "departments").values()) == ["4", "6", "8"]


async def test_shares_and_delays_of_few_cases_are_not_given_to_elected_officials(
    desk: Desk, clock: FixedClock
) -> None:
    """Four replies: no median, no share; a manager has both."""
    for _ in range(4):
        await ticket(desk, service="etat_civil", replied_at=clock.now() + timedelta(hours=2))
    clock.move(hours=3)
    elected = await (await desk.agent(PAUL)).page("/staff/figures")
    assert list(table_of(elected, "departments").values()) == [[FEW, ""]]
    assert table_of(elected, "delays")["Première réponse d’un agent"] == ["", ""]
    manager = await (await desk.agent()).page("/staff/figures")
    assert list(table_of(manager, "departments").values()) == [["4", "100 %"]]
    assert table_of(manager, "delays")["Première réponse d’un agent"] == ["2 h", "2 h"]


async def test_what_waits_now_and_what_was_useful_is_counted(desk: Desk, clock: FixedClock) -> None:
    """Open and late at this moment, whatever the period; answers judged by their citizens."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="pacs")]
    citizen = await desk.open()
    for text, useful in (
        ("Le pacs ?", True),
        ("Encore le pacs", True),
        ("Et le pacs", False),
        ("Pacs", None),
    ):
        answer = (await citizen.ask(text))[-1]
        if useful is not None:
            await citizen.desk.http.post(f"{citizen.path}/messages/{answer['seq']}/feedback",
                                         json={"useful": useful}, headers=citizen.headers)  # fmt: skip
    await many(desk, 2)
    clock.move(hours=73)
    await many(desk, 1)
    found = await table(await desk.agent(), "summary")
    assert found["Demandes encore ouvertes aujourd’hui"] == ["3", ""]
    assert found["Dont en retard aujourd’hui"] == ["2", ""]
    assert found["Réponses jugées utiles, parmi celles qui l’ont été"] == ["2", "67 %"]


async def test_a_total_under_five_does_not_tell_a_single_department(desk: Desk) -> None:
    """Neither opened, nor open now; a manager reads it."""
    await many(desk, 3, service="etat_civil")
    elected = table_of(await (await desk.agent(PAUL)).page("/staff/figures"), "summary")
    assert elected["Demandes ouvertes"] == elected["Demandes encore ouvertes aujourd’hui"] == [FEW, ""]
    assert (await table(await desk.agent(), "summary"))["Demandes ouvertes"] == ["3", ""]


async def test_a_hidden_number_is_not_found_by_subtracting(desk: Desk) -> None:
    """Ten opened, six of them for one department: that one is kept too, or the total would tell the other."""
    await many(desk, 6, service="voirie")
    await many(desk, 4, service="etat_civil")
    paul = await desk.agent(PAUL)
    shown = await table(paul, "departments")
    assert sorted(cells[0] for cells in shown.values()) == [FEW, KEPT]
    assert all(cells[1] == "" for cells in shown.values())
    await many(desk, 1, service="mairie")  # two hidden ones: their sum says nothing of either
    shown = await table(paul, "departments")
    assert sorted(cells[0] for cells in shown.values()) == ["6", FEW, FEW]


async def test_a_hidden_number_is_not_read_in_the_length_of_a_bar(desk: Desk) -> None:
    """Eight answers and two tickets: the bar would say ten of twenty."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="pacs")]
    citizen = await desk.open()
    for _ in range(8):
        await citizen.ask("Le pacs ?")
    await many(desk, 2, topic="pacs")
    await many(desk, 20, topic="signalement_voirie")
    page = await (await desk.agent(PAUL)).page("/staff/figures")
    section = page.partition('<h2 id="topics">')[2].partition("</section>")[0]
    row = next(row for row in section.split("<tr>") if FEW in row)
    assert [words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)][:2] == ["8", FEW]
    assert "<meter" not in row


async def test_hours_are_those_of_the_town(desk: Desk, clock: FixedClock) -> None:
    """Nine o'clock in Greenwich is ten in Paris in winter and eleven in summer."""
    await many(desk, 2, text="Bonjour")
    assert await table(await desk.agent(), "hours") == {"10 h": ["2", ""]}
    clock.move(days=200)
    await many(desk, 3, text="Bonjour")
    assert await table(await desk.agent(), "hours", 7) == {"11 h": ["3", ""]}


async def test_another_towns_figures_are_not_ours(desk: Desk) -> None:
    """Its manager sees its own ticket, ours see nothing of it."""
    await ticket(desk, commune="valbreuil", topic="pacs", service="voirie")
    ours, theirs = await desk.agent(), await desk.agent(HUGO)
    page = await ours.page("/staff/figures")
    assert table_of(page, "summary")["Demandes ouvertes"][0] == "0"
    assert table_of(page, "topics") == {} and table_of(page, "departments") == {}
    assert (await table(theirs, "summary"))["Demandes ouvertes"][0] == "1"


async def test_no_name_no_word_and_no_reference_is_shown(desk: Desk) -> None:
    """Neither on the page nor in the spreadsheet."""
    citizen = await desk.open()
    replied = await citizen.ask("Mon voisin Gaspard fait du bruit, lea@courriel.example")
    agent = await desk.agent()
    await agent.reply(replied[-1]["ticket"], "Nous allons voir avec Gaspard.")
    elected = await desk.agent(PAUL)
    shown = await elected.page("/staff/figures") + await exported(elected)
    for secret in ("Gaspard", "lea@", replied[-1]["ticket"], "BEF-", "Camille"):
        assert secret not in shown


async def test_an_elected_official_lands_on_the_figures(desk: Desk) -> None:
    """And has no link to the tickets."""
    browser = await desk.browser()
    reply = await browser.log_in(PAUL)
    assert (reply.status_code, reply.headers["location"]) == (303, "/staff/figures")
    page = await browser.page("/staff/figures")
    assert 'href="/staff/"' not in page and "/staff/tickets/" not in page


async def test_agents_and_strangers_do_not_see_them(desk: Desk) -> None:
    """A department's agent is refused, somebody unknown logs in first."""
    agent, stranger = await desk.agent(MALIK), await desk.browser()
    assert (await agent.http.get("/staff/figures")).status_code == 403
    key = hidden(await agent.page("/staff/account"), "csrf")
    refused = await agent.http.post("/staff/figures/export", data={"csrf": key})
    assert refused.status_code == 403
    reply = await stranger.http.get("/staff/figures")
    assert reply.status_code == 303 and reply.headers["location"].startswith("/staff/login")


async def test_the_spreadsheet_holds_the_tables_of_the_page(desk: Desk) -> None:
    """A mark of UTF-8, semicolons, the page's own rows; what is hidden stays hidden."""
    await many(desk, 6, service="voirie", topic="signalement_voirie")
    await many(desk, 4, service="etat_civil", topic="pacs")
    for email, small in ((CAMILLE, "4"), (PAUL, FEW)):
        agent = await desk.agent(email)
        text = await exported(agent)
        assert text.startswith("\ufeff")
        lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
        for code in ("summary", "departments", "channels"):
            for name, cells in (await table(agent, code)).items():
                assert [name, *cells] in [[" ".join(cell.split()) for cell in line] for line in lines]
        assert [line[1] for line in lines if len(line) == 3 and line[0].startswith("État civil")] == [small]


async def test_exporting_is_written_in_the_journal_and_needs_the_forms_key(desk: Desk) -> None:
    """Once, with its period; without the key nothing is given nor written."""
    agent = await desk.agent()
    written = "SELECT count(*) FROM journal WHERE action = 'figures.export'"
    reply = await agent.http.post("/staff/figures/export", data={"jours": "7"})
    assert reply.status_code == 403 and await desk.count(written) == 0
    await exported(agent, "7")
    assert await desk.count(written) == 1


async def test_tables_are_named_and_scroll_by_themselves(desk: Desk) -> None:
    """Each in a region that the keyboard reaches, with headers for its rows and columns."""
    await many(desk, 1, text="Bonjour", service="voirie", topic="pacs")
    page = await (await desk.agent()).page("/staff/figures")
    assert page.count("<table") == page.count('class="scroll" role="region"') == 6
    assert page.count('tabindex="0"') == 6 and "style=" not in page
    for named in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert f'id="{named}"' in page
    assert re.findall(r"<(h\d)", page)[0] == "h1"


async def test_a_period_is_found_in_a_growing_table_whatever_its_holes(desk: Desk, clock: FixedClock) -> None:
    """Through the primary key: everything since a moment, nothing older, for moments before, in and after."""
    citizen, start = await desk.open(), clock.now()
    for _ in range(5):
        await citizen.ask("une question")
        clock.move(days=1)
    async with desk.context.database.write() as session:
        gone = select(Message.id).where(Message.seq == 6)
        await session.execute(delete(Delivery).where(Delivery.message_id.in_(gone)))
        await session.execute(delete(Message).where(Message.seq == 6))
    async with desk.context.database.read() as session:
        rows = (await session.execute(select(Message.id, Message.created_at))).tuples().all()
        for hours in (-100, 0, 1, 24, 25, 48, 60, 96, 97, 500):
            since = start + timedelta(hours=hours)
            first = await first_since(session, Message.id, Message.created_at, since)
            assert {number for number, _ in rows if number >= first} == {n for n, at in rows if at >= since}
