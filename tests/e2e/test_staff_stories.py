"""The staff's days, told with two browsers at once."""

import re
from pathlib import Path

from playwright.sync_api import expect
from sqlalchemy import text

from desk.assistant.acts import AnswerAct, HandoffAct
from tests.desk.people import CAMILLE, MALIK, NADIA
from tests.e2e.hall import Hall

QUESTION = "Où puis-je acheter des tuiles bleues ?"


def test_a_department_proposes_and_the_manager_sends(hall: Hall, shots: Path) -> None:
    """The citizen only ever reads what the manager approved."""
    chat, reference = hall.request("Le lampadaire de la rue des Arts clignote, est-ce prévu ?")
    camille, malik = hall.staff(CAMILLE), hall.staff(MALIK)
    camille.get_by_role("link", name=reference).click()
    camille.get_by_text("Demander à un service").click()
    malik_there = camille.locator("option", has_text="Malik").get_attribute("value")
    camille.get_by_label("À qui demander").select_option(malik_there)
    camille.locator("#circuit-question").fill("Quand réparez-vous ce lampadaire ?")
    camille.get_by_role("button", name="Demander au service").click()
    expect(camille.get_by_text("Demandé par Camille")).to_be_visible()

    malik.goto(f"{hall.url}/staff/")
    malik.get_by_role("link", name=reference).click()
    expect(malik.get_by_text("Quand réparez-vous ce lampadaire ?")).to_be_visible()
    expect(malik.get_by_label("Votre réponse", exact=True)).to_have_count(0)
    malik.get_by_label("Votre proposition de réponse").fill("On le change jeudi matin")
    malik.get_by_role("button", name="Envoyer ma proposition").click()
    expect(malik.get_by_text("Réponse proposée par Malik,")).to_be_visible()

    camille.reload()
    expect(camille.get_by_text("Réponse proposée par Malik,")).to_be_visible()
    camille.screenshot(path=shots / "desk-circuit-1280.png")
    words = camille.get_by_label("Réponse à envoyer à la personne")
    expect(words).to_have_value("On le change jeudi matin")
    words.fill("Bonjour, nos équipes le changent jeudi matin. Merci de nous l’avoir signalé.")
    camille.get_by_role("button", name="Approuver et envoyer").click()
    chat.reads("nos équipes le changent jeudi matin")
    expect(chat.log).not_to_contain_text("On le change jeudi")
    expect(camille.get_by_role("log").get_by_text("nos équipes le changent jeudi matin")).to_be_visible()


def test_two_colleagues_on_one_request_lose_no_word(hall: Hall) -> None:
    """The second to send sees what the first one sent, and decides."""
    chat, reference = hall.request(QUESTION)
    camille, nadia = hall.staff(CAMILLE), hall.staff(NADIA)
    for page in (camille, nadia):
        page.goto(f"{hall.url}/staff/tickets/{reference}")
    expect(nadia.get_by_text("Camille regarde aussi cette demande")).to_be_visible()
    nadia.get_by_label("Votre réponse", exact=True).fill("À la tuilerie du port.")
    camille.get_by_label("Votre réponse", exact=True).fill("Bonjour, je me renseigne.")
    camille.get_by_role("button", name="Envoyer", exact=True).click()
    chat.reads("je me renseigne")
    nadia.get_by_role("button", name="Envoyer", exact=True).click()
    expect(nadia.get_by_text("Cette demande a changé depuis que vous l’avez ouverte")).to_be_visible()
    expect(nadia.get_by_label("Votre réponse", exact=True)).to_have_value("À la tuilerie du port.")
    expect(nadia.get_by_role("alert").filter(has_text="Camille").first).to_be_visible()
    expect(chat.log).not_to_contain_text("tuilerie")
    nadia.goto(f"{hall.url}/staff/tickets/{reference}")
    expect(nadia.get_by_label("Votre réponse", exact=True)).to_have_value("À la tuilerie du port.")


