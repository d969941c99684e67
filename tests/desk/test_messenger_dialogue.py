"""What is said on Messenger: that a machine answers, how to be reached in time, and to what has no words."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from desk.assistant.acts import HandoffAct, SafetyAct, SayAct
from desk.assistant.payloads import HUMAN, START
from desk.clock import FixedClock
from desk.conversations.models import Conversation, Message
from desk.conversations.odd_events import keep_odd
from desk.dialogue.disclosure import Due, Told, due
from desk.rounds.odd_events import OddEvents
from desk.rounds.quiet import QuietReleaser
from tests.desk.messenger_town import conversation_of, messages_of, thread_of
from tests.desk.people import HUGO, Agent, hidden
from tests.desk.running import Desk
from tests.simulators.graph_api import APP_ID, Meta, Person

pytestmark = pytest.mark.slow

DEMO, VALBREUIL = "100000000000001", "100000000000002"
FIRST_WORDS = "Bonjour, je suis l’assistant automatique de Sainte-Aure"
REMINDER = "Je suis l’assistant automatique de Sainte-Aure, pas une personne."
GREETING = "Bonjour. Quelle est votre question"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ago(hours: float) -> datetime:
    return NOON - HOUR * hours


@pytest.mark.parametrize(
    ("told", "in_danger", "expected"),
    [
        (Told(None, None, None), False, "first_words"),
        (Told(None, None, None), True, "reminder"),
        (Told(ago(1), None, ago(1)), False, "first_words"),  # they were only reminded, in danger
        (Told(ago(1), None, ago(1)), True, None),
        (Told(ago(1), ago(1), ago(1)), False, None),
        (Told(None, ago(300), ago(1)), False, "reminder"),  # a human answered meanwhile
        (Told(None, ago(300), ago(1)), True, "reminder"),
        (Told(ago(300), ago(300), ago(24)), False, "reminder"),
        (Told(ago(300), ago(300), ago(23.9)), False, None),
        (Told(ago(0.1), ago(300), ago(25)), False, None),  # told with the answer to the message before
        (Told(ago(30), ago(30), None), False, "reminder"),
    ],
)
def test_what_must_be_said_follows_from_what_was(told: Told, in_danger: bool, expected: Due | None) -> None:
    """The first words once, then a reminder after a human and after a day of silence."""
    assert due(told, NOON, in_danger=in_danger) == expected


def greets(desk: Desk) -> None:
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]


async def replies(desk: Desk, mid: str) -> list[Message]:
    """What was said to a message, once it is dealt with."""
    await desk.until_count(
        f"SELECT count(*) FROM message WHERE external_id = '{mid}' AND answered_at IS NOT NULL", 1
    )
    async with desk.context.database.read() as session:
        heard = await session.scalar(select(Message.id).where(Message.external_id == mid))
        said = await session.scalars(
            select(Message).where(Message.in_reply_to == heard).order_by(Message.seq)
        )
        return list(said)


async def told(desk: Desk, person: Person, words: str = "Bonjour") -> list[str]:
    """The beginnings of what is said to one more message."""
    return [
        next(
            (known for known in (FIRST_WORDS, REMINDER, GREETING) if reply.text.startswith(known)), reply.text
        )
        for reply in await replies(desk, await person.says(words))
    ]


async def ticket_of(desk: Desk, person: Person, words: str = "Où acheter des tuiles bleues ?") -> Message:
    """The last reply to a question that nobody can answer."""
    return (await replies(desk, await person.says(words)))[-1]


async def carried(desk: Desk) -> None:
    """Wait until the outbox has done with everything: what is on its way when a human comes in is refused."""
    await desk.until_count("SELECT count(*) FROM delivery WHERE state = 'queued'", 0)


def releaser(desk: Desk) -> QuietReleaser:
    context = desk.context
    return QuietReleaser(context.database, context.communes, context.hub, context.clock)


# The first words


async def test_get_started_is_answered_with_the_first_words_alone(messenger: Desk, meta: Meta) -> None:
    """The assistant never hears it; what is asked next is answered without any more ado."""
    greets(messenger)
    lea = meta.page(DEMO).person("7001")
    (welcome,) = await replies(messenger, await lea.get_started())
    assert welcome.text.startswith(FIRST_WORDS) and welcome.buttons[0]["payload"] == HUMAN
    assert messenger.assistant.heard == []
    assert (await messages_of(messenger, lea))[0].payload == START
    assert await told(messenger, lea) == [GREETING]


async def test_get_started_twice_in_a_row_says_the_words_once(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """A minute later they are said again: somebody has come back to the start."""
    lea = meta.page(DEMO).person("7001")
    assert len(await replies(messenger, await lea.get_started())) == 1
    clock.move(seconds=59)
    assert await replies(messenger, await lea.get_started()) == []
    clock.move(seconds=1)
    assert len(await replies(messenger, await lea.get_started())) == 1


async def test_the_town_s_notices_come_after_the_first_words(messenger: Desk, meta: Meta) -> None:
    """Once a conversation, as on the website."""
    agent = await messenger.agent()
    page = await agent.page("/staff/notices/new")
    filled = {
        "csrf": hidden(page, "csrf"),
        "version": hidden(page, "version"),
        "title": "Coupure d’eau",
        "body": "Mardi.",
        "starts_at": "2026-11-23T10:00",
        "ends_at": "2026-11-24T12:00",
        "topic": [],
    }
    assert (await agent.http.post("/staff/notices/new", data=filled)).status_code == 303  # fmt: skip
    greets(messenger)
    lea, paul = meta.page(DEMO).person("7001"), meta.page(DEMO).person("7002")
    welcome, notice = await replies(messenger, await lea.get_started())
    assert welcome.text.startswith(FIRST_WORDS) and "Coupure d’eau" in notice.text
    assert await told(messenger, lea) == [GREETING]
    first, notice_text, answer = await told(messenger, paul)
    assert (first, answer) == (FIRST_WORDS, GREETING) and "Coupure d’eau" in notice_text


async def test_somebody_who_just_writes_reads_the_first_words_before_the_answer(
    messenger: Desk, meta: Meta
) -> None:
    """Once; two messages at the same moment as well."""
    greets(messenger)
    lea = meta.page(DEMO).person("7001")
    assert await told(messenger, lea) == [FIRST_WORDS, GREETING]
    assert await told(messenger, lea) == [GREETING]
    arrived = [one.text for one in await lea.hears(3)]
    assert arrived[0].startswith(FIRST_WORDS) and arrived[-1].startswith(GREETING)
    paul = meta.page(DEMO).person("7002")
    first, second = await meta.together(paul.says("Bonjour"), paul.says("Vous êtes là ?"))
    assert [len(await replies(messenger, mid)) for mid in (first, second)] == [2, 1]


async def test_first_words_that_did_not_leave_are_said_again(messenger: Desk, meta: Meta) -> None:
    """With the next answer."""
    greets(messenger)
    lea = meta.page(DEMO).person("7001")
    meta.fail(100, times=2)
    await told(messenger, lea)
    await messenger.until_count("SELECT count(*) FROM delivery WHERE state = 'failed'", 2)
    assert await told(messenger, lea) == [FIRST_WORDS, GREETING]


async def test_the_website_has_its_own_first_words(messenger: Desk, clock: FixedClock) -> None:
    """Neither a silence nor a human brings a reminder there."""
    greets(messenger)
    citizen = await messenger.open()
    clock.move(days=3)
    said = await citizen.ask("Bonjour")
    assert [one["text"][:10] for one in said if one["author"] != "citizen"] == ["Bonjour, j", "Bonjour. Q"]


# After a silence, after a human


@pytest.mark.parametrize(("hours", "expected"), [(23.99, [GREETING]), (24, [REMINDER, GREETING])])
async def test_a_day_of_silence_brings_a_reminder(
    messenger: Desk, meta: Meta, clock: FixedClock, hours: float, expected: list[str]
) -> None:
    """Before the answer, once."""
    greets(messenger)
    lea = meta.page(DEMO).person("7001")
    await told(messenger, lea)
    await carried(messenger)
    clock.move(hours=hours)
    assert await told(messenger, lea) == expected
    assert await told(messenger, lea) == [GREETING]


async def test_the_numbers_of_an_emergency_come_before_anything_else(messenger: Desk, meta: Meta) -> None:
    """Then two sentences say that nobody is reading; the first words wait for a quieter answer."""
    lea = meta.page(DEMO).person("7001")
    messenger.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    numbers, reminder = await replies(messenger, await lea.says("Je n’en peux plus"))
    assert numbers.outcome == "safety" and reminder.text.startswith(REMINDER)
    assert [one.outcome for one in await replies(messenger, await lea.says("Plus du tout"))] == ["safety"]
    greets(messenger)
    assert await told(messenger, lea) == [FIRST_WORDS, GREETING]


async def test_a_number_left_by_somebody_in_danger_does_not_hide_the_danger(
    messenger: Desk, meta: Meta
) -> None:
    """With an open ticket and few words around it, it looks like the address that was asked for."""
    lea = meta.page(DEMO).person("7001")
    reference = (await ticket_of(messenger, lea)).ticket
    messenger.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    (numbers,) = await replies(messenger, await lea.says("Je vais me tuer, 06 39 98 12 34"))
    assert numbers.outcome == "safety"
    assert "06 39 98 12 34" in await (await messenger.agent()).page(f"/staff/tickets/{reference}")


async def hold(desk: Desk, person: Person) -> tuple[Agent, str]:
    """A member of staff who answers somebody's question; all of it has left."""
    reference = (await ticket_of(desk, person)).ticket
    assert reference is not None
    agent = await desk.agent()
    assert (await agent.reply(reference, "Je regarde.")).status_code == 303
    await carried(desk)
    greets(desk)
    return agent, reference


