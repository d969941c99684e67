"""My account: sessions that are open, the password, an absence."""

import html

import httpx
import pytest

from desk.clock import FixedClock
from desk.staff.browsers import browser_name
from tests.desk.people import CAMILLE, INES, NADIA, PASSWORD, Agent, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0"
GOOD = "quatre mots verts et calmes"


async def send(agent: Agent, path: str, **form: str) -> httpx.Response:
    csrf = hidden(await agent.page("/staff/account"), "csrf")
    return await agent.http.post(f"/staff/account{path}", data={"csrf": csrf, **form})


async def sessions_shown(agent: Agent) -> list[str]:
    """The sessions' lines, the newest first."""
    page = html.unescape(await agent.page("/staff/account")).partition("Sessions ouvertes")[2]
    return [part.partition("</p>")[0] for part in page.split('<p class="words">')[1:]]


async def on(desk: Desk, user_agent: str, email: str = CAMILLE) -> Agent:
    agent = await desk.browser()
    agent.http.headers["user-agent"] = user_agent
    assert (await agent.log_in(email)).status_code == 303
    return agent


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (FIREFOX, "Firefox, Windows"), (SAFARI, "Safari, iPhone"), (EDGE, "Edge, Windows"),
        ("curl/8.0", ""), ("", ""), ("X" * 5000 + "Linux", "Linux"),
    ],
)  # fmt: skip
def test_a_browser_is_recognised_by_its_owner(told: str, name: str) -> None:
    """Nothing is made up for others."""
    assert browser_name(told) == name


async def test_open_sessions_say_where_they_were_opened(desk: Desk, clock: FixedClock) -> None:
    """Browser, address, day and hour, and which one this is; a colleague's are not there."""
    old = await on(desk, FIREFOX)
    clock.move(hours=1)
    await on(desk, EDGE, NADIA)
    new = await on(desk, "curl/8.0")
    first, second = await sessions_shown(new)
    assert "Navigateur inconnu · 127.0.0.1" in first and "Cette session" in first
    assert "Firefox, Windows · 127.0.0.1" in second and "Cette session" not in second
    assert "Ouverte lundi 23 novembre à 10" in await old.page("/staff/account")
    clock.move(hours=11)
    assert len(await sessions_shown(new)) == 1


async def test_a_session_left_open_elsewhere_is_ended_from_here(desk: Desk) -> None:
    """One by one; ending this very one is a log-out; a colleague's cannot be ended."""
    here, there = await desk.agent(), await on(desk, FIREFOX)
    nadia = await desk.agent(NADIA)
    foreign = hidden(await nadia.page("/staff/account"), "session")
    await send(here, "/session", session=foreign)
    assert (await nadia.http.get("/staff/")).status_code == 200
    page = (await here.page("/staff/account")).partition("Sessions ouvertes")[2]
    parts = page.split("<li>")[1:]
    (other,) = [hidden(part, "session") for part in parts if "Firefox" in part]
    (own,) = [hidden(part, "session") for part in parts if "Cette session" in part]
    done = await send(here, "/session", session=other)
    assert "La session est fermée." in await here.page(done.headers["location"])
    assert (await there.http.get("/staff/")).status_code == 303
    assert (await send(here, "/session", session=own)).headers["location"] == "/staff/login"
    assert (await here.http.get("/staff/")).status_code == 303


async def test_all_other_sessions_end_at_once(desk: Desk) -> None:
    """This one stays."""
    others = [await desk.agent() for _ in range(3)]
    here, nadia = await desk.agent(), await desk.agent(NADIA)
    assert "Fermer toutes les autres sessions" in await here.page("/staff/account")
    await send(here, "/sessions")
    assert [(await other.http.get("/staff/")).status_code for other in others] == [303] * 3
    assert (await nadia.http.get("/staff/")).status_code == 200
    assert len(await sessions_shown(here)) == 1


async def test_changing_the_password_takes_the_old_one_and_ends_other_sessions(desk: Desk) -> None:
    """Each refusal has its sentence, and leaves everything as it was."""
    here, there = await desk.agent(), await desk.agent()
    for old, new, again, said in (
        ("wrong", GOOD, GOOD, "Votre mot de passe actuel n’est pas le bon."),
        (PASSWORD, GOOD, "x", "Les deux mots de passe sont différents."),
        (PASSWORD, "court", "court", "au moins 12 caractères"),
        (PASSWORD, "bonjour camille la", "bonjour camille la", "Évitez votre prénom"),
    ):
        refused = await send(here, "/password", old=old, password=new, again=again)
        assert refused.status_code == 400 and said in refused.text and GOOD not in refused.text
    assert (await there.http.get("/staff/")).status_code == 200
    assert (await send(here, "/password", old=PASSWORD, password=GOOD, again=GOOD)).status_code == 303
    assert (await here.http.get("/staff/")).status_code == 200
    assert (await there.http.get("/staff/")).status_code == 303
    assert (await there.log_in()).status_code == 401
    assert (await there.log_in(password=GOOD)).status_code == 303


async def test_the_old_password_is_guessed_no_more_often_than_at_the_door(
    desk: Desk, clock: FixedClock
) -> None:
    """Whoever finds an open browser has five tries."""
    agent = await desk.agent()
    for _ in range(5):
        refused = await send(agent, "/password", old="wrong", password=GOOD, again=GOOD)
        assert refused.status_code == 400
    assert (await send(agent, "/password", old=PASSWORD, password=GOOD, again=GOOD)).status_code == 429
    clock.move(minutes=15)
    assert (await send(agent, "/password", old=PASSWORD, password=GOOD, again=GOOD)).status_code == 303


async def test_an_absence_is_seen_by_others_until_its_last_day(desk: Desk, clock: FixedClock) -> None:
    """Included, in the town's time; an empty field means back."""
    reference = await (await desk.open()).ticket()
    camille, ines = await desk.agent(), await desk.agent(INES)
    assert (await send(camille, "/away", until="2026-11-24")).status_code == 303
    assert "Absence jusqu’au mardi 24 novembre" in await ines.page("/staff/people")
    assert "habitants (absence jusqu’au mardi 24 novembre)</option>" in await ines.page(
        f"/staff/tickets/{reference}"
    )
    assert 'value="2026-11-24"' in await camille.page("/staff/account")
    clock.move(hours=37, minutes=59)  # Tuesday, one minute to midnight in Paris
    ines = await desk.agent(INES)
    assert "Absence jusqu’au" in await ines.page("/staff/people")
    clock.move(minutes=1)
    assert "Absence jusqu’au" not in await ines.page("/staff/people")
    camille = await desk.agent()
    await send(camille, "/away", until="2026-12-01")
    await send(camille, "/away", until="")
    assert "Absence jusqu’au" not in await ines.page("/staff/people")


@pytest.mark.parametrize("until", ["2026-11-22", "2028-01-01", "demain", "2026-02-30", "9999-99-99"])
async def test_an_absence_that_cannot_be_is_given_back(desk: Desk, until: str) -> None:
    """With what was typed."""
    agent = await desk.agent()
    refused = await send(agent, "/away", until=until)
    assert refused.status_code == 400 and "Choisissez un jour" in refused.text
    assert f'value="{until}"' in refused.text
