"""What was written as the Page: by a human in its inbox, or by ourselves."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from desk.conversations.channel_models import Sending
from desk.conversations.channel_threads import disclosed
from desk.conversations.deliveries import wait_until
from desk.conversations.models import Conversation, Delivery
from desk.conversations.outbound import Reply, store_reply
from desk.conversations.sendings import about_to_leave
from tests.desk.messenger_events import answered, counted, owner
from tests.desk.messenger_town import conversation_of, messages_of, thread_of
from tests.desk.running import Desk
from tests.simulators.graph_api import APP_ID, PAGE, Person

pytestmark = pytest.mark.slow


async def test_a_human_in_the_page_inbox_silences_the_assistant(messenger: Desk, lea: Person) -> None:
    """Stored once as staff, with the ticket, in its history; the window stays as it was."""
    await lea.says("Où acheter des tuiles bleues ?")
    found = await answered(messenger, lea)
    reference, opened = found[-1].ticket, (await thread_of(messenger, lea)).opened_at
    async with messenger.context.database.write() as session:
        await disclosed(session, found[0].conversation_id, messenger.clock.now())
    messenger.clock.move(minutes=5)
    await lea.page.inbox_reply(lea, "Chez Martin, rue du Four.")
    written = (await messages_of(messenger, lea))[-1]
    assert (written.author, written.outcome, written.ticket, written.text) == (
        "staff", "staff", reference, "Chez Martin, rue du Four.")  # fmt: skip
    assert written.author_name == "Boîte de réception de la Page"
    conversation, thread = await conversation_of(messenger, lea), await thread_of(messenger, lea)
    assert (conversation.owner, conversation.owner_staff_id) == ("staff", None)
    assert conversation.staff_active_at == messenger.clock.now()
    assert (thread.opened_at, thread.disclosed_at) == (opened, None)
    async with messenger.context.database.read() as session:
        orders = select(Delivery.channel, Delivery.state).where(Delivery.message_id == written.id)
        assert [tuple(row) for row in await session.execute(orders)] == [("elsewhere", "sent")]
    page = await (await messenger.agent()).page(f"/staff/tickets/{reference}")
    assert "Chez Martin" in page and "réponse depuis la boîte de réception de la Page" in page
    heard = len(messenger.assistant.heard)
    await lea.says("Merci !")
    await answered(messenger, lea, 2)
    assert (
        len(messenger.assistant.heard) == heard and (await messages_of(messenger, lea))[-1].text == "Merci !"
    )


async def test_a_foreign_echo_twice_is_one_message(messenger: Desk, lea: Person) -> None:
    """Whatever number the inbox writes under, and when there is none at all."""
    for app in (26390203743090, "263902037430900", None):
        echo = {"mid": f"m_{app}", "is_echo": True, "text": f"app {app}"} | ({"app_id": app} if app else {})
        event = {"sender": {"id": PAGE}, "recipient": {"id": "7001"}, "message": echo}
        for _ in range(2):
            await lea.emits(event)
    assert [one.text for one in await messages_of(messenger, lea)] == [
        "app 26390203743090", "app 263902037430900", "app None"]  # fmt: skip
    assert await counted(messenger, "echo", "duplicate") == 3
    assert (await thread_of(messenger, lea)).opened_at is None and await owner(messenger, lea) == "staff"


async def test_what_the_inbox_attaches_is_told_in_words(messenger: Desk, lea: Person) -> None:
    """The town's own file is not fetched."""
    photo = {"type": "image", "payload": {"url": "https://scontent.example/x.jpg"}}
    await lea.page.inbox_reply(lea, "Voici le plan", attachment=photo)
    await lea.page.inbox_reply(lea, "", attachment=photo)
    assert [one.text for one in await messages_of(messenger, lea)] == [
        "Voici le plan\n[pièce jointe]", "[pièce jointe]"]  # fmt: skip
    assert await messenger.count("SELECT count(*) FROM attachment") == 0


