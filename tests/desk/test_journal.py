"""The journal's page: who did what, looked through and exported."""

import csv
import html
import io
import re

import httpx
import pytest

from desk.clock import FixedClock
from desk.journal.record import Doer, record
from desk.staff.export import csv_line
from tests.desk.people import CAMILLE, HUGO, INES, NADIA, Agent, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

REFERENCE = "BEF-3479-CDFG"


async def write(
    desk: Desk, count: int, action: str = "people.closed", who: str = NADIA, commune: str = "demo",
    subject: str = REFERENCE,
) -> None:  # fmt: skip
    """As many lines, a minute apart."""
    for number in range(count):
        async with desk.context.database.write() as session:
            record(session, Doer(commune, who), action, desk.clock.now(), subject or f"sujet {number}")
        desk.clock.move(minutes=1)


def lines_of(page: str) -> list[list[str]]:
    """The table's rows, as read."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.S)
    cells = [re.findall(r"<td>(.*?)</td>", row, re.S) for row in rows]
    return [[html.unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


async def journal(agent: Agent, **asked: str) -> list[list[str]]:
    reply = await agent.http.get("/staff/journal", params=asked)
    assert reply.status_code == 200
    return lines_of(reply.text)


async def export(agent: Agent, **asked: str) -> httpx.Response:
    csrf = hidden(await agent.page("/staff/journal"), "csrf")
    return await agent.http.post("/staff/journal/export", data={"csrf": csrf, **asked})


def table(reply: httpx.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(reply.text.removeprefix("\ufeff")), delimiter=";"))


async def test_logging_in_and_out_is_written_down(desk: Desk) -> None:
    """Refused ones too, for an account that exists: what was typed in vain may be a password."""
    nobody = await desk.browser()
    for email in (NADIA, "un-secret-tape-trop-vite@x.example"):
        await nobody.log_in(email, "wrong")
    nadia = await desk.agent(NADIA)
    csrf = hidden(await nadia.page(), "csrf")
    await nadia.http.post("/staff/logout", data={"csrf": csrf})
    camille = await desk.agent()
    assert [line[1:3] for line in await journal(camille)] == [
        [CAMILLE, "a ouvert une session"], [NADIA, "a fermé sa session"], [NADIA, "a ouvert une session"],
        [NADIA, "n’a pas pu ouvrir de session (mot de passe)"],
    ]  # fmt: skip
    assert await desk.count("SELECT count(*) FROM journal WHERE who LIKE '%secret%'") == 0


async def test_refused_log_ins_do_not_flood_the_journal(desk: Desk) -> None:
    """Past the fifth, nothing more is looked at, nor written."""
    nobody = await desk.browser()
    for _ in range(9):
        await nobody.log_in(NADIA, "wrong")
    assert await desk.count("SELECT count(*) FROM journal WHERE action = 'login.refused'") == 5


async def test_every_act_is_said_in_words(desk: Desk) -> None:
    """No code of the desk's own sources is left without its French label."""
    from desk.settings import ROOT
    from desk.staff.labels import codes

    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "desk").rglob("*.py"))
    calls = re.findall(r'record\((?:[^()]|\([^()]*\))*?,\s*"([a-z_]+(?:\.[a-z_]+)*)"', sources)
    written = set(calls)
    assert len(written) > 8 and written <= set(codes("journal"))


async def test_fifty_lines_a_page_without_a_hole_or_a_twin(desk: Desk) -> None:
    """Also when others write meanwhile."""
    await write(desk, 120, subject="")
    camille = await desk.agent()
    page, seen = await camille.page("/staff/journal?action=people.closed"), []
    while True:
        seen += [line[3] for line in lines_of(page)]
        await write(desk, 1)
        following = re.search(r'href="(/staff/journal\?[^"]+)">Lignes suivantes', page)
        if not following:
            break
        page = await camille.page(html.unescape(following[1]))
    assert seen == [f"sujet {number}" for number in reversed(range(120))]


async def test_lines_are_found_by_person_action_subject_and_day(desk: Desk, clock: FixedClock) -> None:
    """However a reference is typed; days are the town's, both included."""
    await write(desk, 1)
    clock.move(hours=14)  # Tuesday, 0:01 in Paris
    await write(desk, 1, action="people.reopened", who=INES, subject="BEF-HJKM-NPQR")
    camille = await desk.agent()
    assert len(await journal(camille)) == 3
    assert [line[1] for line in await journal(camille, who=NADIA.upper())] == [NADIA]
    assert [line[2] for line in await journal(camille, action="people.reopened")] == ["a rouvert un compte"]
    assert [line[3] for line in await journal(camille, subject="bef 3479 cdfg")] == [REFERENCE]
    assert [line[3] for line in await journal(camille, first="2026-11-23", last="2026-11-23")] == [REFERENCE]
    assert [line[1] for line in await journal(camille, first="2026-11-24")] == [CAMILLE, INES]
    assert "Aucune ligne ne correspond." in await camille.page("/staff/journal?who=x&subject=%27%22")


@pytest.mark.parametrize("asked", [
    "first=demain", "last=9999-12-31", "first=0001-01-01", "before=x", "before=9" * 9, "before=" + "9" * 40,
    "who=%00", "action=%00&subject=%00",
])  # fmt: skip
async def test_nonsense_in_the_address_breaks_nothing(desk: Desk, asked: str) -> None:
    """A date that cannot be read is said."""
    page = await (await desk.agent()).page(f"/staff/journal?{asked}")
    assert ("Une date n’a pas été comprise" in page) is asked.startswith(("first", "last"))


async def test_a_town_reads_its_own_journal_only(desk: Desk) -> None:
    """On the page and in the export."""
    await write(desk, 3)
    hugo = await desk.agent(HUGO)
    assert [line[1] for line in await journal(hugo)] == [HUGO]
    assert NADIA not in (await export(hugo)).text


async def test_the_export_holds_what_was_looked_for_and_is_written_down(desk: Desk) -> None:
    """More than a page; opened by a French spreadsheet, accents included."""
    await write(desk, 60)
    camille = await desk.agent()
    done = await export(camille, who=NADIA)
    assert done.headers["content-type"].startswith("text/csv")
    assert "beffroi-journal.csv" in done.headers["content-disposition"]
    head, *lines = table(done)
    assert head == ["Date", "Personne", "Action", "Objet", "Code"] and len(lines) == 60
    assert lines[-1] == ["2026-11-23 10:00:00+01:00", NADIA, "a fermé un compte", REFERENCE, "people.closed"]
    assert next(line[2] for line in await journal(camille)) == "a exporté le journal"


@pytest.mark.parametrize("word", ["=1+1", "+33612345678", "-2", "@SUM(A1)", "\t=1", " =1+1", "\r=1", "＝1+1"])
async def test_no_cell_is_ever_a_formula(desk: Desk, word: str) -> None:
    """Somebody's e-mail or subject may start with anything."""
    async with desk.context.database.write() as session:
        record(session, Doer("demo", word), "people.closed", desk.clock.now(), word)
    *_, line = table(await export(await desk.agent(), action="people.closed"))
    assert line[1] == f"'{word}" and line[3] == f"'{word}"


def test_a_cell_with_separators_stays_one_cell() -> None:
    """Quotes, semicolons and new lines; numbers are left as they are."""
    line = csv_line(("a;b", 'dit "oui"', "deux\nlignes", -5, ""))
    assert line == '"a;b";"dit ""oui""";"deux\nlignes";-5;\r\n'
