"""A ticket's page: take, reply, release, resolve, and what the citizen sees of it."""

import html
import re

from desk.assistant.acts import Act, AnswerAct, ClarifyAct, HandoffAct, SayAct
from desk.clock import FixedClock
from desk.conversations.models import Conversation, Message
from tests.desk.people import CAMILLE, NADIA, Citizen, hidden
from tests.desk.running import Desk

SIGNATURE = "Camille, chargée de la relation avec les habitants"


def text_of(page: str) -> str:
    """A page as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


async def test_the_page_tells_what_is_known(desk: Desk) -> None:
    """The whole conversation, the report's details, the contact, the promise, the history."""
    details = {"what": "lampadaire éteint", "where": "rue des Arts", "since": "lundi"}
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="eclairage_public", details=details)
    ]
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("Un lampadaire. Mon numéro : 06 39 98 12 34, merci de rappeler"))[-1][
        "ticket"
    ]
    page = text_of(await agent.page(f"/staff/tickets/{reference}"))
    for expected in (
        "La personne lundi 23 novembre à 10 h Un lampadaire. Mon numéro : 06 39 98 12 34",
        "Quoi lampadaire éteint Où rue des Arts Depuis lundi", "Contact 06 39 98 12 34",
        "Motif Signalement", "Service Voirie, stationnement et mobilités",
        "Réponse promise jeudi 26 novembre à 10 h", "L’assistant répond",
        "Historique lundi 23 novembre à 10 h : demande ouverte", f"Elle part au nom de {SIGNATURE}",
    ):  # fmt: skip
        assert expected in page


async def test_taking_tells_the_citizen_who_answers_and_silences_the_assistant(desk: Desk) -> None:
    """First name and job, as the law grants; messages go to the thread and no further."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    assert (await agent.do(reference, "take")).status_code == 303
    told = (await citizen.messages())[-1]
    assert told["text"] == f"{SIGNATURE}, vous répond maintenant."
    assert (told["author"], told["outcome"], told["ticket"]) == ("system", "system", reference)
    asked = len(desk.assistant.heard)
    for text in ("Vous êtes là ?", "Mon mail : lea@courriel.example"):
        await citizen.say(text)
    page = ""
    while "lea@courriel.example" not in page.partition("Contact")[2]:
        page = text_of(await agent.page(f"/staff/tickets/{reference}"))
    assert "Vous êtes là ?" in page and "Vous répondez" in page
    assert len(desk.assistant.heard) == asked
    assert [message["author"] for message in await citizen.messages()][-2:] == ["citizen", "citizen"]


async def test_a_reply_reaches_the_citizen_with_its_author(desk: Desk) -> None:
    """Replying takes the conversation; the assistant keeps silent from then on."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    sent = await agent.reply(reference, "Bonjour,\nje regarde.")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/staff/tickets/{reference}#fin")
    reply = (await citizen.messages())[-1]
    assert (reply["author"], reply["author_name"], reply["outcome"]) == ("staff", SIGNATURE, "staff")
    assert (reply["text"], reply["ticket"]) == ("Bonjour,\nje regarde.", reference)
    await citizen.say("Merci")
    assert (await citizen.messages())[-1]["author"] == "citizen"
    assert "Vous répondez" in await agent.page(f"/staff/tickets/{reference}")


async def test_a_reply_sent_twice_is_said_once(desk: Desk) -> None:
    """A double click, or the page sent again after a lost connection."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.reply(reference, "Une seule fois.")
    assert (await agent.send(reference, "Une seule fois.")).status_code == 303
    assert [message["text"] for message in await citizen.messages()].count("Une seule fois.") == 1


async def test_an_empty_or_endless_reply_is_given_back(desk: Desk) -> None:
    """Nothing is sent, nothing typed is lost."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    empty, long = await agent.reply(reference, "  "), await agent.reply(reference, "a" * 4001)
    assert empty.status_code == 400 and "Écrivez votre réponse" in empty.text
    assert long.status_code == 413 and "dépasse 4000" in long.text and "a" * 4001 in long.text
    assert (await citizen.messages())[-1]["author"] == "assistant"


