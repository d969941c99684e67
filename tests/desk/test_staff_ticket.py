"""A ticket's page: take, reply, release, resolve, and what the citizen sees of it."""

import html
import re

from desk.assistant.acts import HandoffAct, SayAct
from desk.clock import FixedClock
from tests.desk.people import CAMILLE, hidden
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
    assert "Résolue" in page and "<textarea" not in page
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
    history = text_of(await agent.page(f"/staff/tickets/{reference}")).partition("Historique")[2]
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
    assert (await agent.do(reference, "destroy")).status_code == 400
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
