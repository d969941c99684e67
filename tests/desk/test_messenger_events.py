"""Each kind of event that Meta sends, from its recorded payload to what it changes for those who look."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from desk.assistant.acts import Act, AnswerAct, SayAct
from desk.assistant.port import Heard
from desk.conversations.channel_models import ChannelPage, MessageVersion, Sending
from desk.conversations.channel_threads import disclosed
from desk.conversations.deliveries import wait_until
from desk.conversations.models import Attachment, Conversation, Delivery, Message
from desk.conversations.outbound import Reply, store_reply
from desk.conversations.sendings import about_to_leave, has_left
from tests.desk.messenger_town import conversation_of, messages_of, thread_of
from tests.desk.running import Desk
from tests.desk.test_health import figures
from tests.simulators.graph_api import APP_ID, INBOX, PAGE, Meta, Person

pytestmark = pytest.mark.slow

PART = 7
"""Of our messages here: the outbox never gets so far."""


@pytest.fixture
def lea(meta: Meta) -> Person:
    """A citizen of Sainte-Aure."""
    return meta.page(PAGE).person("7001")


def greets(_heard: object) -> list[SayAct]:
    """The assistant says hello to everything."""
    return [SayAct(act="say", key="saluer")]


async def answered(desk: Desk, person: Person, count: int = 1) -> list[Message]:
    """Everything that was said, once nothing waits and ``count`` messages of theirs were dealt with."""
    await desk.until_count("SELECT count(*) FROM message WHERE answered_at IS NOT NULL", count)
    return await messages_of(desk, person)


async def last(desk: Desk, person: Person) -> Message:
    """The newest message of theirs."""
    return [one for one in await messages_of(desk, person) if one.author == "citizen"][-1]


async def left(desk: Desk, message_id: int, mid: str) -> None:
    """A part of our message is on its way, under Meta's identifier."""
    async with desk.context.database.write() as session:
        await about_to_leave(session, message_id, PART, desk.clock.now())
        await has_left(session, message_id, PART, mid, desk.clock.now())


async def counted(desk: Desk, kind: str, result: str) -> float:
    found = await figures(desk)
    return found.get(f'beffroi_messenger_events{{kind="{kind}",result="{result}"}}', 0)


async def owner(desk: Desk, person: Person) -> str:
    found = await conversation_of(desk, person)
    assert found is not None
    return found.owner


# What citizens write


async def test_words_are_stored_answered_and_shown_to_staff(messenger: Desk, lea: Person) -> None:
    """The message, its window by Meta's clock, the ticket, the page."""
    mid = await lea.says("Où acheter des tuiles près de l’église ?")
    found = await answered(messenger, lea)
    said = next(one for one in found if one.author == "citizen")
    assert (said.text, said.external_id, said.channel) == (
        "Où acheter des tuiles près de l’église ?",
        mid,
        "messenger",
    )
    handed = next(one for one in found if one.outcome == "handoff")
    thread = await thread_of(messenger, lea)
    assert (thread.page, thread.person, thread.opened_at) == (PAGE, "7001", messenger.clock.now())
    page = await (await messenger.agent()).page(f"/staff/tickets/{handed.ticket}")
    assert "tuiles près de l’église" in page and "Messenger" in page


async def test_an_answer_to_a_certain_message_is_an_ordinary_message(messenger: Desk, lea: Person) -> None:
    """What it answers to is not looked at."""
    event = {
        "message": {"mid": "m_9", "text": "et le soir ?", "reply_to": {"mid": "m_1", "is_self_reply": False}}
    }
    await lea.emits(event)
    assert (await last(messenger, lea)).text == "et le soir ?"


async def test_a_quick_reply_is_heard_as_its_payload(messenger: Desk, lea: Person) -> None:
    """The words are its title; the assistant hears what was chosen."""
    messenger.assistant.script = greets
    await lea.quick_reply("Piscine", "topic:piscine")
    await answered(messenger, lea)
    said = await last(messenger, lea)
    assert (said.text, said.payload) == ("Piscine", "topic:piscine")
    assert [heard.payload for heard in messenger.assistant.heard] == ["topic:piscine"]


async def test_get_started_gets_the_first_words(messenger: Desk, lea: Person) -> None:
    """With or without a link behind it; the assistant never hears of it."""
    await lea.get_started(ref="site")
    found = await answered(messenger, lea)
    assert [(one.author, one.text, one.payload) for one in found[:1]] == [("citizen", "Démarrer", "start")]
    assert "assistant automatique" in found[1].text and len(found) == 2
    assert messenger.assistant.heard == []
    assert await counted(messenger, "postback", "stored") == 1