async def test_releasing_gives_the_conversation_back_and_keeps_the_ticket_open(desk: Desk) -> None:
    """The citizen is told, and the assistant answers again."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    for action in ("take", "release"):
        await agent.do(reference, action)
    assert (await citizen.messages())[-1]["text"].startswith("L’assistant automatique reprend")
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    assert (await citizen.ask("Bonjour"))[-1]["outcome"] == "smalltalk"
    assert reference in await agent.page()


async def test_after_the_resolution_the_assistant_answers_and_the_ticket_comes_back_for_a_week(
    desk: Desk, clock: FixedClock
) -> None:
    """The end is told with the reference; what nobody can answer reopens it, then no longer."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    clock.move(minutes=5)
    await agent.reply(reference, "C’est réglé.", then="resolve")
    said, ended = (await citizen.messages())[-2:]
    assert said["text"] == "C’est réglé." and f"**{reference}** est terminée" in ended["text"]
    again = (await citizen.ask("Et pour les vertes ?"))[-1]
    assert again["ticket"] == reference and f"rouvre votre demande **{reference}**" in again["text"]
    await agent.reply(reference, "C’est réglé.", then="resolve")
    clock.move(days=8)
    assert (await citizen.ask("Et pour les jaunes ?"))[-1]["ticket"] != reference
    agent = await desk.agent()
    page = await agent.page(f"/staff/tickets/{reference}")
    assert "Résolue" in page and 'id="text"' not in page
    refused = await agent.send(reference, "Trop tard", csrf=hidden(page, "csrf"))
    assert refused.status_code == 409 and "déjà résolue" in refused.text and "Trop tard" in refused.text
    assert "Trop tard" not in [message["text"] for message in await citizen.messages()]


async def test_the_history_names_who_did_what(desk: Desk) -> None:
    """In order, in French."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await citizen.ask("Et des vertes ?")
    await agent.do(reference, "take")
    await agent.reply(reference, "Oui.")
    for action in ("release", "resolve"):
        await agent.do(reference, action)
    page = text_of(await agent.page(f"/staff/tickets/{reference}"))
    history = page.partition("Historique")[2].partition("Classer la demande")[0]
    assert re.findall(r"10 h : ([^:]+?)(?= lundi|$)", history.strip()) == [
        "demande ouverte", "message ajouté", "prise par Camille", "réponse de Camille",
        "rendue par Camille", "résolue par Camille",
    ]  # fmt: skip


async def test_a_button_pressed_twice_or_in_vain_does_no_harm(desk: Desk) -> None:
    """Take twice, release what nobody holds, an action that does not exist."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    for action in ("release", "take", "take"):
        assert (await agent.do(reference, action)).status_code == 303
    assert [message["outcome"] for message in await citizen.messages()].count("system") == 2
    assert (await agent.do(reference, "destroy")).status_code == 404
    assert (await agent.http.get("/staff/tickets/BEF-0000-0000")).status_code == 404
    assert CAMILLE not in await agent.page(f"/staff/tickets/{reference}")


async def test_a_second_report_on_the_open_ticket_keeps_its_own_details(desk: Desk) -> None:
    """The first report's stay on the ticket; the second's are in its history."""
    said = iter(({"what": "lampadaire éteint", "where": "rue des Arts"},
                 {"what": "nid-de-poule", "where": "quai Sud"}))  # fmt: skip
    desk.assistant.script = lambda heard: [HandoffAct(act="handoff", reason="report", details=next(said))]
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("un lampadaire"))[-1]["ticket"]
    assert (await citizen.ask("et un trou"))[-1]["ticket"] == reference
    page = text_of(await agent.page(f"/staff/tickets/{reference}"))
    assert "Quoi lampadaire éteint Où rue des Arts" in page
    assert "message ajouté, « nid-de-poule », « quai Sud »" in page