async def test_nothing_is_disclosed_while_a_human_answers(messenger: Desk, meta: Meta) -> None:
    """Not even to somebody who taps Get Started."""
    lea = meta.page(DEMO).person("7001")
    await hold(messenger, lea)
    assert (await thread_of(messenger, lea)).disclosed_at is None
    assert await told(messenger, lea, "Merci") == []
    assert await replies(messenger, await lea.get_started()) == []


@pytest.mark.parametrize("verb", ["release", "resolve"])
async def test_giving_the_conversation_back_says_who_answers(
    messenger: Desk, meta: Meta, clock: FixedClock, verb: str
) -> None:
    """What is announced then is the disclosure: it is not said twice."""
    lea = meta.page(DEMO).person("7001")
    agent, reference = await hold(messenger, lea)
    clock.move(minutes=5)
    await agent.do(reference, verb)
    last = (await messages_of(messenger, lea))[-1]
    assert "L’assistant automatique reprend la conversation" in last.text
    assert (await thread_of(messenger, lea)).disclosed_at == clock.now()
    assert await told(messenger, lea) == [GREETING]


@pytest.mark.parametrize("verb", ["release", "resolve"])
async def test_what_could_not_leave_has_told_nobody(
    messenger: Desk, meta: Meta, clock: FixedClock, verb: str
) -> None:
    """After the free window the announcement stays in the thread; the next answer brings the reminder."""
    lea = meta.page(DEMO).person("7001")
    _, reference = await hold(messenger, lea)
    clock.move(hours=24)
    await (await messenger.agent()).do(reference, verb)
    assert "reprend la conversation" in (await messages_of(messenger, lea))[-1].text
    assert (await thread_of(messenger, lea)).disclosed_at is None
    assert await told(messenger, lea) == [REMINDER, GREETING]


