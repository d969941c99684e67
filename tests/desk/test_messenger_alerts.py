"""What keeps a Page from sending: told to those who may mend it, and tried again when they say so."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from desk.conversations.channel_pages import page_state, sanction_page, stop_page, warn_page
from desk.conversations.deliveries import wait_until
from desk.conversations.models import Delivery
from desk.staff.labels import codes, label
from tests.desk.messenger_desk import (
    NBSP,
    PAGES,
    conversation,
    heard,
    later,
    says,
    words,
)
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, hidden
from tests.desk.running import Desk
from tests.desk.statements import statements

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("code", ["190", "1893063", "no_token", "policy_block", "368"])
async def test_a_stopped_page_is_told_on_every_page_of_those_who_may_mend_it(desk: Desk, code: str) -> None:
    """What happened, since when, who mends it; other roles and other towns are not troubled."""
    async with desk.context.database.write() as session:
        await stop_page(session, "messenger", PAGES["demo"], "demo", code, desk.clock.now())
    said = label("page_trouble", code if code in codes("page_trouble") else "stopped", said=code)
    for email in (CAMILLE, INES):
        agent = await desk.agent(email)
        for where in ("/staff/", "/staff/account", "/staff/answers"):
            page = words(await agent.page(where))
            assert f"Ville de Sainte-Aure : {said} Depuis lundi 23 novembre à 10 h." in page, where
            assert "C’est réparé : réessayer" in page
    for email in (MALIK, HUGO):
        assert "C’est réparé" not in words(await (await desk.agent(email)).page("/staff/account"))


async def test_warnings_and_sanctions_are_told_too(desk: Desk) -> None:
    """A sanction in Meta's own words, and nothing of them is read as markup."""
    async with desk.context.database.write() as session:
        now, page = desk.clock.now(), PAGES["demo"]
        await warn_page(session, "messenger", page, "demo", "2018338", now)
        await sanction_page(session, "messenger", page, "demo", "warning: <b>spam</b>", now)
    shown = await (await desk.agent()).page()
    assert label("page_trouble", "2018338") in words(shown)
    assert "« warning: &lt;b&gt;spam&lt;/b&gt; »" in shown.replace(NBSP, " ")


async def test_saying_that_it_is_mended_tries_at_once(desk: Desk) -> None:
    """What waits for the Page is due, but for what may have left; warnings are read; the journal knows."""
    waiting, unsure, elsewhere = [await heard(desk) for _ in range(3)]
    async with desk.context.database.write() as session:
        now, page = desk.clock.now(), PAGES["demo"]
        await stop_page(session, "messenger", page, "demo", "190", now)
        await warn_page(session, "messenger", page, "demo", "200", now)
    orders = {}
    for reference, code in ((waiting, "page_paused"), (unsure, "awaiting_echo"), (elsewhere, "page_paused")):
        number = await says(desk, reference)
        async with desk.context.database.write() as session:
            order = await session.scalar(select(Delivery.id).where(Delivery.message_id == number))
            await wait_until(session, order, code, later(desk, minutes=15))
            orders[reference] = order
    async with desk.context.database.write() as session:
        talk = await conversation(session, elsewhere)
        await session.execute(
            text("UPDATE channel_thread SET page = '1' WHERE conversation_id = :id"), {"id": talk.id}
        )
    agent = await desk.agent()
    csrf = hidden(await agent.page(), "csrf")
    done = await agent.http.post("/staff/messenger/retry", data={"csrf": csrf, "page": PAGES["demo"]})
    assert (done.status_code, done.headers["location"]) == (303, "/staff/")
    async with desk.context.database.read() as session:
        state = await page_state(session, "messenger", PAGES["demo"])
        due = {order.id: order.next_attempt_at for order in await session.scalars(select(Delivery))}
    assert state is not None and (state.paused_until, state.warned) == (desk.clock.now(), None)
    assert [due[orders[one]] - desk.clock.now() for one in (waiting, unsure, elsewhere)] == [
        timedelta(0), timedelta(minutes=15), timedelta(minutes=15)
    ]  # fmt: skip
    assert "a demandé un nouvel essai d’une Page Messenger" in words(await agent.page("/staff/journal"))


async def test_the_page_of_another_town_is_not_ours_to_retry(desk: Desk) -> None:
    """Refused, with a sentence; so is an agent."""
    for email, status in ((CAMILLE, 400), (MALIK, 403)):
        agent = await desk.agent(email)
        csrf = hidden(await agent.page("/staff/account"), "csrf")
        for page in (PAGES["valbreuil"], ""):
            form = {"csrf": csrf, "page": page}
            assert (await agent.http.post("/staff/messenger/retry", data=form)).status_code == status


async def test_a_town_without_a_page_asks_nothing_of_it(desk: Desk) -> None:
    """One look at a small table for those who may mend; none for the others."""
    camille, malik = await desk.agent(), await desk.agent(MALIK)
    for agent, expected in ((camille, 1), (malik, 0)):
        with statements(desk, "channel_page") as seen:
            await agent.page("/staff/account")
        assert len(seen) == expected