async def test_staff_read_answers_as_citizens_do_and_html_stays_text(desk: Desk) -> None:
    """Bold is bold, links are links; what a citizen types is never markup."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = (await citizen.ask("<b>gras</b> **gras** ?"))[-1]["ticket"]
    page = await agent.page(f"/staff/tickets/{reference}")
    assert f"<strong>{reference}</strong>" in page
    assert "&lt;b&gt;gras&lt;/b&gt; **gras** ?" in page


async def test_staff_read_what_the_assistant_understood_of_each_message(desk: Desk) -> None:
    """Its topics with how sure it was, the ones it hesitated between, and why it called a human."""
    said: dict[str, list[Act]] = {
        "eau": [AnswerAct(act="answer", topic="piscine", confidence=0.93)],
        "deux": [AnswerAct(act="answer", topic="piscine", confidence=0.8, more="mediatheque")],
        "flou": [ClarifyAct(act="clarify", topics=["piscine", "mediatheque"])],
        "rien": [HandoffAct(act="handoff", reason="not_understood", candidates=["piscine"])],
        "trou": [HandoffAct(act="handoff", reason="report", topic="eclairage_public",
                            details={"what": "un secret"})],
        "sans": [AnswerAct(act="answer", topic="sans_reponse", confidence=0.5)],
    }  # fmt: skip
    desk.assistant.script = lambda heard: said[heard.text]
    citizen, agent = await desk.open(), await desk.agent()
    for words in said:
        await citizen.ask(words)
    await citizen.ask("eau", "topic:piscine")
    desk.assistant.up = False
    reference = (await citizen.ask("panne"))[-1]["ticket"]
    page = text_of(await agent.page(f"/staff/tickets/{reference}")).partition("Ce que l’on sait")[0]
    piscine, livres = "« Piscine »", "« Médiathèque »"
    for expected in (
        f"eau Compris : {piscine} à 93 %.", f"deux Compris : {piscine} à 80 %, puis {livres}.",
        f"flou Hésitation entre {piscine}, {livres}.", f"rien Non compris, peut-être {piscine}.",
        "trou Signalement, sujet", "sans Compris : « sans_reponse » à 50 %. Transmis à un agent : "
        "l’assistant n’a pas su répondre.", f"eau Choisi : {piscine}.", "panne L’assistant ne répondait pas.",
    ):  # fmt: skip
        assert expected in page
    kept = "SELECT count(*) FROM message WHERE CAST(understood AS TEXT) LIKE '%secret%'"
    assert await desk.count(kept) == 0


async def test_what_was_not_asked_of_the_assistant_says_nothing_of_it(desk: Desk) -> None:
    """Held by staff: the column stays empty, not a JSON null."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.do(reference, "take")
    await citizen.say("Vous êtes là ?")
    waiting = "SELECT count(*) FROM message WHERE author = 'citizen' AND answered_at IS NULL"
    await desk.until_count(waiting, 0)
    query = "SELECT count(*) FROM message WHERE author = 'citizen' AND understood IS NULL"
    assert await desk.count(query) == 1


async def store(desk: Desk, citizen: Citizen, texts: list[str], author: str = "citizen") -> None:
    """Messages put straight into a conversation, as a channel with other limits would."""
    async with desk.context.database.write() as session:
        conversation = await session.get_one(Conversation, citizen.id)
        for text in texts:
            conversation.last_seq += 1
            session.add(Message(
                commune="demo", conversation_id=citizen.id, seq=conversation.last_seq, channel="web",
                author=author, text=text, created_at=desk.clock.now(), answered_at=desk.clock.now(),
            ))  # fmt: skip


async def test_whatever_was_written_is_shown_whole_and_inert(desk: Desk) -> None:
    """Scripts, links that run something, pictures, and twenty thousand characters without a space."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    tricks = [
        "<script>alert(1)</script>", "[x](javascript:alert(1)) ![x](https://mal.example/x.png)",
        "</p></li><img src=x onerror=alert(1)>", "{{ 7 * 7 }} {% raw %}", "[x](data:text/html,<b>x</b>)",
    ]  # fmt: skip
    long = "a" * 20_000
    await store(desk, citizen, [*tricks, long])
    theirs = (await agent.page(f"/staff/tickets/{reference}/thread")).partition("tuiles bleues")[2]
    assert "href=" not in theirs
    for trick in tricks:
        assert trick in html.unescape(theirs), trick
    for author in ("assistant", "system"):
        await store(desk, citizen, [*tricks, long], author)
    shown = await agent.page(f"/staff/tickets/{reference}/thread")
    assert shown.count(long) == 3
    for page in (shown, await agent.page(f"/staff/tickets/{reference}")):
        assert "<script>alert" not in page and "<img" not in page and "onerror=alert(1)&gt;" in page
        assert not re.search(r'href="(javascript|data:text)|src="(https|x)', page)


async def test_a_long_conversation_is_read_page_by_page(desk: Desk) -> None:
    """The last two hundred messages, then those before, each exactly once, with the notes at their time."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await store(desk, citizen, [f"Message n° {number}." for number in range(1, 151)])
    desk.clock.move(minutes=1)
    await agent.open(reference)
    note = {"csrf": agent.seen["csrf"], "note": "Au milieu"}
    await agent.http.post(f"/staff/tickets/{reference}/notes", data=note)
    desk.clock.move(minutes=1)
    await store(desk, citizen, [f"Message n° {number}." for number in range(151, 451)])
    path, found, notes = f"/staff/tickets/{reference}", [], 0
    while path:
        page = (await agent.page(path)).partition('id="fin"')[0]
        found = re.findall(r"Message n° (\d+)\.", page) + found
        notes += text_of(page).count("pour les agents seulement")
        older = re.search(r'href="([^"]*\?avant=\d+)">Messages précédents', page)
        assert len(re.findall(r'class="said (?!note)', page)) <= 200
        path = older[1] if older else ""
    assert found == [str(number) for number in range(1, 451)] and notes == 1
    assert "Derniers messages" in page and "Où acheter des tuiles" in page
    for nonsense in ("x", "-1", "9" * 30, "", "0"):
        await agent.page(f"/staff/tickets/{reference}?avant={nonsense}")


