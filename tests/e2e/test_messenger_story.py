"""A question asked on Messenger, and answered by a person two days later."""

import re
from pathlib import Path

from playwright.sync_api import expect

from desk.assistant.memory import hand_everything_over
from tests.desk.people import CAMILLE
from tests.e2e.hall import REFERENCE, Hall

QUESTION = "Bonjour, où puis-je acheter des tuiles bleues ?"
ANSWER = "Bonjour Léa, à la tuilerie du port, sur rendez-vous."


def test_asked_on_messenger_and_answered_two_days_later(hall_on_messenger: Hall, shots: Path) -> None:
    """Meta lets a person write after a day, and only a person: the question on the outcome stays unsent."""
    hall = hall_on_messenger
    hall.script(hand_everything_over)
    lea = hall.meta.page().person("7001")
    hall.run(lea.says(QUESTION))
    welcome, handover = hall.run(lea.hears(2))[:2]
    assert "assistant automatique" in welcome.text and "pas une personne" in welcome.text
    reference = REFERENCE.search(handover.text)[0]

    hall.clock.move(days=2)
    camille = hall.staff(CAMILLE)
    camille.get_by_role("link", name=reference).click()
    expect(camille.get_by_role("log").get_by_text(QUESTION)).to_be_visible()
    camille.get_by_label("Votre réponse", exact=True).fill(ANSWER)
    camille.screenshot(path=shots / "desk-messenger-1280.png")
    hall.meta.hold_echoes()
    camille.get_by_role("button", name="Envoyer et résoudre").click()
    answer = hall.run(lea.hears(3))[2]
    assert (answer.messaging_type, answer.tag) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert answer.text.startswith("Camille, chargée de la relation") and answer.text.endswith(ANSWER)
    expect(camille.get_by_text(re.compile("Non envoyé"))).to_be_visible()
    said = camille.get_by_role("log").get_by_role("listitem").filter(has_text=ANSWER)
    expect(said.get_by_text("Envoyé")).to_be_visible()
    hall.run(hall.meta.release_echoes())
    expect(said.get_by_text("Remis", exact=True)).to_be_visible()
    hall.run(lea.reads())
    expect(said.get_by_text("Lu", exact=True)).to_be_visible()
    assert len(lea.inbox) == 3 and hall.meta.refused == []

    hall.run(lea.says("Merci beaucoup !"))
    again = hall.run(lea.hears(4))[3]
    assert again.messaging_type == "RESPONSE" and "assistant automatique" in again.text
