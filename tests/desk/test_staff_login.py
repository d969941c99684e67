"""Who gets into the staff pages, and who does not."""

import asyncio

import httpx
import pytest

from desk.clock import FixedClock
from desk.settings import Settings
from desk.staff import passwords
from tests.desk.people import CAMILLE, HUGO, PASSWORD, Agent, hidden
from tests.desk.ready import cheap_hash
from tests.desk.running import Desk, running

REFUSED = "L’adresse ou le mot de passe n’est pas bon."
PRIVATE = ("/staff/", "/staff/rows", "/staff/resolved", "/staff/events", "/staff/tickets/BEF-0000-0000")
ELSEWHERE = (
    "https://elsewhere.example/staff/", "//elsewhere.example/staff/", "/staff/\\elsewhere.example",
    "/staff/logout", "javascript:alert(1)", "",
)  # fmt: skip


async def test_the_right_password_opens_the_queue_and_shows_the_first_name(desk: Desk) -> None:
    """Whatever the case of the address."""
    agent = await desk.agent(CAMILLE.upper())
    page = await agent.page()
    assert "Demandes à traiter" in page and "Se déconnecter (Camille)" in page and "Sainte-Aure" in page


async def test_a_refusal_never_says_what_was_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words for a wrong password and an unknown address; no cookie."""
    monkeypatch.setattr(passwords, "_NOBODY", cheap_hash("nobody’s"))
    agent = await desk.browser()
    for email, password in (
        (CAMILLE, "beffroi-de-jour"),
        (CAMILLE, ""),
        ("a@b.example", PASSWORD),
        ("\x00", "x"),
    ):
        reply = await agent.log_in(email, password)
        assert reply.status_code == 401 and REFUSED in reply.text
        assert "beffroi_staff" not in agent.http.cookies
        assert password == "" or f'"{password}"' not in reply.text


async def test_five_refusals_lock_an_account_for_a_quarter_of_an_hour(desk: Desk, clock: FixedClock) -> None:
    """Even the right password waits; the page says how long; other accounts are not touched."""
    agent = await desk.browser()
    for _ in range(5):
        assert (await agent.log_in(CAMILLE, "wrong")).status_code == 401
        clock.move(minutes=1)
    locked = await agent.log_in()
    assert locked.status_code == 429
    assert "Trop d’essais. Réessayez dans 10\u00a0minutes." in locked.text.replace("&nbsp;", "\u00a0")
    assert CAMILLE in locked.text and PASSWORD not in locked.text
    await desk.agent(HUGO)
    clock.move(minutes=9, seconds=30)
    assert "dans 1&nbsp;minute." in (await agent.log_in()).text
    clock.move(seconds=31)
    assert (await agent.log_in()).status_code == 303


async def test_guesses_sent_all_at_once_are_counted_too(desk: Desk) -> None:
    """Of twelve in parallel, at most five passwords are looked at."""
    agents = [await desk.browser() for _ in range(12)]
    replies = await asyncio.gather(*(agent.log_in(CAMILLE, "wrong") for agent in agents))
    statuses = [reply.status_code for reply in replies]
    assert set(statuses) <= {401, 429} and statuses.count(401) <= 5


async def test_one_address_cannot_try_many_accounts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty refusals from one place, then nobody logs in from there."""
    monkeypatch.setattr(passwords, "_NOBODY", cheap_hash("nobody’s"))
    agent = await desk.browser()
    for number in range(20):
        assert (await agent.log_in(f"a{number}@sainte-aure.example", "wrong")).status_code == 401
    assert (await agent.log_in()).status_code == 429


async def test_without_a_session_every_page_leads_to_the_login(desk: Desk) -> None:
    """And after it, back to the page that was wanted."""
    agent, forger = await desk.browser(), await desk.browser()
    forger.http.cookies.set("beffroi_staff", "made-up", path="/staff")
    for path in PRIVATE:
        for browser in (agent, forger):
            reply = await browser.http.get(path)
            assert (reply.status_code, reply.headers["location"]) == (303, f"/staff/login?suite={path}")