async def test_a_colleague_who_holds_the_conversation_still_does(messenger: Desk, lea: Person) -> None:
    """Somebody else answered in the inbox meanwhile."""
    await lea.says("Où acheter des tuiles bleues ?")
    reference = (await answered(messenger, lea))[-1].ticket
    await (await messenger.agent()).do(reference, "take")
    held = (await conversation_of(messenger, lea)).owner_staff_id
    await lea.page.inbox_reply(lea, "Je m’en occupe.")
    found = await conversation_of(messenger, lea)
    assert held is not None and (found.owner, found.owner_staff_id) == ("staff", held)


async def our_message(desk: Desk, person: Person, *, awaiting: bool) -> int:
    """A reply whose only part was tried; its order waits for the echo, or is in an outbox's hands."""
    now = desk.clock.now()
    async with desk.context.database.write() as session:
        conversation = await session.get_one(Conversation, (await conversation_of(desk, person)).id)
        reply = Reply("Voici.", outcome="system", author="system")
        number = await store_reply(session, conversation, reply, now)
        order = (await session.scalars(select(Delivery).where(Delivery.message_id == number))).one()
        code, until = ("awaiting_echo", 30) if awaiting else ("leased", 300)
        await wait_until(session, order.id, code, now + timedelta(seconds=until))
        await about_to_leave(session, number, 0, now)
    return number


def echo_of(number: int, mid: str = "m_ours", app: Any = APP_ID) -> dict[str, Any]:
    """Our own words coming back."""
    message = {"mid": mid, "is_echo": True, "app_id": app, "text": "Voici.", "metadata": f"bf:{number}:0"}
    return {"sender": {"id": PAGE}, "recipient": {"id": "7001"}, "message": message}


@pytest.mark.parametrize("app", [APP_ID, int(APP_ID), None])
async def test_our_own_echo_settles_what_was_sent(messenger: Desk, lea: Person, app: Any) -> None:
    """The part has left under Meta's identifier, and its order ends without a second sending."""
    await lea.says("Bonjour")
    await answered(messenger, lea)
    number = await our_message(messenger, lea, awaiting=True)
    before = len(await messages_of(messenger, lea))
    for _ in range(2):
        await lea.emits(echo_of(number, app=app))
    await messenger.until_count(
        f"SELECT count(*) FROM delivery WHERE message_id = {number} AND state = 'sent'", 1
    )
    async with messenger.context.database.read() as session:
        part = await session.get_one(Sending, (number, 0))
    assert (part.state, part.external_id) == ("sent", "m_ours")
    assert "Voici." not in [received.text for received in lea.inbox]
    assert len(await messages_of(messenger, lea)) == before and await owner(messenger, lea) == "assistant"


async def test_an_echo_does_not_pull_an_order_out_of_an_outbox_that_carries_it(
    messenger: Desk, lea: Person
) -> None:
    """It comes before the answer to the sending: another desk must not take the order up meanwhile."""
    await lea.says("Bonjour")
    await answered(messenger, lea)
    number = await our_message(messenger, lea, awaiting=False)
    await lea.emits(echo_of(number))
    async with messenger.context.database.read() as session:
        order = (await session.scalars(select(Delivery).where(Delivery.message_id == number))).one()
        assert (await session.get_one(Sending, (number, 0))).state == "sent"
    assert order.next_attempt_at == messenger.clock.now() + timedelta(minutes=5)


async def test_an_echo_of_our_application_that_fits_nothing_is_counted(messenger: Desk, lea: Person) -> None:
    """Of another desk, or of before a restored backup: no human wrote it."""
    await lea.says("Bonjour")
    await answered(messenger, lea)
    before = len(await messages_of(messenger, lea))
    for number, metadata in enumerate(("bf:999999:0", "bf:9223372036854775808:0", "tk:9", "", None)):
        event = echo_of(1, f"m_{number}")
        event["message"]["metadata"] = metadata
        await lea.emits(event)
    assert len(await messages_of(messenger, lea)) == before and await owner(messenger, lea) == "assistant"
    assert await counted(messenger, "echo", "ignored") == 5
