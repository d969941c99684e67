"""What the town tells everybody for a while: written in the staff pages, shown once in every conversation."""

import asyncio
import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from desk.answers.models import TownNotice
from desk.assistant.acts import AnswerAct, HandoffAct, SafetyAct, SayAct
from desk.clock import FixedClock
from desk.staff.notices.pages import PAGE
from tests.desk.people import HUGO, MALIK, NADIA, PAUL, Agent, Citizen, hidden
from tests.desk.running import Desk
from tests.desk.statements import statements

pytestmark = pytest.mark.slow

LIST = "/staff/notices"
NOTICES = r"notice(_shown)?"
TITLE = "Coupure d’eau rue des Arts"
BODY = "L’eau est coupée **mardi**.\n\n- de 8 h à midi\n- [le plan](https://www.sainte-aure.example/eau)"
WHOLE = f"**{TITLE}**\n\n{BODY}"
REMINDER = f"Pour rappel\u00a0: **{TITLE}**."
NOW = "2026-11-23T10:00"
LATER = "2026-11-24T12:00"


def text_of(page: str) -> str:
    """A page as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


async def write(agent: Agent, number: int | None = None, **more: Any) -> httpx.Response:
    """Fill in a notice, a new one or the one with this number, and send it."""
    path = f"{LIST}/{number or 'new'}"
    page = await agent.page(path)
    filled = {"csrf": hidden(page, "csrf"), "version": hidden(page, "version"), "title": TITLE, "body": BODY,
              "starts_at": NOW, "ends_at": LATER, "topic": [], **more}  # fmt: skip
    return await agent.http.post(path, data=filled)


async def stop(agent: Agent, number: int) -> httpx.Response:
    """Press the button of the list."""
    csrf = hidden(await agent.page(LIST), "csrf")
    return await agent.http.post(f"{LIST}/{number}/stop", data={"csrf": csrf})


async def number_of(desk: Desk, title: str = TITLE) -> int:
    """The number of the notice with this title."""
    return await desk.count(f"SELECT id FROM notice WHERE title = '{title}'")


async def said(citizen: Citizen, words: str = "Bonjour", payload: str | None = None) -> list[str]:
    """What is said to one more message."""
    before = len(await citizen.messages())
    return [message["text"] for message in (await citizen.ask(words, payload=payload))[before + 1 :]]


async def greeting(desk: Desk, commune: str = "demo") -> list[str]:
    """What a new conversation begins with."""
    return [message["text"] for message in await (await desk.open(commune)).messages()]


def greets(desk: Desk) -> None:
    """The assistant understands, and says hello."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]


async def test_a_new_conversation_begins_with_the_notice(desk: Desk) -> None:
    """After the assistant said what it is; with the Markdown of the answers, as information."""
    assert (await write(await desk.agent())).headers["location"] == f"{LIST}?fait=created"
    citizen = await desk.open()
    hello, told = await citizen.messages()
    assert "assistant automatique" in hello["text"] and told["text"] == WHOLE
    assert (told["author"], told["outcome"]) == ("system", "system")
    greets(desk)
    assert len(await said(citizen)) == 1


async def test_an_open_conversation_reads_it_once_before_the_next_reply(desk: Desk) -> None:
    """And another conversation too."""
    greets(desk)
    one, two = await desk.open(), await desk.open()
    assert len(await said(one)) == 1
    await write(await desk.agent())
    for citizen in (one, two):
        notice, reply = await said(citizen)
        assert notice == WHOLE and reply.startswith("Bonjour")
        assert len(await said(citizen)) == 1
    assert await desk.count("SELECT count(*) FROM notice_shown") == 2


async def test_it_begins_and_ends_to_the_second(desk: Desk, clock: FixedClock) -> None:
    """Not a second before its beginning, nor at its end; in the town's own time."""
    await write(await desk.agent(), starts_at="2026-11-23T11:00", ends_at="2026-11-23T12:00")
    for moment, shown in (
        ("09:59:59", False), ("10:00:00", True), ("10:59:59", True), ("11:00:00", False),
    ):  # fmt: skip
        clock.set(datetime.fromisoformat(f"2026-11-23T{moment}+00:00"))
        assert (WHOLE in await greeting(desk)) is shown, moment