async def test_the_part_that_refreshes_itself_keeps_what_was_on_the_page(desk: Desk) -> None:
    """From the first message shown on, however many have come since."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await store(desk, citizen, [f"Message n° {number}." for number in range(1, 301)])
    live = re.search(r'data-live="([^"]+)"', await agent.page(f"/staff/tickets/{reference}"))[1]
    shown = re.findall(r"Message n° (\d+)\.", await agent.page(live))
    await store(desk, citizen, [f"Message n° {number}." for number in range(301, 401)])
    assert re.findall(r"Message n° (\d+)\.", await agent.page(live)) == [
        *shown, *(str(number) for number in range(301, 401)),
    ]  # fmt: skip


async def test_a_note_stands_at_its_time_and_never_reaches_the_citizen(desk: Desk) -> None:
    """Between the messages; sent twice it is written once; whoever writes meanwhile is told of it."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    nadia = await desk.agent(NADIA)
    await nadia.open(reference)
    await agent.open(reference)
    for _ in range(2):
        data = {"csrf": agent.seen["csrf"], "note": "Déjà\nappelé <hier>"}
        sent = await agent.http.post(f"/staff/tickets/{reference}/notes", data=data)
        assert sent.status_code == 303
    said = await citizen.messages()
    await citizen.ask("Et des vertes ?")
    page = text_of(await agent.page(f"/staff/tickets/{reference}"))
    assert page.count("Note interne de Camille, pour les agents seulement") == 1
    assert re.search(r"tuiles bleues \?.*Déjà appelé <hier>.*Et des vertes \?", page)
    assert "Déjà" not in str(await citizen.messages()) and len(said) == 3
    refused = await nadia.send(reference, "Bonjour")
    assert refused.status_code == 409 and "note de Camille" in refused.text


async def test_an_empty_or_endless_note_is_given_back(desk: Desk) -> None:
    """With its words; nothing is written."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.open(reference)
    for note, status, why in (("  ", 400, "Écrivez votre note"), ("é" * 4001, 413, "dépasse 4000")):
        data = {"csrf": agent.seen["csrf"], "note": note}
        refused = await agent.http.post(f"/staff/tickets/{reference}/notes", data=data)
        assert refused.status_code == status and why in refused.text and note.strip() in refused.text
    assert await desk.count("SELECT count(*) FROM note") == 0


async def test_whether_an_answer_was_useful_is_shown(desk: Desk) -> None:
    """Under the answer that the citizen judged."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    citizen, agent = await desk.open(), await desk.agent()
    answer = (await citizen.ask("piscine"))[-1]
    path = f"{citizen.path}/messages/{answer['seq']}/feedback"
    await desk.http.post(path, json={"useful": False}, headers=citizen.headers)
    desk.assistant.script = lambda heard: [HandoffAct(act="handoff", reason="asked")]
    reference = await citizen.ticket()
    page = text_of(await agent.page(f"/staff/tickets/{reference}"))
    assert "Jugée inutile par la personne" in page and "A demandé un agent." in page
