"""Between the password and the code, and other ways round a log-in: nothing opens that should not."""

import pytest
from sqlalchemy import update

from desk.clock import FixedClock
from desk.staff.models import Staff
from tests.desk.accounts import GOOD, journal, press
from tests.desk.people import CAMILLE, PASSWORD, Agent
from tests.desk.running import Desk
from tests.desk.test_totp import Phone, enter, turn_on

pytestmark = pytest.mark.slow

ACCOUNT = "/staff/account"


async def change(agent: Agent, old: str = PASSWORD, password: str = GOOD) -> int:
    """The status of changing the password."""
    return (await press(agent, f"{ACCOUNT}/password", old=old, password=password, again=password)).status_code


async def test_whoever_guessed_the_old_password_gets_no_further_once_it_has_changed(
    desk: Desk, clock: FixedClock
) -> None:
    """The page that asks for a code is worth nothing any more."""
    camille, browser = await desk.agent(), await desk.browser()
    phone, _ = await turn_on(camille, clock)
    asked = await browser.log_in()
    assert await change(camille) == 303
    refused = await enter(browser, phone.code(), asked)
    assert refused.status_code == 403 and "beffroi_staff" not in browser.http.cookies


@pytest.mark.parametrize("values", [{"active": False}, {"totp_secret": "A" * 32}], ids=["closed", "redrawn"])
async def test_halfway_ends_with_the_account_or_its_key(
    desk: Desk, clock: FixedClock, values: dict[str, object]
) -> None:
    """Closed meanwhile, or with another second factor."""
    phone, _ = await turn_on(await desk.agent(), clock)
    browser = await desk.browser()
    asked = await browser.log_in()
    async with desk.context.database.write() as session:
        await session.execute(update(Staff).where(Staff.email == CAMILLE).values(**values))
    assert (await enter(browser, phone.code(), asked)).status_code == 403


async def test_the_code_that_turned_it_on_opens_nothing(desk: Desk, clock: FixedClock) -> None:
    """It has served."""
    phone, _ = await turn_on(await desk.agent(), clock)
    assert (await enter(await desk.browser(), phone.code(-1))).status_code == 401
    assert (await enter(await desk.browser(), phone.code())).status_code == 303


async def test_it_is_not_turned_on_with_a_key_that_was_never_drawn(desk: Desk, clock: FixedClock) -> None:
    """A form sent in vain, or again once it is on, changes nothing."""
    camille = await desk.agent()
    early = await press(camille, f"{ACCOUNT}/factor/confirm", code="000000")
    assert (early.status_code, early.headers["location"]) == (303, ACCOUNT)
    phone, _ = await turn_on(camille, clock)
    for again in ("/factor", "/factor/confirm"):
        assert (await press(camille, f"{ACCOUNT}{again}", code=phone.code())).status_code == 303
    assert (await enter(await desk.browser(), phone.code())).status_code == 303


async def test_the_picture_is_shown_by_browsers(desk: Desk) -> None:
    """The pages' policy lets an image of the page itself through; a wrong code keeps the same key."""
    camille = await desk.agent()
    await press(camille, f"{ACCOUNT}/factor")
    shown = await camille.http.get(f"{ACCOUNT}/factor")
    assert "img-src 'self' data:" in shown.headers["content-security-policy"]
    wrong = await press(camille, f"{ACCOUNT}/factor/confirm", f"{ACCOUNT}/factor", code="12")
    assert wrong.status_code == 400 and shown.text.partition("<code>")[2][:39] in wrong.text


async def test_looking_for_a_good_new_password_locks_nobody_out(desk: Desk) -> None:
    """Seven refused by the rules are not seven guesses of the old one."""
    camille = await desk.agent()
    assert [await change(camille, password="court") for _ in range(7)] == [400] * 7
    assert await change(camille) == 303


async def test_wrong_codes_when_turning_it_off_leave_the_password_alone(
    desk: Desk, clock: FixedClock
) -> None:
    """Five with the right password; changing that password is still possible, another code is not."""
    camille = await desk.agent()
    phone, _ = await turn_on(camille, clock)
    off = f"{ACCOUNT}/factor/off"
    for _ in range(5):
        assert (await press(camille, off, password=PASSWORD, code="000000")).status_code == 400
    assert (await press(camille, off, password=PASSWORD, code=phone.code())).status_code == 429
    assert await change(camille) == 303


async def test_log_ins_refusals_and_log_outs_are_journaled(desk: Desk, clock: FixedClock) -> None:
    """An address that nobody has is not written down: it may be a password typed in the wrong field."""
    camille, browser = await desk.agent(), await desk.browser()
    assert (await browser.log_in(CAMILLE, "wrong")).status_code == 401
    assert (await browser.log_in("mon secret@nulle.part", "wrong")).status_code == 401
    phone, _ = await turn_on(camille, clock)
    assert (await enter(browser, "000000")).status_code == 401
    assert (await enter(browser, Phone(phone.secret, clock).code())).status_code == 303
    await press(camille, "/staff/logout")
    assert [line[:2] for line in await journal(desk)] == [
        (CAMILLE, code) for code in
        ("login", "login.refused", "totp.on", "login.code_refused", "login", "logout")
    ]  # fmt: skip


async def test_the_cookie_itself_is_stored_nowhere(desk: Desk) -> None:
    """The table of sessions opens no door."""
    cookie = (await desk.agent()).http.cookies["beffroi_staff"]
    assert await desk.count("SELECT count(*) FROM staff_session") == 1
    assert await desk.count(f"SELECT count(*) FROM staff_session WHERE id = '{cookie}'") == 0