async def test_one_that_ended_is_not_shown_to_those_who_missed_it(desk: Desk, clock: FixedClock) -> None:
    """Not even to whoever asks about it."""
    citizen, agent = await desk.open(), await desk.agent()
    await write(agent, ends_at="2026-11-23T11:00")
    clock.set(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
    assert len(await said(citizen, "La coupure d'eau ?")) == 1


async def test_another_text_is_shown_again_other_dates_are_not(desk: Desk) -> None:
    """Nobody misses the correction; nobody reads the same twice."""
    greets(desk)
    citizen, agent = await desk.open(), await desk.agent()
    await write(agent)
    assert len(await said(citizen)) == 2
    number = await number_of(desk)
    assert (await write(agent, number, ends_at="2026-11-25T12:00", topic=["cantine"])).status_code == 303
    assert len(await said(citizen)) == 1
    await write(agent, number, body="L’eau revient à 11 h.", ends_at="2026-11-25T12:00")
    assert (await said(citizen))[0] == f"**{TITLE}**\n\nL’eau revient à 11 h."
    assert len(await said(citizen)) == 1


async def test_who_asks_about_one_of_its_topics_is_reminded_each_time(desk: Desk) -> None:
    """Only the title, before the answer, whichever of two questions it is; other topics say nothing."""
    await write(await desk.agent(), topic=["eau_assainissement", "piscine"])
    citizen = await desk.open()
    for topic, more, reminded in (
        ("piscine", None, True), ("passeport", None, False), ("passeport", "piscine", True),
        ("eau_assainissement", "piscine", True),
    ):  # fmt: skip
        desk.assistant.script = lambda heard, topic=topic, more=more: [
            AnswerAct(act="answer", topic=topic, more=more)
        ]
        texts = await said(citizen, "?")
        assert texts.count(REMINDER) == reminded and (texts[0] == REMINDER) is reminded


async def test_the_first_reading_is_not_followed_by_a_reminder(desk: Desk) -> None:
    """The whole text is enough for one reply."""
    citizen = await desk.open()
    await write(await desk.agent(), topic=["piscine"])
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    assert (await said(citizen, "?"))[0] == WHOLE
    assert len(await said(citizen, "?")) == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("y a pu d'EAU chez moi", True), ("Pourquoi ces coupures ?", True), ("COÙPURE", True),
        ("la rue des tuiles", False), ("Où acheter des tuiles bleues ?", False), ("beau", False),
    ],
)  # fmt: skip
async def test_a_question_nobody_understood_gets_the_notice_it_is_about(
    desk: Desk, words: str, found: bool
) -> None:
    """By the words of its title, whatever accents and plurals, before a human is asked."""
    await write(await desk.agent())
    texts = await said(await desk.open(), words)
    assert (texts[0] == WHOLE) is found and texts[-1].startswith("Je n’ai pas la réponse")
    assert len(texts) == 1 + found


async def test_those_words_change_nothing_when_the_assistant_understands(desk: Desk) -> None:
    """It has an answer of its own; when it asks for other words, or is away, the notice comes first."""
    await write(await desk.agent())
    citizen = await desk.open()
    greets(desk)
    assert len(await said(citizen, "La coupure d’eau")) == 1
    desk.assistant.script = lambda heard: [SayAct(act="say", key="reformuler")]
    assert (await said(citizen, "La coupure d’eau"))[0] == WHOLE
    desk.assistant.up = False
    notice, handed = await said(citizen, "La coupure d’eau")
    assert notice == WHOLE and handed.startswith("Je ne peux pas répondre")


