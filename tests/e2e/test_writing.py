"""Writing a reply in a browser: kept while it is written, colleagues side by side, the keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.desk.people import CAMILLE, NADIA, Citizen
from tests.e2e.hall import Hall


@pytest.fixture
def someone(hall: Hall) -> Citizen:
    """Who waits for an answer."""
    citizen: Citizen = hall.run(hall.desk.open())
    return citizen


@pytest.fixture
def reference(hall: Hall, someone: Citizen) -> str:
    """The number of their request."""
    return str(hall.run(someone.ticket()))


def say(hall: Hall, someone: Citizen, text: str) -> None:
    """The citizen writes again."""
    hall.run(someone.ask(text))


def opened(hall: Hall, email: str, reference: str) -> Page:
    """The request's page, in the browser of a member of staff."""
    page = hall.staff(email)
    page.goto(f"{hall.url}/staff/tickets/{reference}")
    return page


def reply_of(page: Page) -> Locator:
    return page.get_by_label("Votre réponse")


def kept(page: Page) -> None:
    """Wait until the page says that the draft is kept."""
    expect(page.get_by_text("Brouillon enregistré à")).to_be_visible()


def test_what_is_written_survives_a_crash_and_another_computer(hall: Hall, reference: str) -> None:
    """The page says when it is kept; what is sent is not found again."""
    office = opened(hall, CAMILLE, reference)
    reply_of(office).fill("Bonjour, la voirie passe demain.")
    kept(office)
    office.context.close()
    home = opened(hall, CAMILLE, reference)
    expect(reply_of(home)).to_have_value("Bonjour, la voirie passe demain.")
    reply_of(home).press("End")
    reply_of(home).press_sequentially(" À bientôt.")
    reply_of(home).press("Control+Enter")
    expect(home.get_by_role("log", name="Conversation")).to_contain_text("demain. À bientôt.")
    expect(reply_of(home)).to_have_value("")
    home.reload()
    expect(reply_of(home)).to_have_value("")


def test_nothing_is_lost_while_the_network_is_away(hall: Hall, reference: str) -> None:
    """The page stays with its text; the draft is kept when the network is back."""
    page = opened(hall, CAMILLE, reference)
    page.context.set_offline(True)
    reply_of(page).fill("Écrit dans un tunnel")
    expect(page.get_by_text("Votre texte est gardé sur cet appareil")).to_be_visible()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(reply_of(page)).to_have_value("Écrit dans un tunnel")
    page.context.set_offline(False)
    kept(page)
    page.reload()
    expect(reply_of(page)).to_have_value("Écrit dans un tunnel")


def test_the_last_words_of_a_page_that_closes_are_kept(hall: Hall, reference: str) -> None:
    """Without waiting for the pause after which a draft is kept."""
    page = opened(hall, CAMILLE, reference)
    reply_of(page).fill("Je reviens")
    page.goto(f"{hall.url}/staff/")
    page.goto(f"{hall.url}/staff/tickets/{reference}")
    expect(reply_of(page)).to_have_value("Je reviens")


def test_two_colleagues_see_each_other_and_what_comes_while_they_write(
    hall: Hall, someone: Citizen, reference: str
) -> None:
    """Nobody answers blindly: the news stands above the reply until it is read, or until a first refusal."""
    camille, nadia = opened(hall, CAMILLE, reference), opened(hall, NADIA, reference)
    expect(camille.get_by_text("Nadia regarde aussi cette demande")).to_be_visible()
    reply_of(nadia).press_sequentially("Je m’en occupe.")
    expect(camille.get_by_text("Nadia écrit une réponse")).to_be_visible()
    say(hall, someone, "Et des tuiles vertes ?")
    alert = nadia.get_by_role("alert")
    expect(alert).to_contain_text("Et des tuiles vertes ?")
    nadia.get_by_role("button", name="J’ai lu").click()
    expect(alert).to_be_empty()
    say(hall, someone, "Et des jaunes ?")
    expect(alert).to_contain_text("Et des jaunes ?")
    reply_of(nadia).press("Control+Enter")
    expect(nadia.get_by_text("Cette demande a changé depuis que vous l’avez ouverte")).to_be_visible()
    expect(reply_of(nadia)).to_have_value("Je m’en occupe.")
    reply_of(nadia).press("Control+Enter")
    expect(nadia.get_by_role("log", name="Conversation")).to_contain_text("Je m’en occupe.")
    camille.goto(f"{hall.url}/staff/")
    expect(nadia.get_by_text("Camille regarde aussi")).to_have_count(0)


def test_who_has_written_nothing_follows_the_conversation(
    hall: Hall, someone: Citizen, reference: str
) -> None:
    """What is written after the page has moved is written knowingly: it is sent at once."""
    page = opened(hall, CAMILLE, reference)
    say(hall, someone, "Et des tuiles vertes ?")
    expect(page.get_by_role("log", name="Conversation")).to_contain_text("Et des tuiles vertes ?")
    reply_of(page).fill("Au magasin municipal.")
    reply_of(page).press("Control+Enter")
    expect(page.get_by_role("log", name="Conversation")).to_contain_text("Au magasin municipal.")


def test_an_answer_is_inserted_at_the_cursor_and_previewed_by_the_keyboard(
    hall: Hall, someone: Citizen, reference: str, shots: Path
) -> None:
    """A blank line apart from the words around it; undone in one step; seen as the citizen will see it."""
    say(hall, someone, "La piscine ?")
    page = opened(hall, CAMILLE, reference)
    reply_of(page).fill("Bonjour,Bonne journée.")
    for _ in "Bonne journée.":
        reply_of(page).press("ArrowLeft")
    page.get_by_role("button", name="Insérer la réponse « Piscine »").press("Enter")
    expect(reply_of(page)).to_have_value(
        re.compile(r"^Bonjour,\n\n.*Vérifié le .*\n\nBonne journée\.$", re.DOTALL)
    )
    reply_of(page).press("Control+Shift+Enter")
    preview = page.locator("#apercu")
    expect(preview).to_contain_text("Camille, chargée de la relation avec les habitants")
    expect(preview.get_by_role("link", name="https://www.sainte-aure.example/piscine")).to_be_visible()
    page.screenshot(path=shots / "composer.png", full_page=True)
    reply_of(page).press("Control+z")
    expect(reply_of(page)).to_have_value("Bonjour,Bonne journée.")
