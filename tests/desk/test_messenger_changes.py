"""What happens to a message that is there: emojis, edits, ratings, receipts."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from desk.assistant.acts import Act, AnswerAct
from desk.assistant.port import Heard
from desk.conversations.channel_models import MessageVersion, Sending
from tests.desk.messenger_events import PART, answered, counted, last, left
from tests.desk.messenger_town import conversation_of, messages_of, thread_of
from tests.desk.running import Desk
from tests.simulators.graph_api import Person

pytestmark = pytest.mark.slow


async def test_a_thumb_on_an_answer_rates_it(messenger: Desk, lea: Person) -> None:
    """And taking it away takes the rating away; the window opens with each emoji that is put."""
    messenger.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    await lea.says("piscine")
    found = await answered(messenger, lea)
    answer = next(one for one in found if one.outcome == "answered")
    await left(messenger, answer.id, "m_answer")
    messenger.clock.move(hours=30)
    steps = [("❤️", True), ("👎", False), ("😍", None), ("👍🏽", True), (None, None)]
    for emoji, useful in steps:
        messenger.clock.move(minutes=1)
        await (lea.reacts("m_answer", emoji) if emoji else lea.unreacts("m_answer"))
        now = next(one for one in await messages_of(messenger, lea) if one.id == answer.id)
        assert (now.reaction, now.useful) == (emoji, useful)
    last_put = messenger.clock.now() - timedelta(minutes=1)
    assert (await thread_of(messenger, lea)).opened_at == last_put
    assert await counted(messenger, "reaction", "done") == len(steps)


async def test_a_reaction_to_a_word_of_theirs_is_shown_and_rates_nothing(
    messenger: Desk, lea: Person
) -> None:
    """Found by its identifier; on what nobody knows it only opens the window."""
    mid = await lea.says("Bonjour")
    await answered(messenger, lea)
    await lea.emits({"reaction": {"reaction": "love", "action": "react", "mid": mid}})
    said = await last(messenger, lea)
    assert (said.reaction, said.useful) == ("❤", None)
    messenger.clock.move(hours=30)
    await lea.reacts("m_of_old", "👍")
    assert (await thread_of(messenger, lea)).opened_at == messenger.clock.now()
    assert await counted(messenger, "reaction", "nobody") == 1


async def test_an_edit_before_the_answer_is_what_gets_answered(
    messenger: Desk, lea: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited behind another message; the old words are kept as a version."""
    go_on, reply = asyncio.Event(), messenger.assistant.reply

    async def slow(heard: Heard) -> list[Act]:
        await go_on.wait()
        return await reply(heard)

    monkeypatch.setattr(messenger.assistant, "reply", slow)
    await lea.says("Bonjour")
    mid = await lea.says("Horaires de la piscin")
    await lea.edits(mid, "Horaires de la piscine ?")
    go_on.set()
    await answered(messenger, lea, 2)
    assert [heard.text for heard in messenger.assistant.heard] == ["Bonjour", "Horaires de la piscine ?"]
    said = await last(messenger, lea)
    async with messenger.context.database.read() as session:
        versions = list(await session.scalars(select(MessageVersion)))
    assert [(one.message_id, one.number, one.text) for one in versions] == [
        (said.id, 1, "Horaires de la piscin")
    ]


async def test_an_edit_after_the_answer_is_kept_and_shown_only(messenger: Desk, lea: Person) -> None:
    """Nothing is answered twice; staff read the new words, and the old ones under them."""
    mid = await lea.says("Où acheter des tuiles bleues ?")
    found = await answered(messenger, lea)
    await lea.edits(mid, "Où acheter des tuiles vertes ?")
    said = await last(messenger, lea)
    assert said.text == "Où acheter des tuiles vertes ?" and said.answered_at is not None
    assert len(messenger.assistant.heard) == 1 and len(await messages_of(messenger, lea)) == len(found)
    page = await (await messenger.agent()).page(f"/staff/tickets/{found[-1].ticket}")
    assert "tuiles vertes" in page and "tuiles bleues" in page


