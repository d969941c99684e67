"""What citizens write, tap and send on Messenger, from the event that Meta sends to what staff see."""

import pytest
from sqlalchemy import select

from desk.conversations.models import Attachment
from tests.desk.messenger_events import answered, counted, greets, last
from tests.desk.messenger_town import messages_of, thread_of
from tests.desk.running import Desk
from tests.simulators.graph_api import PAGE, Meta, Person

pytestmark = pytest.mark.slow


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