async def test_a_button_of_the_menu_is_heard_as_its_payload(messenger: Desk, lea: Person) -> None:
    """Ice breakers and the persistent menu come the same way."""
    messenger.assistant.script = greets
    await lea.taps("Parler à un agent", "human")
    await answered(messenger, lea)
    assert [(heard.text, heard.payload) for heard in messenger.assistant.heard] == [
        ("Parler à un agent", "human")
    ]


async def test_a_tap_without_an_identifier_is_told_by_its_time(messenger: Desk, lea: Person) -> None:
    """The same one twice is one; a second one later is another. One without a title still says something."""
    messenger.assistant.script = greets
    tap = {"postback": {"title": "Piscine", "payload": "topic:piscine"}}
    await lea.emits(tap)
    await lea.emits(tap)
    messenger.clock.move(seconds=1)
    await lea.emits(tap)
    await lea.emits({"postback": {"payload": "topic:cantine"}})
    found = [one for one in await messages_of(messenger, lea) if one.author == "citizen"]
    assert [(one.text, one.payload) for one in found] == [
        ("Piscine", "topic:piscine"), ("Piscine", "topic:piscine"), ("[bouton]", "topic:cantine"),
    ]  # fmt: skip
    await answered(messenger, lea, 3)
    assert [heard.payload for heard in messenger.assistant.heard][-1] == "topic:cantine"


async def test_a_link_of_the_town_opens_the_window_and_says_nothing(messenger: Desk, lea: Person) -> None:
    """A day later the town may write again; what the link said is kept nowhere."""
    await lea.says("Bonjour")
    await answered(messenger, lea)
    messenger.clock.move(days=2)
    await lea.opens_link("affiche-secrete")
    thread = await thread_of(messenger, lea)
    assert thread.opened_at == messenger.clock.now()
    assert await counted(messenger, "referral", "done") == 1
    assert await messenger.count("SELECT count(*) FROM message WHERE author = 'citizen'") == 1
    assert await messenger.count("SELECT count(*) FROM odd_event") == 0


async def test_a_link_may_come_before_the_first_word(messenger: Desk, lea: Person) -> None:
    """The thread is older than the desk: it is known from then on."""
    await lea.opens_link("site")
    assert (await thread_of(messenger, lea)).opened_at == messenger.clock.now()


# What comes beside words


async def test_a_photo_is_fetched_and_gets_a_polite_choice(messenger: Desk, lea: Person) -> None:
    """A row to fetch beside the message, whose bytes come later; Meta's address is not shown."""
    await lea.sends_image()
    found = await answered(messenger, lea)
    reply = found[-1]
    assert found[0].text == "" or found[0].author != "citizen"
    assert reply.text == messenger.context.communes["demo"].texts("fichier.recu") and reply.buttons
    await messenger.until_count("SELECT count(*) FROM attachment WHERE state = 'kept'", 1)
    (shown,) = (await last(messenger, lea)).attachments
    assert shown["media_type"] == "image/png" and shown["size"] > 0 and "url" not in shown
    async with messenger.context.database.read() as session:
        kept = (await session.scalars(select(Attachment))).one()
    assert (kept.id, kept.message_id) == (shown["id"], (await last(messenger, lea)).id)


@pytest.mark.parametrize(
    ("kind", "row"),
    [("image", "image"), ("audio", "audio"), ("video", "video"), ("file", "file"), ("reel", "video"),
     ("ig_reel", "video")],
)  # fmt: skip
async def test_each_kind_of_file_is_wanted(
    messenger: Desk, lea: Person, meta: Meta, kind: str, row: str
) -> None:
    """With words or without; the entry says what it is in French while it is not there."""
    mid = await lea.sends(
        {"type": kind, "payload": {"url": meta.missing_media(), "reel_video_id": 1}}, text="Voilà"
    )
    said = await last(messenger, lea)
    assert (said.text, said.external_id) == ("Voilà", mid)
    (entry,) = said.attachments
    assert entry["name"] == messenger.context.communes["demo"].texts(f"fichier.noms.{row}")
    assert entry["size"] == 0 and entry["state"] in ("wanted", "lost")
    assert await messenger.count("SELECT count(*) FROM attachment") == 1


async def test_a_file_without_an_address_is_lost_at_once(messenger: Desk, lea: Person) -> None:
    """Staff see that something came."""
    for payload in ({}, None, {"url": "ftp://x"}, {"url": "https://x.example/\x00"}):
        await lea.sends({"type": "image", "payload": payload}, text="photo")
        (entry,) = (await last(messenger, lea)).attachments
        assert entry["state"] == "lost"
    assert await messenger.count("SELECT count(*) FROM attachment") == 0


