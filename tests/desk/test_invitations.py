"""One-time links: whose they are, what the journal keeps of them, and a town that has nobody to make them."""

import pytest
from sqlalchemy import text, update

from desk.clock import FixedClock
from desk.settings import Settings
from desk.staff.models import Staff
from tests.desk.accounts import LEA, choose, invite, invited, journal, link_in, person, press
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, PASSWORD
from tests.desk.running import Desk, running

pytestmark = pytest.mark.slow


async def test_the_journal_tells_who_invited_whom_and_never_the_link(desk: Desk) -> None:
    """Invited, withdrawn, joined, a link for a password, a new password: by whom, about whom."""
    ines, lea, path = await desk.agent(INES), await desk.browser(), await person(desk, MALIK)
    links = [await invited(desk, ines)]
    await press(ines, "/staff/people/withdraw", email=LEA["email"])
    links.append(await invited(desk, ines))
    assert (await choose(lea, links[-1])).status_code == 303
    links.append(link_in((await press(ines, f"{path}/link", path)).text))
    assert (await choose(await desk.browser(), links[-1])).status_code == 303
    await press(ines, f"{path}/close", path)
    await press(ines, f"{path}/reopen", path)
    lines = [line for line in await journal(desk) if line[1].partition(".")[0] in {"people", "password"}]
    assert lines == [
        (INES, "people.invited", LEA["email"]), (INES, "people.uninvited", LEA["email"]),
        (INES, "people.invited", LEA["email"]), (LEA["email"], "people.joined", LEA["email"]),
        (INES, "password.link", MALIK), (MALIK, "password.chosen", MALIK),
        (INES, "people.closed", MALIK), (INES, "people.reopened", MALIK),
    ]  # fmt: skip
    async with desk.context.database.read() as session:
        for table in ("journal", "invitation", "mail"):
            stored = str((await session.execute(text(f"SELECT * FROM {table}"))).all())
            assert not [link for link in links if link.partition("=")[2] in stored], table


async def test_an_address_invited_by_another_town_waits(desk: Desk, clock: FixedClock) -> None:
    """Until that link is over: one address, one account."""
    async with desk.context.database.write() as session:
        await session.execute(update(Staff).where(Staff.email == HUGO).values(role="admin"))
    elsewhere = await invited(desk, await desk.agent(HUGO), role="manager")
    refused = await invite(await desk.agent(INES))
    assert refused.status_code == 409 and "Un compte existe déjà" in refused.text
    clock.move(days=8)
    await invited(desk, await desk.agent(INES))
    assert (await choose(await desk.browser(), elsewhere)).status_code == 410


async def test_a_password_is_chosen_on_our_own_page_only(desk: Desk) -> None:
    """A form that another website sends changes nothing, and the link still serves."""
    lea, link = await desk.browser(), await invited(desk, await desk.agent(INES))
    forged = await choose(lea, link, csrf="made-up")
    assert forged.status_code == 403 and "Cette page a expiré" in forged.text
    assert "beffroi_staff" not in lea.http.cookies
    assert (await choose(lea, link, PASSWORD)).status_code == 400  # it holds « beffroi »
    assert (await choose(lea, link)).status_code == 303


async def test_a_link_starts_with_the_address_that_people_type(settings: Settings, clock: FixedClock) -> None:
    """On the page and in the e-mail, for a new password as to join."""
    more = {"smtp_host": "127.0.0.1", "smtp_port": 1, "mail_from": "beffroi@sainte-aure.example",
            "public_url": "https://beffroi.sainte-aure.example/"}  # fmt: skip
    async with running(settings.model_copy(update=more), clock) as desk:
        ines, path = await desk.agent(INES), await person(desk, MALIK)
        shown = [(await invite(ines)).text, (await press(ines, f"{path}/link", path)).text]
        async with desk.context.database.read() as session:
            mails = (await session.execute(text("SELECT address, body FROM mail ORDER BY id"))).all()
    assert [mail.address for mail in mails] == [LEA["email"], MALIK]
    for mail, page in zip(mails, shown, strict=True):
        link = f"https://beffroi.sainte-aure.example{link_in(page)}"
        assert link in page and f"{link}\n" in mail.body and "//staff" not in link


async def test_a_town_without_an_admin_keeps_working(desk: Desk) -> None:
    """Managers answer as before; nobody has the people’s page."""
    async with desk.context.database.write() as session:
        await session.execute(update(Staff).where(Staff.email == INES).values(active=False))
    camille, reference = await desk.agent(CAMILLE), await (await desk.open()).ticket()
    assert "/staff/people" not in await camille.page()
    assert (await camille.reply(reference, "Bonjour.")).status_code == 303