async def test_giving_back_what_somebody_else_holds_has_told_nobody(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """The Page's inbox has the thread: nothing of the machine's reaches it."""
    page = meta.page(DEMO)
    lea = page.person("7001")
    agent, reference = await hold(messenger, lea)
    await page.take_control(lea)
    await agent.do(reference, "release")
    assert (await thread_of(messenger, lea)).disclosed_at is None
    await carried(messenger)
    clock.move(minutes=1)
    await page.pass_control(lea, to=APP_ID)
    assert await told(messenger, lea) == [REMINDER, GREETING]


async def answered_in_the_inbox(desk: Desk, meta: Meta) -> Person:
    """Somebody whom the assistant greeted, and whom a human of the Page's inbox answered next."""
    greets(desk)
    lea = meta.page(DEMO).person("7001")
    await told(desk, lea)
    await carried(desk)
    await lea.page.inbox_reply(lea, "Je m’en occupe.")
    return lea


async def test_a_human_of_the_page_s_inbox_is_followed_by_a_reminder(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """Passed back to us, the conversation is the assistant's, which says so."""
    lea = await answered_in_the_inbox(messenger, meta)
    assert await told(messenger, lea, "Merci") == []
    clock.move(minutes=1)
    await lea.page.pass_control(lea, to=APP_ID)
    assert await told(messenger, lea) == [REMINDER, GREETING]


async def test_a_click_after_a_long_silence_gets_the_reminder_too(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """The desk hears the buttons of a resolved ticket itself: it is a machine as well."""
    lea = meta.page(DEMO).person("7001")
    agent, reference = await hold(messenger, lea)
    await agent.do(reference, "resolve")
    clock.move(hours=30)
    reminder, thanks = await replies(messenger, await lea.taps("👍 Oui", f"resolved:yes:{reference}"))
    assert reminder.text.startswith(REMINDER) and thanks.text.startswith("Merci de votre retour")


# Quiet staff


async def test_a_conversation_held_elsewhere_is_not_given_back(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """Not before the other application has been idle for a day; nobody of staff is named."""
    lea = await answered_in_the_inbox(messenger, meta)
    await lea.says("Merci")  # on standby: somebody else has the thread
    clock.move(hours=23)
    assert await releaser(messenger).step() == 0
    clock.move(hours=1)
    assert await releaser(messenger).step() == 1
    conversation = await conversation_of(messenger, lea)
    assert (conversation.owner, conversation.owner_staff_id) == ("assistant", None)
    assert (await messages_of(messenger, lea))[-1].text.startswith("L’assistant automatique reprend")


async def test_an_answer_of_the_page_s_inbox_that_takes_nothing_is_given_back_in_time(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """As when staff are quiet here; in time the announcement counts as the disclosure."""
    lea = await answered_in_the_inbox(messenger, meta)
    lea.give_to(None)
    clock.move(minutes=29)
    assert await releaser(messenger).step() == 0
    clock.move(minutes=1)
    assert await releaser(messenger).step() == 1
    assert await told(messenger, lea) == [GREETING]


async def test_quiet_staff_give_back_after_the_window_and_the_citizen_is_told_later(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """The announcement is kept for staff to read."""
    lea = meta.page(DEMO).person("7001")
    await hold(messenger, lea)
    clock.move(hours=25)
    assert await releaser(messenger).step() == 1
    assert (await messages_of(messenger, lea))[-1].text.startswith("L’assistant automatique reprend")
    await messenger.until_count("SELECT count(*) FROM delivery WHERE error = 'window_closed'", 1)
    assert await told(messenger, lea) == [REMINDER, GREETING]


# Being reachable when the answer comes


async def test_an_address_is_asked_for_when_the_promise_passes_the_window(
    messenger: Desk, meta: Meta
) -> None:
    """Valbreuil promises 48 hours and may write for 24: the answer is not promised here, and only once."""
    lea = meta.page(VALBREUIL).person("8001")
    said = await ticket_of(messenger, lea)
    assert "mardi 24 novembre à 6\u00a0h" in said.text and "ici même" not in said.text
    assert "adresse e-mail ou votre téléphone" in said.text and said.text.count("e-mail") == 1
    again = await ticket_of(messenger, lea, "Et des vertes ?")
    assert again.ticket == said.ticket and "e-mail" not in again.text
    noted = await ticket_of(messenger, lea, "lea@courriel.example")
    assert noted.text.startswith("Merci, vos coordonnées")


async def test_an_address_that_is_known_is_not_asked_for(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """Given with the question, or before the ticket opens again."""
    lea = meta.page(VALBREUIL).person("8001")
    said = await ticket_of(
        messenger, lea, "Où acheter des tuiles ? Répondez-moi au 06 39 98 12 34, merci bien"
    )
    assert said.outcome == "handoff" and "Sur Messenger" not in said.text
    hugo = await messenger.agent(HUGO)
    await hugo.do(said.ticket, "resolve")
    assert "Sur Messenger" not in (await ticket_of(messenger, lea)).text
    paul = meta.page(VALBREUIL).person("8002")
    reference = (await ticket_of(messenger, paul)).ticket
    hugo.seen = {}
    await hugo.do(reference, "resolve")
    reopened = await ticket_of(messenger, paul)
    assert reopened.ticket == reference and "Je rouvre" in reopened.text and "Sur Messenger" in reopened.text


async def test_an_address_is_asked_for_when_it_was_not_resolved_after_all(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """With the word that is missing; one message may hold both."""
    lea = meta.page(VALBREUIL).person("8001")
    reference = (await ticket_of(messenger, lea)).ticket
    hugo = await messenger.agent(HUGO)
    await hugo.do(reference, "resolve")
    clock.move(hours=2)
    (said,) = await replies(messenger, await lea.taps("👎 Non", f"resolved:no:{reference}"))
    assert "ici même" not in said.text and "mardi 24 novembre à 8\u00a0h" in said.text
    (noted,) = await replies(messenger, await lea.says("Rien n’est fait. lea@courriel.example"))
    assert noted.text.startswith("Merci, votre message est ajouté")
    assert "lea@courriel.example" in await hugo.page(f"/staff/tickets/{reference}")


async def test_no_address_is_asked_for_where_the_answer_can_arrive(messenger: Desk, meta: Meta) -> None:
    """Seven days with Human Agent are more than 72 hours; the website stays; danger is no moment to ask."""
    lea, paul = meta.page(DEMO).person("7001"), meta.page(VALBREUIL).person("8001")
    assert "Sur Messenger" not in (await ticket_of(messenger, lea)).text
    citizen = await messenger.open("valbreuil")
    assert "Sur Messenger" not in (await citizen.ask("Où acheter des tuiles ?"))[-1]["text"]
    messenger.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    assert not any(
        "Sur Messenger" in one.text for one in await replies(messenger, await paul.says("Je n’en peux plus"))
    )


async def test_a_second_request_of_somebody_known_is_a_ticket_of_its_own(messenger: Desk, meta: Meta) -> None:
    """A report: the department is told, and the address asked for with it."""
    messenger.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="signalement_voirie", details={"what": "trou"})
    ]
    lea = meta.page(VALBREUIL).person("8001")
    said = (await ticket_of(messenger, lea)).text
    assert said.startswith("Merci, votre signalement est transmis") and "Sur Messenger" in said


# What comes without words


STICKER = {"type": "sticker", "payload": {"url": "https://x.fbcdn.net/s.png", "sticker_id": 12}}
PLACE = {"type": "location", "payload": {"coordinates": {"lat": 44.1, "long": 3.2}}}


async def test_a_picture_alone_opens_a_polite_choice(messenger: Desk, meta: Meta) -> None:
    """Report something, or a human: both clicks are understood, and fit a button."""
    lea = meta.page(DEMO).person("7001")
    await lea.get_started()
    for mid in (await lea.sends_image(), await lea.sends(PLACE)):
        (said,) = await replies(messenger, mid)
        assert said.outcome == "clarify" and "je ne sais pas lire les images" in said.text
        assert [one["payload"] for one in said.buttons] == ["report:signalement_voirie", "human"]
        assert all(len(one["title"]) <= 20 for one in said.buttons)
    assert messenger.assistant.heard == []
    await carried(messenger)
    assert [one["title"] for one in lea.inbox[-1].buttons] == ["Signaler un problème", "Parler à un agent"]
    assert meta.refused == []


async def test_a_sticker_alone_is_thanked_for_and_nothing_more(messenger: Desk, meta: Meta) -> None:
    """Also beside an open ticket, to which a picture would be added; with a picture it is one."""
    lea = meta.page(DEMO).person("7001")
    reference = (await ticket_of(messenger, lea)).ticket
    events = await messenger.count("SELECT count(*) FROM ticket_event")
    (said,) = await replies(messenger, await lea.sends(STICKER))
    assert (said.outcome, said.ticket) == ("smalltalk", None) and said.text.startswith("Merci")
    assert await messenger.count("SELECT count(*) FROM ticket_event") == events
    photo = {"type": "image", "url": meta.missing_media()}
    (said,) = await replies(messenger, await lea.sends(STICKER, photo))
    assert said.ticket == reference and "Un agent le verra" in said.text


async def test_words_with_a_picture_are_answered_as_words(messenger: Desk, meta: Meta) -> None:
    """The assistant hears them."""
    greets(messenger)
    lea = meta.page(DEMO).person("7001")
    await lea.get_started()
    (said,) = await replies(messenger, await lea.sends_image(text="Bonjour"))
    assert said.text.startswith(GREETING)


# What is forgotten


async def test_what_nobody_understood_is_forgotten_after_a_month(desk: Desk, clock: FixedClock) -> None:
    """It may hold somebody's words."""
    async with desk.context.database.write() as session:
        await keep_odd(session, "messenger", DEMO, {"new": "thing"}, clock.now())
    forgetting = OddEvents(desk.context.database, clock)
    clock.move(days=29, hours=23)
    assert await forgetting.step() == 0
    clock.move(hours=1)
    assert await forgetting.step() == 1
    assert await desk.count("SELECT count(*) FROM odd_event") == 0


async def test_two_desks_give_a_conversation_back_once(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """Whoever comes second finds it given back."""
    lea = meta.page(DEMO).person("7001")
    await hold(messenger, lea)
    clock.move(minutes=31)
    assert await releaser(messenger).step() + await releaser(messenger).step() == 1
    async with messenger.context.database.read() as session:
        owner = await session.scalar(select(Conversation.owner))
    assert owner == "assistant"