async def test_nothing_is_said_while_staff_hold_the_conversation(desk: Desk) -> None:
    """It comes with the first reply after they gave it back."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.do(reference, "take")
    await write(agent)
    reply = await citizen.say("Et l’eau ?")
    waiting = f"SELECT count(*) FROM message WHERE id = {reply.json()['id']} AND answered_at IS NULL"
    await desk.until_count(waiting, 0)
    assert WHOLE not in [message["text"] for message in await citizen.messages()]
    await agent.do(reference, "release")
    greets(desk)
    assert (await said(citizen))[0] == WHOLE


async def test_the_numbers_of_an_emergency_come_first(desk: Desk) -> None:
    """Nothing stands before them; the notice comes with the next reply."""
    citizen = await desk.open()
    await write(await desk.agent())
    desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="urgence_vitale")]
    (numbers,) = await said(citizen)
    assert "[15](tel:15)" in numbers
    greets(desk)
    assert (await said(citizen))[0] == WHOLE


async def test_two_at_once_are_told_in_the_order_they_began(desk: Desk) -> None:
    """Whichever was written first."""
    agent, citizen = await desk.agent(), await desk.open()
    await write(agent, title="La seconde", starts_at="2026-11-23T09:30")
    await write(agent, title="La première", starts_at="2026-11-23T09:00")
    expected = ["**La première**", "**La seconde**"]
    assert [told.partition("\n")[0] for told in (await greeting(desk))[1:]] == expected
    greets(desk)
    assert [told.partition("\n")[0] for told in (await said(citizen))[:2]] == expected


async def test_other_software_gets_it_with_the_reply(desk: Desk) -> None:
    """Once, as the first of the replies."""
    greets(desk)
    await write(await desk.agent())
    body, key = {"sender": "one", "message": "Bonjour"}, {"authorization": "Bearer " + "k" * 20}
    first = (await desk.http.post("/webhooks/rest/webhook", json=body, headers=key)).json()
    again = (await desk.http.post("/webhooks/rest/webhook", json=body, headers=key)).json()
    assert [reply["outcome"] for reply in first] == ["system", "smalltalk"] and first[0]["text"] == WHOLE
    assert [reply["outcome"] for reply in again] == ["smalltalk"]


async def test_an_address_left_for_a_ticket_is_thanked_after_the_notice(desk: Desk) -> None:
    """It is a reply like another."""
    citizen = await desk.open()
    await citizen.ticket()
    await write(await desk.agent())
    notice, thanks = await said(citizen, "lea@courriel.example")
    assert notice == WHOLE and thanks.startswith("Merci, vos coordonnées")


async def test_a_message_costs_one_look_and_nothing_more_without_a_notice(desk: Desk) -> None:
    """One that ended or has not begun is no notice."""
    greets(desk)
    agent, citizen = await desk.agent(), await desk.open()
    await write(agent, starts_at="2026-11-24T10:00")
    with statements(desk, NOTICES) as seen:
        await said(citizen)
        await desk.open()
    assert len(seen) == 2
    await write(agent, title="Autre")
    await said(citizen)
    with statements(desk, NOTICES) as seen:
        await said(citizen)
    assert len(seen) == 1


async def test_another_town_tells_its_own(desk: Desk) -> None:
    """Neither its citizens nor its staff see it; its clock is its own."""
    camille, hugo = await desk.agent(), await desk.agent(HUGO)
    await write(camille)
    number = await number_of(desk)
    assert TITLE not in await hugo.page(LIST) and len(await greeting(desk, "valbreuil")) == 1
    for path in (f"{LIST}/{number}", f"{LIST}/{2**63}", f"{LIST}/-1"):
        assert (await hugo.http.get(path)).status_code == 404
    csrf = hidden(await hugo.page(LIST + "/new"), "csrf")
    for path in (f"{LIST}/{number}", f"{LIST}/{number}/stop"):
        sent = {"csrf": csrf, "title": "x", "body": "x", "starts_at": NOW, "ends_at": LATER, "version": "1"}
        assert (await hugo.http.post(path, data=sent)).status_code == 404
    assert WHOLE in await greeting(desk)
    await write(hugo, starts_at="2026-11-23T06:00", title="Marché annulé")  # nine o'clock in UTC
    assert len(await greeting(desk, "valbreuil")) == 2


async def test_the_list_tells_what_is_coming_what_is_on_and_what_is_over(
    desk: Desk, clock: FixedClock
) -> None:
    """Each with its dates in the town's time, its topics and its text as citizens read it."""
    agent = await desk.agent()
    await write(agent, title="Passée", ends_at="2026-11-23T10:30")
    await write(agent, title="Présente", topic=["piscine"], body="<b>gras</b> **gras**")
    await write(agent, title="Future", starts_at="2026-11-24T08:30")
    clock.move(hours=1)
    page = await agent.page(LIST)
    now, coming, over = re.split(r"À venir|Terminées", text_of(page).partition("En cours")[2])
    assert "Présente Du 23/11/2026 à 10 h au 24/11/2026 à 12 h Sujets : Piscine" in now
    assert "Future Du 24/11/2026 à 8 h 30" in coming and "Annuler cette alerte" in coming
    assert "Passée" in over and "Modifier" not in over
    assert "&lt;b&gt;gras&lt;/b&gt; <strong>gras</strong>" in page


