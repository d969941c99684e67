"""The whole story in a browser: an answer, a ticket, a human, and the assistant again."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.town import Town

LAUNCHER = "Poser une question à la mairie"


def open_chat(page: Page, town: Town) -> None:
    page.goto(town.url)
    page.get_by_role("button", name=LAUNCHER).click()
    expect(page.get_by_role("log", name="Messages")).to_contain_text("assistant automatique")


def say(page: Page, text: str) -> None:
    page.get_by_label("Votre message").fill(text)
    page.get_by_label("Votre message").press("Enter")


def log_in(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/staff/")
    page.get_by_label("Adresse e-mail").fill("camille@sainte-aure.example")
    page.get_by_label("Mot de passe").fill(town.password)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", name="Demandes à traiter")).to_be_visible()


def test_a_citizen_is_answered_then_handed_to_a_human(
    page: Page, browser: Browser, context: BrowserContext, town: Town, shots
):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_chat(page, town)
    log = page.get_by_role("log", name="Messages")

    say(page, "horaires de la decheterie le samedi")
    expect(log).to_contain_text("Bruyères")
    expect(log).to_contain_text("Vérifié le")
    page.screenshot(path=shots / "story-answer.png")

    say(page, "Pourquoi le coq du clocher tourne-t-il à l'envers quand il neige ?")
    expect(log).to_contain_text("ne dépend pas de la mairie")
    log.get_by_role("button", name="Parler à un agent").last.click()
    expect(log).to_contain_text(re.compile(r"BEF-[A-Z0-9]{4}-[A-Z0-9]{4}"))
    reference = re.search(r"BEF-[A-Z0-9]{4}-[A-Z0-9]{4}", log.inner_text())[0]
    page.screenshot(path=shots / "story-handoff.png")

    staff = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris").new_page()
    staff.set_viewport_size({"width": 1280, "height": 800})
    log_in(staff, town)
    staff.screenshot(path=shots / "story-queue.png")
    staff.get_by_role("link", name=reference).click()
    staff.get_by_role("button", name="Prendre la conversation").click()
    expect(log).to_contain_text("Camille, chargée de la relation avec les habitants, vous répond maintenant")

    staff.get_by_label("Votre réponse").fill("Bonjour, je m’en occupe tout de suite.")
    staff.get_by_role("button", name="Envoyer", exact=True).click()
    expect(log).to_contain_text("Bonjour, je m’en occupe tout de suite.")

    say(page, "merci, horaires de la mairie ?")
    expect(staff.get_by_role("log", name="Conversation")).to_contain_text("horaires de la mairie")
    staff.screenshot(path=shots / "story-ticket.png")
    staff.get_by_role("button", name="Marquer comme résolue").click()
    expect(log).to_contain_text("est terminée")
    expect(staff.get_by_role("button", name="Rouvrir la demande")).to_be_visible()

    say(page, "bonjour")
    expect(log).to_contain_text("Quelle est votre question")
    assert log.inner_text().count("ouvert au public") == 0, (
        "the assistant stayed silent while Camille answered"
    )
    staff.context.close()


def test_a_reload_keeps_the_conversation_and_a_click_on_a_choice_answers(page: Page, town: Town, shots):
    page.set_viewport_size({"width": 320, "height": 640})
    open_chat(page, town)
    say(page, "horaires de la decheterie le samedi")
    log = page.get_by_role("log", name="Messages")
    expect(log).to_contain_text("Bruyères")
    expect(page.get_by_role("button", name="Nouveaux messages")).to_be_hidden()
    page.screenshot(path=shots / "answer-320.png")
    page.reload()
    page.get_by_role("button", name=LAUNCHER).click()
    expect(log).to_contain_text("Bruyères")
    assert log.inner_text().count("horaires de la decheterie le samedi") == 1
    log.get_by_role("button", name="Oui").first.click()
    expect(log).to_contain_text("Merci, c’est noté")


def test_a_message_written_offline_leaves_when_the_network_is_back(
    page: Page, context: BrowserContext, town: Town
):
    open_chat(page, town)
    log = page.get_by_role("log", name="Messages")
    context.set_offline(True)
    say(page, "bonjour")
    expect(log).to_contain_text("Non envoyé, nouvel essai bientôt")
    context.set_offline(False)
    expect(log).to_contain_text("Quelle est votre question")
    assert log.inner_text().count("bonjour") == 1


def test_everything_works_by_keyboard(page: Page, town: Town):
    page.goto(town.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.get_by_role("button", name=LAUNCHER).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Votre message")).to_be_focused()
    page.keyboard.type("bonjour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log", name="Messages")).to_contain_text("Quelle est votre question")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_focused()


def test_html_in_a_message_stays_text(page: Page, town: Town):
    open_chat(page, town)
    say(page, "<img src=x onerror=alert(1)> <b>bonjour</b> [x](javascript:alert(1))")
    log = page.get_by_role("log", name="Messages")
    expect(log).to_contain_text("<b>bonjour</b>")
    assert log.locator("img").count() == 0


def test_nothing_is_stored_before_the_chat_is_opened(page: Page, context: BrowserContext, town: Town):
    """CNIL: what is written before the citizen opens the chat would need consent."""
    page.goto(town.url)
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_visible()
    stored = "() => localStorage.length + sessionStorage.length"
    assert page.evaluate(stored) == 0
    assert context.cookies() == []
    open_chat(page, town)
    assert page.evaluate(stored) > 0