async def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(desk: Desk) -> None:
    """Not to the address that takes the form, which shows nothing; and to no page of another site."""
    browser, page = await desk.browser(), f"{desk.url}/staff/tickets/BEF-AAAA-BBBB?avant=9"
    for sent_from, expected in (
        (page, "/staff/tickets/BEF-AAAA-BBBB"),
        ("https://elsewhere.example/staff/x", ""),
        ("", ""),
    ):
        headers = {"referer": sent_from} if sent_from else {}
        reply = await browser.http.post("/staff/tickets/BEF-AAAA-BBBB/reply", headers=headers)
        assert (reply.status_code, reply.headers["location"]) == (303, f"/staff/login?suite={expected}")


async def test_a_login_leads_only_to_a_page_of_this_site(desk: Desk) -> None:
    """A link in a mail cannot send staff elsewhere."""
    agent = await desk.browser()
    assert (await agent.log_in(suite="/staff/resolved")).headers["location"] == "/staff/resolved"
    for elsewhere in ELSEWHERE:
        shown = await agent.http.get("/staff/login", params={"suite": elsewhere})
        assert shown.headers["location"] == "/staff/"
    other = await desk.browser()
    assert (await other.log_in(suite="//elsewhere.example/staff/")).headers["location"] == "/staff/"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    settings: Settings, clock: FixedClock
) -> None:
    """HttpOnly, SameSite, the staff pages only, twelve hours; Secure when the town has HTTPS."""
    for secure in (False, True):
        async with running(settings.model_copy(update={"secure_cookies": secure}), clock) as desk:
            agent = await desk.browser()
            page = await agent.http.get("/staff/login")
            form = {"csrf": hidden(page.text, "csrf"), "email": CAMILLE, "password": PASSWORD}
            key = page.headers["set-cookie"].partition("=")[2].partition(";")[0]
            sent = {"cookie": f"beffroi_login={key}"}  # the client would keep a Secure cookie from plain HTTP
            reply = await desk.http.post("/staff/login", data=form, headers=sent)
            cookies = reply.headers.get_list("set-cookie")
            (cookie,) = [cookie for cookie in cookies if cookie.startswith("beffroi_staff=")]
            flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/staff", "max-age=43200"} <= flags
            assert ("secure" in flags) is secure


async def test_a_form_without_its_key_is_refused(desk: Desk, clock: FixedClock) -> None:
    """Another website cannot make a browser log in, reply, resolve or log out."""
    agent = await desk.browser()
    data = {"email": CAMILLE, "password": PASSWORD, "csrf": "made-up"}
    refused = await agent.http.post("/staff/login", data=data)
    assert refused.status_code == 403 and "Cette page a expiré" in refused.text
    assert "beffroi_staff" not in agent.http.cookies
    reference = await (await desk.open()).ticket()
    camille = await desk.agent()
    before = await camille.page(f"/staff/tickets/{reference}/thread")
    for action in ("take", "release", "resolve", "reply"):
        for csrf in ({}, {"csrf": ""}, {"csrf": "made-up"}):
            sent = await camille.http.post(f"/staff/tickets/{reference}/{action}", data={"text": "x", **csrf})
            assert sent.status_code == 403 and "Cette page a expiré" in sent.text
    assert (await camille.http.post("/staff/logout", data={"csrf": "made-up"})).status_code == 403
    assert await camille.page(f"/staff/tickets/{reference}/thread") == before


async def log_out(agent: Agent) -> httpx.Response:
    page = await agent.page()
    return await agent.http.post("/staff/logout", data={"csrf": hidden(page, "csrf")})


async def test_logging_out_ends_the_session_itself(desk: Desk) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    agent, thief = await desk.agent(), await desk.browser()
    thief.http.cookies.update(agent.http.cookies)
    assert (await log_out(agent)).headers["location"] == "/staff/login"
    assert "beffroi_staff" not in agent.http.cookies
    assert (await thief.http.get("/staff/")).status_code == 303


async def test_a_session_lasts_its_hours_and_no_longer(desk: Desk, clock: FixedClock) -> None:
    """BEFFROI_SESSION_HOURS after the log-in, whatever the browser still holds."""
    agent = await desk.agent()
    clock.move(hours=11, minutes=59)
    assert (await agent.http.get("/staff/")).status_code == 200
    clock.move(minutes=1)
    assert (await agent.http.get("/staff/")).status_code == 303
