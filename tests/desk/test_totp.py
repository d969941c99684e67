"""The second factor: turned on by a first code, asked at the door, turned off; codes for a loss."""

import asyncio
import html
import re
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pyotp
import pytest

from desk.clock import FixedClock
from tests.desk.people import CAMILLE, INES, NADIA, PASSWORD, Agent, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

WRONG = "Ce code n’est pas bon, ou il a déjà servi."


@dataclass
class Phone:
    """An application that shows codes, at the desk's time."""

    secret: str
    clock: FixedClock

    def code(self, steps: int = 0) -> str:
        """The code of now, or of some half-minutes later."""
        return pyotp.TOTP(self.secret).at(self.clock.now() + steps * timedelta(seconds=30))


async def send(agent: Agent, path: str, **form: str) -> httpx.Response:
    csrf = hidden(await agent.page("/staff/account"), "csrf")
    return await agent.http.post(f"/staff/account{path}", data={"csrf": csrf, **form})


async def turn_on(agent: Agent, clock: FixedClock) -> tuple[Phone, list[str]]:
    """Photograph the picture, give a first code, note the recovery codes; half a minute later."""
    assert (await send(agent, "/factor")).headers["location"] == "/staff/account/factor"
    page = await agent.page("/staff/account/factor")
    assert 'src="data:image/svg+xml' in page
    phone = Phone(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", ""), clock)
    shown = await send(agent, "/factor/confirm", code=phone.code())
    codes = re.findall(r"<li><code>([^<]+)</code></li>", shown.text)
    assert shown.status_code == 200 and len(set(codes)) == 10
    clock.move(seconds=30)
    return phone, codes


async def enter(browser: Agent, code: str, page: httpx.Response | None = None) -> httpx.Response:
    """The password, then the code."""
    page = page or await browser.log_in(CAMILLE)
    assert page.status_code in {200, 401} and "Votre code de connexion" in page.text
    form = {name: html.unescape(hidden(page.text, name)) for name in ("csrf", "suite", "halfway")}
    return await browser.http.post("/staff/login/code", data={**form, "code": code})


async def test_the_log_in_asks_the_code_and_opens_nothing_before(desk: Desk, clock: FixedClock) -> None:
    """Then on to the page that was wanted; a space in the code is forgiven."""
    phone, _ = await turn_on(await desk.agent(), clock)
    browser = await desk.browser()
    asked = await browser.log_in(suite="/staff/journal")
    assert "beffroi_staff" not in browser.http.cookies
    assert (await browser.http.get("/staff/")).status_code == 303
    code = phone.code()
    reply = await enter(browser, f"{code[:3]} {code[3:]}", asked)
    assert (reply.status_code, reply.headers["location"]) == (303, "/staff/journal")
    assert "Se déconnecter (Camille)" in await browser.page()


async def test_turning_it_on_needs_the_application_and_ends_other_sessions(
    desk: Desk, clock: FixedClock
) -> None:
    """A wrong first code changes nothing; the secret is then shown nowhere any more."""
    here, elsewhere = await desk.agent(), await desk.agent()
    await send(here, "/factor")
    refused = await send(here, "/factor/confirm", code="000000")
    assert refused.status_code == 400 and WRONG in refused.text
    assert (await (await desk.browser()).log_in()).status_code == 303
    await turn_on(here, clock)
    assert (await elsewhere.http.get("/staff/")).status_code == 303
    assert (await here.http.get("/staff/account/factor")).status_code == 303
    assert "Il vous reste 10" in html.unescape(await here.page("/staff/account"))
    before = await desk.count("SELECT count(*) FROM staff WHERE totp_on")
    assert (await send(here, "/factor")).status_code == 303  # from an old page: the secret in use stays
    assert await desk.count("SELECT count(*) FROM staff WHERE totp_on") == before == 1


async def test_a_code_passes_once_and_half_a_minute_around(desk: Desk, clock: FixedClock) -> None:
    """Not two at once with the same code, not a minute early or late."""
    phone, _ = await turn_on(await desk.agent(), clock)
    clock.move(minutes=5)
    for steps in (-2, 2):
        assert (await enter(await desk.browser(), phone.code(steps))).status_code == 401
    assert (await enter(await desk.browser(), phone.code(-1))).status_code == 303
    code = phone.code(1)
    browsers = [await desk.browser() for _ in range(3)]
    replies = await asyncio.gather(*(enter(browser, code) for browser in browsers))
    assert sorted(reply.status_code for reply in replies) == [303, 401, 401]
    late = await enter(await desk.browser(), phone.code())
    assert late.status_code == 401 and WRONG in late.text  # an earlier step than the last one used
    clock.move(minutes=20)
    assert (await enter(await desk.browser(), phone.code())).status_code == 303


async def test_codes_are_guessed_no_more_often_than_passwords(desk: Desk, clock: FixedClock) -> None:
    """Five a quarter of an hour, whatever is begun again; then even the right one waits."""
    phone, _ = await turn_on(await desk.agent(), clock)
    for _ in range(5):
        assert (await enter(await desk.browser(), "000000")).status_code == 401
    locked = await enter(await desk.browser(), phone.code())
    assert locked.status_code == 429 and "Trop d’essais" in locked.text
    clock.move(minutes=15)
    assert (await enter(await desk.browser(), phone.code())).status_code == 303


async def test_halfway_lasts_ten_minutes_in_one_browser_for_one_person(desk: Desk, clock: FixedClock) -> None:
    """Moved elsewhere, changed, too old, or begun before the factor was removed: back to the password."""
    phone, _ = await turn_on(await desk.agent(), clock)
    mine, thief = await desk.browser(), await desk.browser()
    page = await mine.log_in()
    await thief.http.get("/staff/login")
    stolen = hidden(page.text, "halfway")
    form = {"csrf": hidden((await thief.http.get("/staff/login")).text, "csrf"), "code": phone.code()}
    nadia = await desk.count(f"SELECT id FROM staff WHERE email = '{NADIA}'")
    for halfway in (stolen, "", "x", f"{nadia}.9999999999.{'0' * 64}", stolen.replace(".", ".9", 1)):
        reply = await thief.http.post("/staff/login/code", data={**form, "halfway": halfway})
        assert reply.status_code == 403 and "a expiré" in reply.text
    clock.move(minutes=10)
    old = await enter(mine, phone.code(), page)
    assert old.status_code == 403 and "beffroi_staff" not in mine.http.cookies


async def test_a_recovery_code_opens_once(desk: Desk, clock: FixedClock) -> None:
    """However it is typed; the account says how many are left; they are stored as hashes."""
    _, codes = await turn_on(await desk.agent(), clock)
    browser = await desk.browser()
    assert (await enter(browser, f" {codes[0].upper().replace('-', ' ')} ")).status_code == 303
    assert "Il vous reste 9" in html.unescape(await browser.page("/staff/account"))
    assert (await enter(await desk.browser(), codes[0])).status_code == 401
    assert (await enter(await desk.browser(), codes[9])).status_code == 303
    kept = await desk.count(
        f"SELECT count(*) FROM staff WHERE CAST(recovery_codes AS text) LIKE '%{codes[1]}%'"
    )
    assert kept == 0


async def test_new_recovery_codes_replace_the_old_ones(desk: Desk, clock: FixedClock) -> None:
    """For a code of the application, not for a guess; as for « Activer » pressed twice."""
    agent = await desk.agent()
    phone, old = await turn_on(agent, clock)
    refused = await send(agent, "/factor/codes", code="000000")
    assert refused.status_code == 400 and WRONG in refused.text
    clock.move(minutes=1)
    shown = await send(agent, "/factor/codes", code=phone.code())
    new = re.findall(r"<li><code>([^<]+)</code>", shown.text)
    assert len(new) == 10 and not set(new) & set(old) and "remplacent les anciens" in shown.text
    for code, status in ((old[0], 401), (new[0], 303)):
        browser = await desk.browser()
        assert (await enter(browser, code, await browser.log_in())).status_code == status


async def test_turning_it_off_takes_the_password_and_a_code(desk: Desk, clock: FixedClock) -> None:
    """One without the other leaves it on."""
    agent = await desk.agent()
    phone, codes = await turn_on(agent, clock)
    for password, code in (("wrong", phone.code()), (PASSWORD, "000000"), ("", "")):
        refused = await send(agent, "/factor/off", password=password, code=code)
        assert refused.status_code == 400 and 'role="alert"' in refused.text
    done = await send(agent, "/factor/off", password=PASSWORD, code=codes[3])
    assert done.status_code == 303
    assert "La double vérification est désactivée." in await agent.page(done.headers["location"])
    assert (await (await desk.browser()).log_in()).status_code == 303


async def test_an_admin_removes_it_for_somebody_who_lost_everything(desk: Desk, clock: FixedClock) -> None:
    """It is written in the journal."""
    await turn_on(await desk.agent(), clock)
    ines = await desk.agent(INES)
    number = await desk.count(f"SELECT id FROM staff WHERE email = '{CAMILLE}'")
    csrf = hidden(await ines.page(f"/staff/people/{number}"), "csrf")
    await ines.http.post(f"/staff/people/{number}/factor", data={"csrf": csrf})
    assert (await (await desk.browser()).log_in()).status_code == 303
    written = f"SELECT count(*) FROM journal WHERE action = 'totp.removed' AND subject = '{CAMILLE}'"
    assert await desk.count(written) == 1


async def test_a_new_password_does_not_go_round_the_second_factor(desk: Desk, clock: FixedClock) -> None:
    """The link of an admin lets choose the password, then the code is asked."""
    phone, _ = await turn_on(await desk.agent(), clock)
    ines, browser = await desk.agent(INES), await desk.browser()
    number = await desk.count(f"SELECT id FROM staff WHERE email = '{CAMILLE}'")
    csrf = hidden(await ines.page(f"/staff/people/{number}"), "csrf")
    shown = await ines.http.post(f"/staff/people/{number}/link", data={"csrf": csrf})
    token = re.search(r"jeton=([\w-]+)", shown.text)[1]
    page = (await browser.http.get(f"/staff/invitation?jeton={token}")).text
    new = "quatre mots verts et calmes"
    form = {"csrf": hidden(page, "csrf"), "jeton": token, "password": new, "again": new}
    asked = await browser.http.post("/staff/invitation", data=form)
    assert "beffroi_staff" not in browser.http.cookies
    assert (await enter(browser, phone.code(), asked)).status_code == 303
