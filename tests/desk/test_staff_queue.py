"""The queue: what waits, in the order in which it must be answered."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from desk.assistant.acts import HandoffAct, SafetyAct
from desk.clock import FixedClock
from desk.staff.models import Staff
from desk.staff.queue.address import Filters
from desk.staff.queue.listing import counts_query, page_query
from desk.staff.queue.streams import Onlooker, streams_of
from desk.staff.queue.views import views_for
from desk.tickets.access import Reach
from tests.desk.filled import many, ticket
from tests.desk.people import CAMILLE, INES, MALIK, SOFIA, Agent, hidden
from tests.desk.running import Desk

REFERENCE = re.compile(r"BEF-\w{4}-\w{4}(?=</a>)")
LINK = re.compile(r'<a id="vue-(\w+)"[^>]*>([^<]+)<span class="number">(\d+\+?)</span>')
FOLLOWING = re.compile(r'href="([^"]+)">Demandes suivantes')


async def listed(agent: Agent, path: str = "/staff/") -> list[str]:
    return REFERENCE.findall(await agent.page(path))


def counts(page: str) -> dict[str, str]:
    """What the link of each view says."""
    return {code: number for code, _, number in LINK.findall(page)}


async def staff_id(desk: Desk, email: str) -> int:
    async with desk.context.database.read() as session:
        return await session.scalar(select(Staff.id).where(Staff.email == email))


async def walk(agent: Agent, path: str) -> list[list[str]]:
    """The references of a view, page after page."""
    pages = []
    while path:
        page = await agent.page(path)
        pages.append(REFERENCE.findall(page))
        following = FOLLOWING.search(page)
        path = html.unescape(following[1]) if following else ""
    return pages


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
    expected = (
        "Voirie, stationnement et mobilités · Site de la ville · réponse promise jeudi 26 novembre à 10 h "
        "Lampadaire en panne, rue non éclairée, horaires d'extinction."
    )
    assert lines(await agent.page()) == [f"{reference} Nouvelle Reste 3 j Lampadaire cassé {expected}"]
    clock.move(hours=50)
    agent = await desk.agent()
    assert "Reste 22 h" in lines(await agent.page())[0]
    clock.move(hours=24)
    agent = await desk.agent()
    assert "En retard de 2 h" in lines(await agent.page())[0]
    await agent.do(reference, "take")
    assert "En cours En retard de 2 h Suivie par vous" in lines(await agent.page())[0]
    assert "Suivie par Camille" in lines(await (await desk.agent(INES)).page())[0]


async def test_an_empty_view_says_so_in_words(desk: Desk) -> None:
    """Each of them, for a manager and for an agent."""
    for email, home in (
        (CAMILLE, "Aucune demande à traiter."),
        (MALIK, "Aucune demande pour votre service."),
    ):
        agent = await desk.agent(email)
        page = await agent.page()
        assert home in page and set(counts(page).values()) == {"0"}
        for code in counts(page):
            assert "Aucune" in await agent.page(f"/staff/?vue={code}") or code == "moi"
    assert "Vous ne suivez aucune demande." in await agent.page("/staff/?vue=moi")
    assert "Des filtres sont posés." in await agent.page("/staff/?canal=messenger")


async def test_each_view_holds_what_it_says_and_counts_it(desk: Desk, clock: FixedClock) -> None:
    """The same tickets seen eight ways; the promise of what waits for the person stands still."""
    camille, ines = await staff_id(desk, CAMILLE), await staff_id(desk, INES)
    now = clock.now()
    late = await ticket(desk, due_at=now - timedelta(microseconds=1), state="in_progress", staff_id=camille)
    later = await ticket(desk, due_at=now - timedelta(hours=30), rank=1)
    soon = await ticket(desk, due_at=now, state="in_progress", staff_id=ines)
    soon_too = await ticket(desk, due_at=now + timedelta(hours=24) - timedelta(microseconds=1), rank=0)
    fine = await ticket(desk, due_at=now + timedelta(hours=24), state="proposed", staff_id=camille)
    paused = await ticket(desk, due_at=now - timedelta(hours=1), state="waiting", staff_id=camille)
    done = await ticket(desk, due_at=now - timedelta(hours=1), state="resolved", staff_id=camille)
    closed = await ticket(desk, state="closed", resolved_at=now - timedelta(days=1))
    await ticket(desk, commune="valbreuil", due_at=now - timedelta(hours=1))
    expected = {
        "traiter": [soon_too, later, late, soon, fine], "moi": [late, fine], "retard": [later, late],
        "bientot": [soon, soon_too], "attente": [paused], "proposees": [fine], "resolues": [done, closed],
    }  # fmt: skip
    agent = await desk.agent()
    assert {view: await listed(agent, f"/staff/?vue={view}") for view in expected} == expected
    assert counts(await agent.page()) == {view: str(len(found)) for view, found in expected.items()}
    assert "En attente de la personne En pause" in lines(await agent.page("/staff/?vue=attente"))[0]
    assert "résolue lundi 23 novembre à 10 h" in lines(await agent.page("/staff/?vue=resolues"))[0]
    assert 'aria-current="page">En retard' in await agent.page("/staff/?vue=retard")


async def test_a_resolved_ticket_moves_to_the_resolved_ones(desk: Desk) -> None:
    """Newest first there; the address that they had before leads there."""
    first, second = await (await desk.open()).ticket(), await (await desk.open()).ticket()
    agent = await desk.agent()
    for reference in (first, second):
        desk.clock.move(minutes=1)
        await agent.do(reference, "resolve")
    assert await listed(agent) == []
    moved = await agent.http.get("/staff/resolved")
    assert (moved.status_code, moved.headers["location"]) == (303, "/staff/?vue=resolues")
    assert await listed(agent, moved.headers["location"]) == [second, first]


async def test_filters_keep_the_view_and_the_view_keeps_the_filters(desk: Desk, clock: FixedClock) -> None:
    """The counts are those of what the links show; what nobody knows filters nothing."""
    late = {"due_at": clock.now() - timedelta(hours=1)}
    road = await ticket(desk, service="voirie", topic="stationnement", **late)
    urgent = await ticket(desk, service="voirie", topic="eclairage_public", rank=0, channel="rest", **late)
    other = await ticket(desk, service="etat_civil", topic="passeport", **late)
    plain = await ticket(desk, service="voirie")
    agent = await desk.agent()
    assert await listed(agent, "/staff/?vue=retard") == [road, urgent, other]
    assert await listed(agent, "/staff/?vue=retard&service=voirie") == [road, urgent]
    page = await agent.page("/staff/?vue=retard&service=voirie&sujet=eclairage_public&canal=rest&urgence=oui")
    assert REFERENCE.findall(page) == [urgent]
    assert counts(page) == {"traiter": "1", "moi": "0", "retard": "1", "bientot": "0", "attente": "0",
                            "proposees": "0", "resolues": "0"}  # fmt: skip
    assert hidden(page, "vue") == "retard" and page.count(" selected>") == 4
    filters = "service=voirie&amp;sujet=eclairage_public&amp;canal=rest&amp;urgence=oui"
    assert f'id="vue-traiter" href="/staff/?vue=traiter&amp;{filters}"' in page
    assert '<a href="/staff/?vue=retard">Retirer les filtres</a>' in page
    assert await listed(agent, "/staff/?urgence=non&service=voirie") == [road, plain]
    assert await listed(agent, "/staff/?vue=bientot&urgence=oui&canal=web") == []
    everything = await listed(agent)
    for nonsense in ("vue=rien&service=x&sujet=y&canal=z&urgence=peut-être", "vue=service", "vue="):
        assert await listed(agent, f"/staff/?{nonsense}") == everything


async def test_an_agent_starts_with_what_their_department_handles_or_is_asked(
    desk: Desk, clock: FixedClock
) -> None:
    """One list of both, nothing of the others; being asked is said, until they have answered."""
    now = clock.now()
    theirs = await ticket(desk, service="voirie", due_at=now - timedelta(hours=2))
    asked = await ticket(desk, service="etat_civil", **ASKED, due_at=now - timedelta(hours=3))
    both = await ticket(desk, service="voirie", **ASKED, rank=0)
    nobodys = await ticket(desk, asked="|voirie|", state="proposed", due_at=now + timedelta(days=4))
    other = await ticket(desk, service="etat_civil")
    done = await ticket(desk, service="voirie", state="resolved")
    malik, sofia = await desk.agent(MALIK), await desk.agent(SOFIA)
    page = await malik.page()
    assert "<h1>Demandes de mon service</h1>" in page
    assert REFERENCE.findall(page) == [both, asked, theirs, nobodys]
    assert ["On vous demande une réponse" in line for line in lines(page)] == [True, True, False, False]
    assert counts(page) == {"service": "4", "moi": "0", "retard": "2", "bientot": "0", "attente": "0",
                            "proposees": "1", "resolues": "1"}  # fmt: skip
    assert await listed(malik, "/staff/?vue=retard") == [asked, theirs]
    assert await listed(malik, "/staff/?vue=resolues") == [done]
    assert await listed(malik, "/staff/?service=etat_civil") == [asked]
    assert await listed(malik, "/staff/?service=voirie") == [both, theirs]
    assert await listed(malik, "/staff/?vue=traiter") == [both, asked, theirs, nobodys]
    assert await listed(sofia) == [both, asked, other]


async def test_a_person_of_two_departments_sees_each_ticket_once(desk: Desk, clock: FixedClock) -> None:
    """Also when one of them asks the other; with no department at all, nothing."""
    roads = await ticket(desk, service="voirie", asked="|etat_civil|")
    clock.move(minutes=1)
    papers = await ticket(desk, service="etat_civil", asked="|voirie|")
    for services, expected in ((["voirie", "etat_civil"], [roads, papers]), ([], [])):
        async with desk.context.database.write() as session:
            (await session.get(Staff, await staff_id(desk, MALIK))).services = services
        page = await (await desk.agent(MALIK)).page()
        assert REFERENCE.findall(page) == expected
        assert counts(page)["service"] == str(len(expected))


@pytest.mark.parametrize("email", [CAMILLE, MALIK])
@pytest.mark.parametrize("view", ["", "vue=retard&canal=web", "vue=resolues"])
async def test_a_long_list_comes_page_by_page_without_losing_a_ticket(
    desk: Desk, clock: FixedClock, email: str, view: str
) -> None:
    """120 tickets, some urgent, many at the same moment, others a microsecond apart."""
    for number in range(6):
        moment = clock.now() - timedelta(microseconds=number // 2)
        done = {"shelf": "done", "state": "resolved", "resolved_at": moment} if "resolues" in view else {}
        department = {"service": "voirie"} if number % 2 else {"asked": "|voirie|", "service": "mairie"}
        if done:
            department = {"service": "voirie"}
        await many(desk, 20, due_at=moment - timedelta(hours=1), rank=int(number != 3), **done, **department)
    pages = await walk(await desk.agent(email), f"/staff/?{view}")
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({reference for page in pages for reference in page}) == 120


async def test_the_next_page_is_exact_and_leads_back(desk: Desk, clock: FixedClock) -> None:
    """Its address says a whole number of microseconds; a place in another order is the top."""
    await many(desk, 51, due_at=clock.now() + timedelta(microseconds=1))
    agent = await desk.agent()
    page = await agent.page()
    assert "Revenir au début" not in page
    following = html.unescape(FOLLOWING.search(page)[1])
    assert re.fullmatch(r"/staff/\?vue=traiter&apres=1_1795424400000001_\d+", following)
    second = await agent.page(following)
    assert len(REFERENCE.findall(second)) == 1
    assert 'href="/staff/?vue=traiter">Revenir au début' in second and "Demandes suivantes" not in second
    clock.move(days=4)
    agent = await desk.agent()
    assert len(await listed(agent, following.replace("vue=traiter", "vue=retard"))) == 50
    beyond = await agent.page("/staff/?apres=1_253402300799000000_1")
    assert "Il n’y a plus de demande ici." in beyond and "Revenir au début" in beyond


async def test_counting_stops_at_a_thousand(desk: Desk) -> None:
    """Past it, more is said and no more is counted."""
    await many(desk, 999, staff_id=await staff_id(desk, CAMILLE))
    agent = await desk.agent()
    assert counts(await agent.page())["traiter"] == "999"
    await many(desk, 30)
    assert counts(await agent.page()) | {"retard": ""} == {
        "traiter": "999+", "moi": "999", "retard": "", "bientot": "999+", "attente": "0", "proposees": "0",
        "resolues": "0",
    }  # fmt: skip


async def test_a_page_that_shows_it_already_is_not_sent_again(desk: Desk, clock: FixedClock) -> None:
    """The list and the counts come when something changed, with the fingerprint to send next time."""
    await ticket(desk, "Bonjour")
    agent = await desk.agent()
    page = await agent.page("/staff/?vue=traiter&service=voirie")
    asked = 'hx-get="/staff/rows?vue=traiter&amp;service=voirie" hx-trigger="changed from:body, every 60s"'
    assert asked in page
    page = await agent.page()
    seen = {"vue": "traiter", "vu": hidden(page, "vu")}
    assert (await agent.http.get("/staff/rows", params=seen)).status_code == 204
    reference = await ticket(desk, "Bonsoir")
    changed = await agent.http.get("/staff/rows", params=seen)
    assert changed.status_code == 200 and f'<a id="{reference}" href' in changed.text
    seen["vu"] = hidden(changed.text, "vu")
    assert (await agent.http.get("/staff/rows", params=seen)).status_code == 204
    clock.move(hours=71)
    agent = await desk.agent()
    assert (await agent.http.get("/staff/rows", params=seen)).status_code == 200


async def test_a_messenger_ticket_tells_until_when_messenger_lets_the_town_write(
    desk: Desk, clock: FixedClock
) -> None:
    """A day freely, a week by a human, then no more; on other channels nothing is said of it."""
    for channel in ("messenger", "web"):
        await ticket(desk, "Bonjour", channel=channel)
    agent = await desk.agent()
    by_messenger, on_the_site = lines(await agent.page())
    assert by_messenger.endswith("Messenger : réponse libre jusqu’au mardi 24 novembre à 10 h")
    assert "Messenger" not in on_the_site
    for days, said in (
        (1, "réponse d’un agent possible jusqu’au"),
        (7, "n’accepte plus de réponse depuis le"),
    ):
        clock.set(datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + timedelta(days=days))
        agent = await desk.agent()
        assert f"{said} lundi 30 novembre à 10 h" in lines(await agent.page())[0]


ASKED = {"asked": "|etat_civil|voirie|", "awaited": "|voirie|"}
FILTERS = (Filters(), Filters(service="voirie"), Filters(topic="passeport"), Filters(channel="web"),
           Filters(urgency="oui"))  # fmt: skip


async def plan_of(session: AsyncSession, query: Select) -> str:
    """How the database means to find the rows."""
    bind = session.get_bind()
    written = query.compile(bind, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN" if bind.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    rows = await (await session.connection()).exec_driver_sql(f"{explain} {written}")
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("services", [None, ("voirie", "etat_civil")])
@pytest.mark.parametrize("filters", FILTERS)
async def test_every_list_and_every_count_walks_an_index(
    desk: Desk, clock: FixedClock, filters: Filters, services: tuple[str, ...] | None
) -> None:
    """From the top or from further down: nothing is sorted, no table is read through."""
    who = Onlooker(Reach("demo", services), 1, clock.now(), clock.now() + timedelta(hours=24))
    async with desk.context.database.read() as session:
        if session.get_bind().dialect.name == "postgresql":  # so few rows would be quicker read through
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            await session.execute(text("SET LOCAL enable_bitmapscan = off"))
        for view in views_for(everything=services is None):
            streams, order = streams_of(view, filters, who), filters.order_of(view)
            place = (1, 10**15, 7) if order == "queue" else (10**15, 7)
            queries = [page_query(stream, order, at) for stream in streams for at in (None, place)]
            for query in (*queries, counts_query([(view.order, streams)])):
                plan = await plan_of(session, query)
                for costly in ("Sort", "Seq Scan", "TEMP B-TREE", "SCAN ticket"):
                    assert costly not in plan, f"{view.code}: {plan}"
                assert "INDEX ix_ticket" in plan or "using ix_ticket" in plan, f"{view.code}: {plan}"


async def test_a_made_up_place_in_the_list_shows_a_page(desk: Desk) -> None:
    """Never an error, whatever the order of the view."""
    await (await desk.open()).ticket()
    agent = await desk.agent()
    places = ("nonsense", "1_2", "x_y_z", "1_1e400_3", "0_nan_1", "0_1_" + "9" * 40, "0_1_2_3", "0_-1_2",
              "99999_1_1", "0_" + "9" * 18 + "_1", "9" * 5000, "1__1", "_", "\x00_1_1", "1_²_1")  # fmt: skip
    for place in places:
        for view in ("traiter", "retard", "resolues"):
            params = {"vue": view, "apres": place}
            assert (await agent.http.get("/staff/", params=params)).status_code == 200, (view, place[:40])


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