def test_a_take_over_is_told_and_ends_by_itself(hall: Hall) -> None:
    """The assistant keeps silent while Camille holds the conversation, then speaks again."""
    chat, reference = hall.request(QUESTION)
    camille = hall.staff(CAMILLE)
    camille.goto(f"{hall.url}/staff/tickets/{reference}")
    camille.get_by_role("button", name="Prendre la conversation").click()
    chat.reads("Camille, chargée de la relation avec les habitants, vous répond maintenant")
    hall.script(lambda heard: [AnswerAct(act="answer", topic="piscine", confidence=0.97)])
    chat.say("Et la piscine ?")
    expect(camille.get_by_role("log", name="Conversation")).to_contain_text("Et la piscine ?")
    expect(chat.log).not_to_contain_text("Vérifié le")
    hall.clock.move(minutes=31)
    hall.round()
    chat.reads("L’assistant automatique reprend la conversation")
    chat.say("Horaires de la piscine ?")
    chat.reads("Vérifié le")


def test_an_answer_is_read_over_before_it_leaves(hall: Hall) -> None:
    """The town decided so for this topic: the assistant prepares, a human sends."""
    camille = hall.staff(CAMILLE)
    camille.goto(f"{hall.url}/staff/frame/piscine")
    camille.get_by_role("radio", name=re.compile("relue", re.I)).check()
    camille.get_by_label("Qui a décidé").fill("Mme Vasseur, maire adjointe")
    camille.get_by_role("button", name="Enregistrer la décision").click()
    hall.script(lambda heard: [AnswerAct(act="answer", topic="piscine", confidence=0.97)])
    chat = hall.citizen()
    chat.say("Horaires de la piscine ?")
    chat.reads("la relit avant de vous l’envoyer")
    expect(chat.log).not_to_contain_text("Vérifié le")
    reference = chat.reference()
    camille.goto(f"{hall.url}/staff/tickets/{reference}")
    camille.get_by_role("button", name="Approuver, envoyer et résoudre").click()
    chat.reads("Vérifié le")


def test_a_late_request_is_escalated(hall: Hall) -> None:
    """It turns red in the queue, and the whole team is written to, once."""
    _, reference = hall.request(QUESTION)
    hall.clock.move(hours=73)
    hall.round()
    hall.round()
    camille = hall.staff(CAMILLE)
    expect(camille.get_by_text("En retard de 1 h")).to_be_visible()
    camille.get_by_role("link", name=re.compile("^En retard")).first.click()
    camille.get_by_role("link", name=reference).click()
    expect(
        camille.get_by_text(re.compile("retard signalé|équipe prévenue|délai dépassé", re.I)).first
    ).to_be_visible()
    told = hall.run(_mails(hall, reference))
    assert CAMILLE in told and NADIA in told and len(told) == len(set(told))


async def _mails(hall: Hall, reference: str) -> list[str]:
    """To whom something was written about a request."""
    query = text("SELECT address FROM mail WHERE body LIKE :words")
    async with hall.desk.context.database.read() as session:
        return list(await session.scalars(query, {"words": f"%{reference}%"}))


def test_resolved_then_refused_is_open_again(hall: Hall) -> None:
    """The citizen says no, says why, and Camille reads it."""
    chat, reference = hall.request(QUESTION)
    camille = hall.staff(CAMILLE)
    camille.goto(f"{hall.url}/staff/tickets/{reference}")
    camille.get_by_label("Votre réponse", exact=True).fill("À la tuilerie du port.")
    camille.get_by_role("button", name="Envoyer et résoudre").click()
    chat.reads("Votre question est-elle résolue")
    chat.press("Non")
    chat.reads(f"Votre demande {reference} est rouverte")
    chat.say("La tuilerie est fermée depuis deux ans.")
    camille.goto(f"{hall.url}/staff/")
    camille.get_by_role("link", name=reference).click()
    expect(camille.get_by_text("La tuilerie est fermée depuis deux ans.").first).to_be_visible()
    expect(camille.get_by_text("rouverte").first).to_be_visible()
    chat.reads("votre message est ajouté à votre demande")


def test_a_handover_shows_what_it_may_be_about(hall: Hall) -> None:
    """The town's own answers are one click away from the reply."""
    candidates = ["piscine", "equipement_sportif"]
    hall.script(lambda heard: [HandoffAct(act="handoff", reason="not_understood", candidates=candidates)])
    chat = hall.citizen()
    chat.say("Le grand bassin du bas ?")
    camille = hall.staff(CAMILLE)
    camille.goto(f"{hall.url}/staff/tickets/{chat.reference()}")
    camille.get_by_role("button", name=re.compile("Insérer la réponse « Piscine", re.I)).click()
    expect(camille.get_by_label("Votre réponse", exact=True)).to_have_value(re.compile("piscine", re.I))