async def test_edits_in_any_order_end_with_the_last_one(messenger: Desk, lea: Person) -> None:
    """Each number once, and every version in its place."""
    mid = await lea.says("un")
    await answered(messenger, lea)
    for number, text in ((3, "quatre"), (1, "deux"), (3, "quatre"), (2, "trois"), (1, "deux")):
        await lea.emits({"message_edit": {"mid": mid, "text": text, "num_edit": number}})
    assert (await last(messenger, lea)).text == "quatre"
    async with messenger.context.database.read() as session:
        versions = await session.scalars(select(MessageVersion).order_by(MessageVersion.number))
        assert [(one.number, one.text) for one in versions] == [(1, "un"), (2, "deux"), (3, "trois")]
    assert await counted(messenger, "message_edit", "duplicate") == 2
    for _ in range(2):
        await lea.emits({"message_edit": {"mid": mid, "text": "cinq"}})
    assert (await last(messenger, lea)).text == "cinq"
    assert await messenger.count("SELECT count(*) FROM message_version") == 4


async def test_an_edit_that_overtakes_its_message_is_the_message(messenger: Desk, lea: Person) -> None:
    """Said once, in its last words."""
    await lea.emits({"message_edit": {"mid": "m_1", "text": "Piscine ?", "num_edit": 1}})
    await lea.emits({"message": {"mid": "m_1", "text": "Pissine ?"}})
    await answered(messenger, lea)
    assert [one.text for one in await messages_of(messenger, lea) if one.author == "citizen"] == ["Piscine ?"]
    assert len(messenger.assistant.heard) == 1


async def test_messengers_own_rating_counts_as_ours(messenger: Desk, lea: Person) -> None:
    """« Good response », « Bad response »; of an answer only."""
    messenger.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    mid = await lea.says("piscine")
    answer = next(one for one in await answered(messenger, lea) if one.outcome == "answered")
    await left(messenger, answer.id, "m_answer")
    meta_page = lea.page
    meta_page.subscribed.add("response_feedback")
    for said, useful in (("Good response", True), ("Bad response", False)):
        await lea.emits({"response_feedback": {"feedback": said, "mid": "m_answer"}})
        found = {one.id: one.useful for one in await messages_of(messenger, lea)}
        assert found[answer.id] is useful
    await lea.emits({"response_feedback": {"feedback": "Good response", "mid": mid}})
    assert await counted(messenger, "response_feedback", "nobody") == 1


# Receipts


async def test_delivery_and_read_are_noted(messenger: Desk, lea: Person) -> None:
    """By identifier and by watermark, in Meta's words; they never go back."""
    await lea.says("Bonjour")
    found = await answered(messenger, lea)
    await left(messenger, found[-1].id, "m_ours")
    messenger.clock.move(minutes=1)
    at = round(messenger.clock.now().timestamp() * 1000)
    await lea.emits({"delivery": {"mids": ["m_ours", "m_other"], "watermark": at}})
    await lea.reads()
    thread = await thread_of(messenger, lea)
    assert thread.delivered_at == thread.read_at == messenger.clock.now()
    async with messenger.context.database.read() as session:
        assert (await session.get_one(Sending, (found[-1].id, PART))).delivered_at == messenger.clock.now()
    await lea.emits({"delivery": {"watermark": at - 60_000}})
    await lea.emits({"read": {"watermark": at - 60_000}})
    thread = await thread_of(messenger, lea)
    assert thread.delivered_at == thread.read_at == messenger.clock.now()


async def test_a_receipt_never_opens_a_window_nor_a_conversation(messenger: Desk, lea: Person) -> None:
    """Somebody who never wrote may read what the Page once sent."""
    await lea.reads()
    assert await conversation_of(messenger, lea) is None
    await lea.says("Bonjour")
    opened = messenger.clock.now()
    messenger.clock.move(hours=1)
    await lea.reads()
    assert (await thread_of(messenger, lea)).opened_at == opened
