"""The ticket's page in a real browser: endless lines, the sorting forms, a reply that waits."""

import pytest
from playwright.sync_api import expect

from desk.conversations.models import Conversation, Message
from tests.desk.people import CAMILLE
from tests.e2e.hall import Hall
from tests.e2e.test_access import WIDTHS, sideways, violations


async def store_long(hall: Hall) -> None:
    """What a channel with other limits may have stored, by each author."""
    from sqlalchemy import select

    async with hall.desk.context.database.write() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        for author in ("citizen", "assistant", "system", "staff"):
            conversation.last_seq += 1
            session.add(Message(
                commune="demo", conversation_id=conversation.id, seq=conversation.last_seq, channel="web",
                author=author, author_name="b" * 200 if author == "staff" else None, text="a" * 20_000,
                created_at=hall.clock.now(), answered_at=hall.clock.now(),
            ))  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
def test_endless_lines_and_open_forms_stay_within_the_page(hall: Hall, width: int) -> None:
    """Twenty thousand characters without a space, and every folded part unfolded; axe has nothing to say."""
    _, reference = hall.request("Une question")
    hall.run(store_long(hall))
    camille = hall.staff(CAMILLE, width, csp=False)
    camille.goto(f"{hall.url}/staff/tickets/{reference}")
    for summary in camille.locator("summary").all():
        summary.click()
    assert sideways(camille) == 0
    assert violations(camille) == []


def test_choosing_a_topic_proposes_its_department_in_the_form(hall: Hall) -> None:
    """The list follows the topic, and both are saved in one gesture."""
    _, reference = hall.request("Un lampadaire")
    camille = hall.staff(CAMILLE)
    camille.goto(f"{hall.url}/staff/tickets/{reference}")
    camille.get_by_label("Sujet", exact=True).select_option("eclairage_public")
    service = camille.get_by_label("Service", exact=True)
    expect(service.locator("option:checked")).to_have_text(
        "Voirie, stationnement et mobilités (service du sujet)"
    )
    camille.locator("#tri").get_by_role("button", name="Enregistrer").click()
    expect(camille.get_by_role("definition").filter(has_text="Voirie")).to_be_visible()


def test_the_citizen_answers_whether_it_is_resolved_with_one_click(hall: Hall) -> None:
    """Both pages tell it at once, without a reload."""
    chat, reference = hall.request("Des tuiles ?")
    camille = hall.staff(CAMILLE)
    camille.goto(f"{hall.url}/staff/tickets/{reference}")
    camille.get_by_role("button", name="Marquer comme résolue").click()
    chat.press("👎 Non")
    chat.reads("Que manque-t-il")
    chat.say("La rue n’est pas la bonne.")
    chat.reads("ajouté à votre demande")
    expect(camille.get_by_text("Pas résolue pour la personne")).to_be_visible()