async def test_no_more_files_are_fetched_than_a_conversation_may_hold(
    messenger: Desk, lea: Person, meta: Meta
) -> None:
    """Beyond, they are lost; what is beyond what Meta sends is kept as an odd event."""
    many = [{"type": "image", "payload": {"url": meta.missing_media()}} for _ in range(45)]
    await lea.emits({"message": {"mid": "m_1", "attachments": many}})
    await lea.sends({"type": "image", "payload": {"url": meta.missing_media()}})
    found = [one for one in await messages_of(messenger, lea) if one.author == "citizen"]
    assert [len(one.attachments) for one in found] == [40, 1]
    assert found[1].attachments[0]["state"] == "lost"
    assert await messenger.count("SELECT count(*) FROM attachment") == 40
    assert await messenger.count("SELECT count(*) FROM odd_event") == 1


async def test_the_thumb_is_said_and_other_stickers_are_shown(messenger: Desk, lea: Person) -> None:
    """All three sizes of it; no address of Meta's is kept."""
    for number in (369239263222822, 369239343222814, 369239383222810, "369239263222822"):
        await lea.sends({"type": "sticker", "payload": {"url": "https://x.example/y", "sticker_id": number}})
        said = await last(messenger, lea)
        assert (said.text, said.attachments) == ("👍", [])
    for kind in ("sticker", "image"):  # stickers were images until August 2026
        await lea.sends({"type": kind, "payload": {"url": "https://x.example/y", "sticker_id": 12}})
        said = await last(messenger, lea)
        assert [(entry["kind"], "url" in entry) for entry in said.attachments] == [("sticker", False)]
    assert await messenger.count("SELECT count(*) FROM attachment") == 0


async def test_a_place_is_a_point_on_a_map(messenger: Desk, lea: Person) -> None:
    """Coordinates that are none are something unknown."""
    where = {"type": "location", "title": "Ici", "payload": {"coordinates": {"lat": 44.1, "long": -4.25}}}
    await lea.sends(where)
    (entry,) = (await last(messenger, lea)).attachments
    assert (entry["kind"], entry["name"]) == ("location", "Ici")
    assert entry["url"] == "https://www.openstreetmap.org/?mlat=44.100000&mlon=-4.250000"
    for wrong in (
        {"lat": 91, "long": 0},
        {"lat": True, "long": 1},
        {"lat": "x"},
        None,
        {"lat": 1e999, "long": 0},
    ):
        await lea.sends({"type": "location", "payload": {"coordinates": wrong}})
        (entry,) = (await last(messenger, lea)).attachments
        assert entry["kind"] == "unknown" and "url" not in entry


async def test_a_shared_page_is_a_link_under_the_words(messenger: Desk, lea: Person) -> None:
    """With what Meta knows of it; nothing that a browser would run."""
    link = {"type": "fallback", "payload": {"url": "https://x.example/a?b=1", "title": "Une  page\n"}}
    await lea.sends(link, text="voir https://x.example/a")
    said = await last(messenger, lea)
    assert said.text == "voir https://x.example/a"
    assert [(one["kind"], one["url"], one["name"]) for one in said.attachments] == [
        ("link", "https://x.example/a?b=1", "Une page")
    ]
    await lea.sends({"type": "fallback"}, text="voir https://x.example/a")
    assert (await last(messenger, lea)).attachments == []
    await lea.sends({"type": "fallback", "title": "Piège", "url": "javascript:alert(1)", "payload": None})
    (entry,) = (await last(messenger, lea)).attachments
    assert entry["name"] == "Piège" and "url" not in entry


async def test_what_nobody_knows_gets_a_polite_choice(messenger: Desk, lea: Person) -> None:
    """An attachment type of tomorrow, and a message with nothing in it."""
    messenger.assistant.script = greets
    await lea.sends({"type": "hologram", "payload": {"url": "https://x.example/y"}})
    await lea.emits({"message": {"mid": "m_2", "is_unsupported": True}})
    found = await answered(messenger, lea, 2)
    for said in (one for one in found if one.author == "citizen"):
        assert said.text == "" and [entry["kind"] for entry in said.attachments] == ["unknown"]
    assert found[-1].text == messenger.context.communes["demo"].texts("fichier.recu")
    assert messenger.assistant.heard == []


async def test_more_words_than_are_stored_are_kept_beside(messenger: Desk, lea: Person) -> None:
    """Messenger takes 2,000 characters; should it take more one day, no word is lost."""
    await lea.emits({"message": {"mid": "m_1", "text": "é" * 5000}})
    assert (await last(messenger, lea)).text == "é" * 4000
    assert await messenger.count("SELECT count(*) FROM odd_event") == 1


# What they do to messages


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


# What was written as the Page


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


# Who answers in the thread


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
