"""Every page of the staff: nothing for axe to say, nothing sideways, all of it by keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.desk.people import CAMILLE, INES, MALIK, PAUL
from tests.e2e.hall import Hall
from tests.e2e.test_access import WIDTHS, sideways, violations

MANAGER = {
    "queue": "/staff/",
    "late": "/staff/?vue=retard",
    "search": "/staff/?q=tuiles",
    "ticket": "/staff/tickets/{reference}",
    "answers": "/staff/answers",
    "answer": "/staff/answers/piscine",
    "versions": "/staff/answers/piscine/versions",
    "frame": "/staff/frame",
    "decision": "/staff/frame/piscine",
    "notices": "/staff/notices",
    "canned": "/staff/canned",
    "figures": "/staff/figures",
    "journal": "/staff/journal",
    "account": "/staff/account",
}
SHOWN = ("queue", "ticket", "answer", "figures")


def looked_at(page: Page, hall: Hall, paths: dict[str, str], width: int, shots: Path) -> None:
    for name, path in paths.items():
        reply = page.goto(hall.url + path)
        assert reply is not None and reply.ok, (path, reply and reply.status)
        assert violations(page) == [], path
        assert sideways(page) == 0, path
        if name in SHOWN:
            page.screenshot(path=shots / f"desk-{name}-{width}.png", full_page=width < 1000)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_every_role(hall: Hall, width: int, shots: Path) -> None:
    """With a ticket, a note and a question to a department on them."""
    _, reference = hall.request(
        "Où puis-je acheter des tuiles bleues pour réparer le toit de mon abri de jardin ?"
    )
    camille = hall.staff(CAMILLE, width, csp=False)
    camille.goto(f"{hall.url}/staff/tickets/{reference}")
    camille.get_by_label("Note interne").fill("Déjà demandé au téléphone.")
    camille.get_by_role("button", name="Ajouter la note").click()
    expect(camille.get_by_text("Déjà demandé au téléphone.").first).to_be_visible()
    looked_at(
        camille,
        hall,
        {name: path.format(reference=reference) for name, path in MANAGER.items()},
        width,
        shots,
    )
    ines = hall.staff(INES, width, csp=False)
    looked_at(ines, hall, {"people": "/staff/people"}, width, shots)
    malik = hall.staff(MALIK, width, csp=False)
    looked_at(
        malik, hall, {"home": "/staff/", "base": "/staff/answers", "mine": "/staff/account"}, width, shots
    )
    paul = hall.staff(PAUL, width, csp=False)
    expect(paul).to_have_url(re.compile("/staff/figures"))
    looked_at(paul, hall, {"numbers": "/staff/figures"}, width, shots)


def test_a_request_is_answered_without_a_mouse(hall: Hall) -> None:
    """From the queue to the citizen, with Tab, Enter and Ctrl+Enter."""
    chat, reference = hall.request("Où puis-je acheter des tuiles bleues ?")
    camille = hall.staff(CAMILLE)
    camille.goto(f"{hall.url}/staff/")
    camille.keyboard.press("Tab")
    expect(camille.get_by_role("link", name="Aller au contenu")).to_be_focused()
    camille.get_by_role("link", name=reference).focus()
    camille.keyboard.press("Enter")
    expect(camille.get_by_role("heading", name=f"Demande {reference}")).to_be_visible()
    tabbed_to(camille, "#text")
    camille.keyboard.type("À la tuilerie du port.")
    camille.keyboard.press("Control+Enter")
    chat.reads("À la tuilerie du port.")


def tabbed_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the element has the focus; every stop on the way must be seen to have it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement?.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} was not reached in {most} steps")
