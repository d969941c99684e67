"""The composer of a ticket's page: drafts, what came meanwhile, answers to insert, the preview."""

import html
import re

import httpx
import pytest
from sqlalchemy import update

from desk.answers.models import Answer
from desk.assistant.acts import Act, AnswerAct, ClarifyAct, HandoffAct
from desk.clock import FixedClock
from desk.conversations.models import Message
from desk.dialogue.understood import understood
from desk.staff.composer.drafts import LONGEST
from desk.tickets.models import Ticket
from tests.desk.people import HUGO, MALIK, NADIA, PAUL, Agent, hidden
from tests.desk.running import Desk
from tests.desk.test_staff_ticket import text_of

pytestmark = pytest.mark.slow

REPLY = "ticket:{}:reply"


async def keep(agent: Agent, place: str, text: str) -> httpx.Response:
    """Save a draft as the page does."""
    key = hidden(await agent.page(), "csrf")
    fields = {"csrf": key, "place": place, "text": text}
    return await agent.http.post(
        "/staff/drafts", files={name: (None, value) for name, value in fields.items()}
    )


async def draft(agent: Agent, place: str) -> dict[str, str]:
    """What the page finds when it is opened."""
    reply = await agent.http.get("/staff/drafts", params={"place": place})
    assert reply.status_code == 200, reply.text
    return reply.json()


