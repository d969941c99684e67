"""Who answers in a thread on Messenger, and what Meta forbids a Page."""

from datetime import timedelta

import pytest

from desk.conversations.channel_models import ChannelPage
from tests.desk.messenger_events import answered, counted, greets, owner
from tests.desk.messenger_town import conversation_of, messages_of, thread_of
from tests.desk.running import Desk
from tests.simulators.graph_api import APP_ID, INBOX, PAGE, Meta, Person

pytestmark = pytest.mark.slow


async def test_what_comes_on_standby_is_stored_and_left_to_others(messenger: Desk, lea: Person) -> None:
    """The first word already: the assistant does not even hear it. Buttons come without their payload."""
    await lea.emits({"message": {"mid": "m_1", "text": "Bonjour"}}, standby=True)
    await lea.emits({"postback": {"mid": "m_2", "title": "Piscine"}}, standby=True)
    await answered(messenger, lea, 2)
    assert [one.text for one in await messages_of(messenger, lea)] == ["Bonjour", "Piscine"]
    assert messenger.assistant.heard == [] and await owner(messenger, lea) == "staff"
    thread = await thread_of(messenger, lea)
    assert (thread.held_by, thread.held_until) == ("unknown", messenger.clock.now() + timedelta(hours=24))
    assert thread.opened_at == messenger.clock.now()


async def test_the_inbox_takes_the_thread_and_gives_it_back(messenger: Desk, lea: Person) -> None:
    """Silent meanwhile, answering again after."""
    messenger.assistant.script = greets
    await lea.says("Bonjour")
    await answered(messenger, lea)
    await lea.page.take_control(lea)
    thread = await thread_of(messenger, lea)
    assert (thread.held_by, thread.disclosed_at) == (INBOX, None) and await owner(messenger, lea) == "staff"
    await lea.says("Il y a quelqu’un ?")  # on standby, says the simulator
    await answered(messenger, lea, 2)
    assert len(messenger.assistant.heard) == 1 and (await thread_of(messenger, lea)).held_by == INBOX
    await lea.page.pass_control(lea)
    assert (await thread_of(messenger, lea)).held_by is None and await owner(messenger, lea) == "assistant"
    await lea.says("Et maintenant ?")
    await answered(messenger, lea, 3)
    assert [heard.text for heard in messenger.assistant.heard] == ["Bonjour", "Et maintenant ?"]


async def test_a_word_that_comes_to_us_again_gives_the_thread_back(messenger: Desk, lea: Person) -> None:
    """Control had run out; a reaction says nothing of it, nor does a word of before it was taken."""
    messenger.assistant.script = greets
    await lea.says("Bonjour")
    await answered(messenger, lea)
    messenger.clock.move(minutes=10)
    await lea.page.take_control(lea)
    await lea.reacts("m_of_old", "👍")
    assert await owner(messenger, lea) == "staff"
    event = {"message": {"mid": "m_late", "text": "retardée"}}
    await lea.emits(event, at=messenger.clock.now() - timedelta(minutes=1))
    await answered(messenger, lea, 2)
    assert await owner(messenger, lea) == "staff" and len(messenger.assistant.heard) == 1
    messenger.clock.move(hours=25)
    await lea.says("Je reviens")
    await answered(messenger, lea, 3)
    assert await owner(messenger, lea) == "assistant"
    assert messenger.assistant.heard[-1].text == "Je reviens"


async def test_staff_who_hold_the_conversation_keep_it_when_the_thread_comes_back(
    messenger: Desk, lea: Person
) -> None:
    """Held there and here: given back there, a colleague still answers here."""
    await lea.says("Où acheter des tuiles bleues ?")
    reference = (await answered(messenger, lea))[-1].ticket
    await (await messenger.agent()).do(reference, "take")
    await lea.page.take_control(lea)
    await lea.page.pass_control(lea)
    assert (await thread_of(messenger, lea)).held_by is None and await owner(messenger, lea) == "staff"


async def test_control_is_told_in_every_way_meta_writes_it(messenger: Desk, lea: Person) -> None:
    """Numbers as numbers, nobody as null, people who never wrote; a request and roles change nothing."""
    take = {
        "take_thread_control": {"previous_owner_app_id": APP_ID, "new_owner_app_id": 456, "metadata": ".."}
    }
    await lea.emits({"pass_thread_control": {"previous_owner_app_id": None, "new_owner_app_id": APP_ID}})
    assert await conversation_of(messenger, lea) is None
    await lea.emits(take)
    assert (await thread_of(messenger, lea)).held_by == "456" and await owner(messenger, lea) == "staff"
    await lea.emits({"request_thread_control": {"requested_owner_app_id": 456, "metadata": ".."}})
    await lea.emits({"app_roles": {APP_ID: ["primary_receiver"]}})
    assert await owner(messenger, lea) == "staff"
    await lea.emits({"pass_thread_control": {"previous_owner_app_id": 456, "new_owner_app_id": int(APP_ID)}})
    assert await owner(messenger, lea) == "assistant"
    await lea.emits(take)
    await lea.emits({"pass_thread_control": {"previous_owner_app_id": 456, "new_owner_app_id": None}})
    assert await owner(messenger, lea) == "assistant"
    assert await counted(messenger, "app_roles", "ignored") == 1
    assert await messenger.count("SELECT count(*) FROM odd_event") == 0


async def test_an_inbox_answer_may_come_on_standby(messenger: Desk, lea: Person) -> None:
    """The same words, and the thread is known to be held."""
    await lea.says("Bonjour")
    await answered(messenger, lea)
    await lea.page.inbox_reply(lea, "Bonjour Léa", standby=True)
    assert (await messages_of(messenger, lea))[-1].text == "Bonjour Léa"
    assert (await thread_of(messenger, lea)).held_by == "26390203743090"


# Meta and the Page


async def page_row(desk: Desk) -> ChannelPage:
    async with desk.context.database.read() as session:
        return await session.get_one(ChannelPage, ("messenger", PAGE))


async def test_a_sanction_is_kept_until_it_is_lifted(messenger: Desk, meta: Meta) -> None:
    """A warning is told; a block stops the Page; an unblock lets it send again."""
    page = meta.page(PAGE)
    await page.policy("warning", "Too many\ntagged messages")
    found = await page_row(messenger)
    assert (found.policy, found.stopped) == ("warning: Too many tagged messages", None)
    await page.policy("block", "x" * 500)
    found = await page_row(messenger)
    assert found.policy.startswith("block: ") and (found.stopped, found.commune) == ("policy_block", "demo")
    assert found.paused_until > messenger.clock.now()
    await page.policy("unblock")
    found = await page_row(messenger)
    assert (found.policy, found.stopped, found.paused_until) == (None, None, None)
    assert await counted(messenger, "policy_enforcement", "done") == 3