async def test_the_oldest_ones_are_a_page_away(desk: Desk) -> None:
    """Nobody waits for ten thousand of them; none is lost between two pages, though many end together."""
    past = datetime(2026, 1, 1, tzinfo=UTC)
    async with desk.context.database.write() as session:
        for index in range(PAGE + 5):
            session.add(
                TownNotice(commune="demo", title=f"Alerte {index}.", body="x", topics=[], staff_id=1,
                           starts_at=past, ends_at=past + timedelta(hours=index // 40), created_at=past)
            )  # fmt: skip
    agent = await desk.agent()
    first = await agent.page(LIST)
    following = re.search(r'href="([^"]*avant=[^"]*)"', first)
    assert following is not None
    second = await agent.page(following[1])
    titles = [re.findall(r"Alerte \d+\.(?=</h3>)", page) for page in (first, second)]
    assert [len(found) for found in titles] == [PAGE, 5] and len({*titles[0], *titles[1]}) == PAGE + 5
    assert "avant=" not in second and "Revenir au début" in second
    for nonsense in ("x", "1_2_3", "nan_1", "1e99_1", f"0_{'9' * 30}"):
        assert "Alertes" in await agent.page(f"{LIST}?avant={nonsense}")


async def test_one_stopped_is_over_at_once_and_one_to_come_never_begins(
    desk: Desk, clock: FixedClock
) -> None:
    """Pressing twice changes nothing more."""
    agent = await desk.agent()
    await write(agent)
    await write(agent, title="Future", starts_at="2026-11-24T08:30")
    clock.move(minutes=1)
    for title in (TITLE, TITLE, "Future"):
        assert (await stop(agent, await number_of(desk, title))).headers["location"] == f"{LIST}?fait=stopped"
    assert len(await greeting(desk)) == 1
    clock.set(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    assert len(await greeting(desk)) == 1
    agent = await desk.agent()
    assert "Aucune alerte. À venir Aucune alerte. Terminées" in text_of(await agent.page(LIST))
    journal = "SELECT count(*) FROM journal WHERE action = 'notice."
    assert [await desk.count(f"{journal}{what}'") for what in ("created", "changed", "stopped")] == [2, 0, 2]


async def test_one_that_is_over_is_not_changed(desk: Desk, clock: FixedClock) -> None:
    """The text is kept, to write another one with it."""
    agent = await desk.agent()
    await write(agent, ends_at="2026-11-23T10:30")
    clock.move(hours=1)
    refused = await write(agent, await number_of(desk), title="Encore")
    assert refused.status_code == 409 and "Cette alerte est terminée" in refused.text
    assert 'value="Encore"' in refused.text and TITLE in refused.text
    assert await number_of(desk, "Encore") is None


async def test_two_people_changing_one_see_each_other(desk: Desk) -> None:
    """The second reads what the first wrote, and may then send again; a refusal for another reason first."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await write(camille)
    number = await number_of(desk)
    seen = hidden(await nadia.page(f"{LIST}/{number}"), "version")
    await write(camille, number, body="De Camille.")
    wrong = await write(nadia, number, body="De Nadia.", title="", version=seen)
    assert wrong.status_code == 400 and hidden(wrong.text, "version") == seen
    refused = await write(nadia, number, body="De Nadia.", version=seen)
    assert refused.status_code == 409 and "vient de modifier cette alerte" in refused.text
    assert "De Camille." in refused.text and "De Nadia." in refused.text
    again = await write(nadia, number, body="De Nadia.", version=hidden(refused.text, "version"))
    assert again.status_code == 303 and "De Nadia." in (await greeting(desk))[1]


async def test_a_double_click_writes_one_notice(desk: Desk) -> None:
    """Also when it changes one."""
    agent = await desk.agent()
    for reply in await asyncio.gather(*(write(agent) for _ in range(4))):
        assert reply.status_code == 303
    number = await number_of(desk)
    page = await agent.page(f"{LIST}/{number}")
    version = hidden(page, "version")
    for _ in range(2):
        assert (await write(agent, number, title="Autre", version=version)).status_code == 303
    assert await desk.count("SELECT count(*) FROM notice") == 1
    assert await desk.count("SELECT count(*) FROM journal WHERE action LIKE 'notice.%'") == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": " "}, "Écrivez un titre"),
        ({"title": "a" * 121}, "120 caractères"),
        ({"body": ""}, "Écrivez le texte de l’alerte"),
        ({"body": "a" * 1501}, "1500 caractères"),
        ({"starts_at": ""}, "Donnez un jour et une heure"),
        ({"ends_at": "demain"}, "Donnez un jour et une heure"),
        ({"ends_at": "2026-11-24T12:00+01:00"}, "Donnez un jour et une heure"),
        ({"starts_at": "0001-01-01T00:00"}, "Donnez un jour et une heure"),
        ({"starts_at": "2026-11-24T12:00"}, "La fin doit venir après le début"),
        ({"starts_at": "2026-11-22T10:00", "ends_at": "2026-11-23T10:00"}, "La fin est déjà passée"),
        ({"ends_at": "2027-11-25T10:00"}, "au plus un an"),
        ({"starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T12:00"}, "Cette heure n’existe pas"),
    ],
)
async def test_what_cannot_be_a_notice_is_given_back(
    desk: Desk, wrong: dict[str, str], sentence: str
) -> None:
    """Nothing is stored, nothing typed is lost."""
    refused = await write(await desk.agent(), topic=["piscine"], **wrong)
    assert refused.status_code == 400 and sentence in text_of(refused.text)
    kept = {"starts_at": NOW, "ends_at": LATER, **wrong}
    for name in ("starts_at", "ends_at"):
        assert f'value="{kept[name].replace("+", "&#43;")}"' in refused.text.replace("+", "&#43;")
    assert wrong.get("body", "L’eau est coupée") in refused.text
    assert re.search(r'name="topic" value="piscine" checked', refused.text)
    assert await desk.count("SELECT count(*) FROM notice") == 0


async def test_the_night_the_clocks_go_back_is_covered_twice(desk: Desk, clock: FixedClock) -> None:
    """From the first time half past two comes until the last; written again it does not move."""
    clock.set(datetime(2027, 10, 30, 12, 0, tzinfo=UTC))
    agent = await desk.agent()
    await write(agent, starts_at="2027-10-31T02:30", ends_at="2027-10-31T02:40")
    number = await number_of(desk)
    page = await agent.page(f"{LIST}/{number}")
    assert page.count('value="2027-10-31T02:30"') == 1 and page.count('value="2027-10-31T02:40"') == 1
    await write(agent, number, starts_at="2027-10-31T02:30", ends_at="2027-10-31T02:40")
    assert await desk.count("SELECT version FROM notice") == 1
    for moment, shown in (
        ("00:29:59", False), ("00:30:00", True), ("01:30:00", True), ("01:39:59", True), ("01:40:00", False),
    ):  # fmt: skip
        clock.set(datetime.fromisoformat(f"2027-10-31T{moment}+00:00"))
        assert (WHOLE in await greeting(desk)) is shown, moment


async def test_only_those_who_edit_write_notices(desk: Desk) -> None:
    """Agents and elected officials have no such page."""
    malik, paul = await desk.agent(MALIK), await desk.agent(PAUL)
    for path in (LIST, f"{LIST}/new", f"{LIST}/1"):
        assert {(await agent.http.get(path)).status_code for agent in (malik, paul)} == {403}
    sent = {"csrf": hidden(await malik.page(), "csrf"), "title": "x", "body": "x", "starts_at": NOW,
            "ends_at": LATER}  # fmt: skip
    assert (await malik.http.post(f"{LIST}/new", data=sent)).status_code == 403
    assert await desk.count("SELECT count(*) FROM notice") == 0


async def test_a_text_changed_at_the_moment_it_is_shown_is_shown_again(desk: Desk) -> None:
    """Nobody is left with the old one marked as read: the mark asks for the version that was read."""
    greets(desk)
    citizen, agent = await desk.open(), await desk.agent()
    await write(agent)
    await said(citizen)
    number = await number_of(desk)
    rounds = range(1, 6)
    for index in rounds:
        await asyncio.gather(write(agent, number, body=f"Texte {index}."), said(citizen))
    await said(citizen)
    shown = [message["text"] for message in await citizen.messages() if message["author"] == "system"]
    assert shown[-1] == f"**{TITLE}**\n\nTexte {rounds[-1]}."
    assert len(shown) == len(set(shown))


async def test_a_reply_that_leads_to_a_human_reminds_too(desk: Desk) -> None:
    """A report about one of its topics."""
    await write(await desk.agent(), topic=["eau_assainissement"])
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="eau_assainissement")
    ]
    assert (await said(await desk.open(), "fuite"))[0] == REMINDER