def field_of(page: str) -> str:
    """What stands in the reply's text area."""
    found = re.search(r'<textarea id="text"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found, "no text area"
    return html.unescape(found[1])


def news_of(page: str) -> str:
    """What stands above the composer as new."""
    return text_of(page.partition('id="nouveautes"')[2].partition("<form")[0].partition(">")[2])


def candidates_of(page: str) -> list[str]:
    """The topics offered, in order."""
    return re.findall(r'name="answer" value="(\w+)"', page)


async def thought(desk: Desk, *acts: Act) -> None:
    """Have the assistant's acts kept with what the citizen wrote."""
    async with desk.context.database.write() as session:
        written = update(Message).where(Message.author == "citizen")
        await session.execute(written.values(understood=understood(acts, [])))


async def test_a_draft_is_found_again_on_another_computer(desk: Desk, clock: FixedClock) -> None:
    """The last words kept win, with the hour of the town; the page itself opens with them."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    place = REPLY.format(reference)
    office, home = await desk.agent(), await desk.agent()
    for words in ("Bonjo", "Bonjour,\nl’été <3"):
        assert (await keep(office, place, words)).status_code == 200
        clock.move(minutes=5)
    kept = await draft(home, place)
    assert kept["text"] == "Bonjour,\nl’été <3"
    assert kept["said"] == "Brouillon enregistré à 10\u00a0h\u00a005"
    assert field_of(await home.open(reference)) == "Bonjour,\nl’été <3"


async def test_the_ends_of_line_of_a_browser_are_kept_as_one_character(desk: Desk) -> None:
    """A form sends two; the text must not grow each time it is kept."""
    agent = await desk.agent()
    assert (await keep(agent, "canned:new", "un\r\ndeux")).status_code == 200
    assert (await draft(agent, "canned:new"))["text"] == "un\ndeux"


async def test_a_draft_is_nobody_elses(desk: Desk) -> None:
    """Not a colleague's, not the other town's; wiped words leave nothing."""
    citizen = await desk.open()
    place = REPLY.format(await citizen.ticket())
    camille = await desk.agent()
    await keep(camille, place, "Entre nous")
    for email in (NADIA, HUGO):
        other = await desk.agent(email)
        assert await draft(other, place) == {"text": ""}
        await keep(other, place, "À moi")
    assert (await draft(camille, place))["text"] == "Entre nous"
    await keep(camille, place, "  ")
    assert await draft(camille, place) == {"text": ""}
    assert await desk.count("SELECT count(*) FROM draft") == 2


async def test_a_draft_that_cannot_be_kept_is_refused(desk: Desk) -> None:
    """An unknown kind of place, a text without end, no key: nothing of it is stored."""
    agent = await desk.agent()
    for place in ("", "ticket", "ticket:" + "x" * 120, "ticket:<b>:reply", "../x:y", "Ticket:a"):
        assert (await keep(agent, place, "x")).status_code == 400
        assert (await agent.http.get("/staff/drafts", params={"place": place})).status_code == 400
    assert (await keep(agent, "ticket:a:reply", "x" * (LONGEST + 1))).status_code == 413
    unsigned = await agent.http.post("/staff/drafts", data={"place": "ticket:a:reply", "text": "x"})
    assert unsigned.status_code == 403
    assert (await desk.http.get("/staff/drafts?place=ticket:a:reply")).status_code == 303
    assert await desk.count("SELECT count(*) FROM draft") == 0
    assert (await keep(agent, "ticket:a:reply", "é" * LONGEST)).status_code == 200


async def test_a_reply_that_is_sent_leaves_no_draft_and_one_that_is_refused_keeps_it(desk: Desk) -> None:
    """Both in the transaction of the reply; other drafts stay."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    place = REPLY.format(reference)
    for kept in (place, f"ticket:{reference}:note"):
        await keep(agent, kept, "Bonjour")
    await agent.open(reference)
    await citizen.ask("Et des vertes ?")
    assert (await agent.send(reference, "Bonjour")).status_code == 409
    assert (await draft(agent, place))["text"] == "Bonjour"
    assert (await agent.reply(reference, "Bonjour")).status_code == 303
    assert await draft(agent, place) == {"text": ""}
    assert (await draft(agent, f"ticket:{reference}:note"))["text"] == "Bonjour"
    assert field_of(await agent.open(reference)) == ""


async def test_a_text_given_back_is_not_replaced_by_an_older_draft(desk: Desk) -> None:
    """The page says which of its texts was just typed."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await keep(agent, REPLY.format(reference), "Ancien")
    opened = await agent.open(reference)
    assert field_of(opened) == "Ancien" and "data-kept" not in opened
    refused = await agent.send(reference, "Nouveau " + "a" * 4000)
    assert refused.status_code == 413 and field_of(refused.text).startswith("Nouveau")
    assert "data-kept" in refused.text
    emptied = await agent.send(reference, "")
    assert emptied.status_code == 400 and field_of(emptied.text) == ""


async def test_a_reply_refused_shows_what_changed_since_it_was_begun(desk: Desk) -> None:
    """The colleague's reply and the acts around it, not what was there before; then sending again works."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    assert news_of(await nadia.open(reference)) == ""
    await camille.reply(reference, "C’est **fait**.")
    await camille.do(reference, "release")
    refused = await nadia.send(reference, "Je m’en occupe.")
    assert refused.status_code == 409 and field_of(refused.text) == "Je m’en occupe."
    news = news_of(refused.text)
    assert "réponse de Camille" in news and "rendue par Camille" in news and "C’est **fait**." in news
    assert "demande ouverte" not in news and "tuiles bleues" not in news
    nadia.seen |= {name: hidden(refused.text, name) for name in ("version", "read", "once")}
    assert (await nadia.send(reference, "Je m’en occupe.")).status_code == 303
    assert [said["text"] for said in await citizen.messages() if said["author"] == "staff"] == [
        "C’est **fait**.", "Je m’en occupe.",
    ]  # fmt: skip


async def test_a_word_of_the_citizen_is_read_before_the_reply_goes(desk: Desk) -> None:
    """Also while staff hold the conversation, when a message changes nothing of the ticket itself."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.do(reference, "take")
    await agent.open(reference)
    version = agent.seen["version"]
    await citizen.say("Finalement c’est <b>réglé</b>")
    refused = await agent.send(reference, "Je passe demain.")
    assert refused.status_code == 409 and hidden(refused.text, "version") == version
    assert "Finalement c’est <b>réglé</b>" in news_of(refused.text) and "<b>réglé" not in refused.text
    agent.seen |= {name: hidden(refused.text, name) for name in ("read", "once")}
    assert (await agent.send(reference, "Tant mieux.")).status_code == 303


async def test_what_a_writer_need_not_read_does_not_stop_the_reply(desk: Desk) -> None:
    """Somebody looks, somebody keeps a draft: the reply goes at once."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await camille.open(reference)
    await nadia.open(reference)
    await keep(nadia, REPLY.format(reference), "Je réponds aussi")
    assert (await camille.send(reference, "Bonjour")).status_code == 303


async def test_any_refused_page_shows_what_is_new(desk: Desk) -> None:
    """An empty text sent while the citizen wrote: the page that comes back does not hide it."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.open(reference)
    await citizen.ask("Et des vertes ?")
    assert "Et des vertes ?" in news_of((await agent.send(reference, " ")).text)


async def test_the_live_page_is_told_what_is_new_since_its_numbers(desk: Desk) -> None:
    """Nothing when it is up to date or does not say; numbers out of this world do no harm."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.open(reference)
    address = f"/staff/tickets/{reference}/news"
    seen = {name: agent.seen[name] for name in ("version", "read")}
    await citizen.ask("Et des vertes ?")
    news = (await agent.http.get(address, params=seen)).text
    assert "Et des vertes ?" in news and "message ajouté" in news and "J’ai lu" in news
    shown = {name: re.findall(rf'data-{name}="(\d+)"', news)[0] for name in seen}
    assert (await agent.http.get(address, params=shown)).text.strip() == ""
    for odd in (
        {},
        {"version": "9" * 18, "read": "9" * 18},
        {"version": "-1", "read": "x"},
        {"read": "9" * 40},
    ):
        reply = await agent.http.get(address, params=odd)
        assert reply.status_code == 200 and reply.text.strip() == ""


async def test_the_answers_that_the_assistant_thought_of_are_offered_first(desk: Desk) -> None:
    """Its candidates, its choices, then those that share the citizen's words; five at most, each once."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("Où sont les poubelles jaunes du tri à la piscine ?"))[-1]["ticket"]
    await thought(
        desk, HandoffAct(act="handoff", reason="not_understood", candidates=["piscine", "mediatheque"])
    )
    page = await agent.page(f"/staff/tickets/{reference}")
    offered = candidates_of(page)
    assert offered[:2] == ["piscine", "mediatheque"] and len(offered) == len(set(offered)) == 5
    assert {"tri_dechets", "bac_poubelle"} & set(offered[2:])
    assert 'href="https://www.sainte-aure.example/piscine"' in page


async def test_the_words_of_the_citizen_find_answers_by_themselves(desk: Desk) -> None:
    """Accents, capitals and plurals do not matter; words that every answer has find none."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("MEDIATHEQUES ?"))[-1]["ticket"]
    assert candidates_of(await agent.page(f"/staff/tickets/{reference}"))[0] == "mediatheque"
    other = await desk.open()
    reference = (await other.ask("Xyzzy, vous êtes à la mairie ?"))[-1]["ticket"]
    assert "mediatheque" not in candidates_of(await agent.page(f"/staff/tickets/{reference}"))


async def test_the_topic_that_staff_corrected_comes_first(desk: Desk) -> None:
    """Before whatever the assistant believed; withdrawn answers are not offered."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await thought(desk, ClarifyAct(act="clarify", topics=["piscine", "marche"]))
    async with desk.context.database.write() as session:
        await session.execute(update(Ticket).values(topic="mediatheque"))
        await session.execute(update(Answer).where(Answer.topic == "marche").values(published=False))
    offered = candidates_of(await agent.page(f"/staff/tickets/{reference}"))
    assert offered[:2] == ["mediatheque", "piscine"] and "marche" not in offered


async def test_an_answer_is_inserted_as_it_would_be_typed(desk: Desk) -> None:
    """Filled, in the variant for this citizen, without the marks that staff's messages do not have."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await thought(desk, AnswerAct(act="answer", topic="piscine", details={"public": "mineur"}))
    got = await agent.http.get(f"/staff/tickets/{reference}/answers/piscine")
    assert got.status_code == 200 and got.headers["content-type"].startswith("text/plain")
    words = got.text.replace("\u00a0", " ")
    assert "gratuit avant 4 ans, 2,80 € de 4 à 17 ans" in words and "Dix entrées" not in words
    assert "**" not in got.text and "{{" not in got.text and "](" not in got.text
    assert "https://www.sainte-aure.example/piscine" in got.text
    for unknown in ("nulle_part", "%00"):
        assert (await agent.http.get(f"/staff/tickets/{reference}/answers/{unknown}")).status_code == 404


async def test_without_javascript_the_page_comes_back_with_the_answer_added(desk: Desk) -> None:
    """After the typed text, nothing sent; an answer withdrawn meanwhile changes nothing of it."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.open(reference)
    form = {**agent.seen, "text": "Bonjour,\r\n"}
    address = f"/staff/tickets/{reference}/compose"
    added = await agent.http.post(address, data={**form, "answer": "mediatheque", "canned": ""})
    assert added.status_code == 200
    lines = field_of(added.text).split("\n")
    assert lines[:2] == ["Bonjour,", ""] and "Vérifié le" in lines[-1]
    gone = await agent.http.post(address, data={**form, "answer": "disparue"})
    assert gone.status_code == 200 and field_of(gone.text) == "Bonjour,"
    assert (await agent.http.post(address, data={**form, "canned": "x"})).status_code == 400
    assert [said for said in await citizen.messages() if said["author"] == "staff"] == []


async def test_the_preview_shows_what_the_citizen_will_see(desk: Desk) -> None:
    """As typed, escaped, with addresses as links and the author; nothing is sent."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.open(reference)
    words = "**Voir** <i>ici</i> : https://a.example/p?x=1&y=2, merci"
    shown = await agent.http.post(f"/staff/tickets/{reference}/preview", data={**agent.seen, "text": words})
    assert "**Voir** &lt;i&gt;ici&lt;/i&gt; : " in shown.text
    assert 'href="https://a.example/p?x=1&amp;y=2"' in shown.text
    assert "Camille, chargée de la relation avec les habitants" in shown.text
    data = {**agent.seen, "text": words, "preview": "1"}
    page = await agent.http.post(f"/staff/tickets/{reference}/compose", data=data)
    assert field_of(page.text) == words and 'href="https://a.example/p?x=1&amp;y=2"' in page.text
    empty = await agent.http.post(f"/staff/tickets/{reference}/preview", data={**agent.seen, "text": " "})
    assert "Rien à montrer" in empty.text
    assert (await citizen.messages())[-1]["author"] == "assistant"


async def test_on_messenger_the_preview_counts_the_messages(desk: Desk) -> None:
    """Two thousand characters each, cut where a reader would pause, no link made."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    async with desk.context.database.write() as session:
        await session.execute(update(Ticket).values(channel="messenger"))
    await agent.open(reference)
    words = "a" * 1500 + "\n\n" + "b" * 1000 + " https://a.example/"
    shown = await agent.http.post(f"/staff/tickets/{reference}/preview", data={**agent.seen, "text": words})
    assert "2\u00a0messages partent" in text_raw(shown.text)
    assert shown.text.count('class="said staff"') == 2 and "<a " not in shown.text
    one = await agent.http.post(f"/staff/tickets/{reference}/preview", data={**agent.seen, "text": "Oui"})
    assert "un seul message part" in one.text


def text_raw(page: str) -> str:
    """A page's text with its no-break spaces."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("email", [MALIK, PAUL])
async def test_those_who_do_not_answer_have_no_composer(desk: Desk, email: str) -> None:
    """An agent of a department reads the ticket without the reply's form; an elected official nothing."""
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="eclairage_public", details={"what": "lampadaire"})
    ]
    citizen, other = await desk.open(), await desk.agent(email)
    reference = (await citizen.ask("Un lampadaire"))[-1]["ticket"]
    key = hidden((await other.http.get("/staff/")).text, "csrf")
    page = await other.http.get(f"/staff/tickets/{reference}")
    assert page.status_code == (200 if email == MALIK else 403) and 'id="reponse"' not in page.text
    for action in ("preview", "compose", "reply"):
        data = {"csrf": key, "text": "x"}
        assert (await other.http.post(f"/staff/tickets/{reference}/{action}", data=data)).status_code == 403
    assert await desk.count("SELECT count(*) FROM message WHERE author = 'staff'") == 0


async def test_another_town_reaches_nothing_of_the_composer(desk: Desk) -> None:
    """404 on each of its addresses."""
    citizen, hugo = await desk.open(), await desk.agent(HUGO)
    reference = await citizen.ticket()
    key = hidden(await hugo.page(), "csrf")
    for path in ("news?version=1&read=0", "answers/piscine", "canned/1", "presence"):
        assert (await hugo.http.get(f"/staff/tickets/{reference}/{path}")).status_code == 404
    for path in ("preview", "compose", "presence"):
        reply = await hugo.http.post(f"/staff/tickets/{reference}/{path}", data={"csrf": key, "text": "x"})
        assert reply.status_code == 404


async def test_a_resolved_ticket_has_no_composer_and_loses_no_text(desk: Desk) -> None:
    """What was typed meanwhile is shown to be copied."""
    citizen, camille, nadia = await desk.open(), await desk.agent(), await desk.agent(NADIA)
    reference = await citizen.ticket()
    await nadia.open(reference)
    await camille.do(reference, "resolve")
    refused = await nadia.send(reference, "J’arrive <trop tard>")
    assert refused.status_code == 409 and "J’arrive &lt;trop tard&gt;" in refused.text
    assert 'id="reponse"' not in refused.text
