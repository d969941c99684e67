"""Tickets as citizens meet them: a reference, a promise, a place to leave an address, the state of things."""

import pytest

from desk.assistant.acts import Act, HandoffAct, TicketStatusAct
from desk.clock import FixedClock
from desk.ids import REFERENCE_ALPHABET, new_reference, normal_reference
from desk.tickets.contact import find_contact
from tests.desk.running import Desk


def handoff(**fields: object) -> list[Act]:
    return [HandoffAct.model_validate({"act": "handoff", **fields})]


async def test_where_a_request_stands_is_told_at_every_stage(desk: Desk, clock: FixedClock) -> None:
    """None, received, in hand, late, done."""
    citizen, understands_nothing = await desk.open(), desk.assistant.script

    async def status() -> str:
        desk.assistant.script = lambda heard: [TicketStatusAct(act="ticket_status")]
        return (await citizen.ask("Où en est ma demande ?"))[-1]["text"]

    assert "Je ne trouve aucune demande" in await status()
    desk.assistant.script = understands_nothing
    reference = await citizen.ticket()
    assert f"**{reference}** est bien reçue. Réponse au plus tard jeudi 26 novembre" in await status()
    agent = await desk.agent()
    for action in ("take", "release"):
        await agent.do(reference, action)
    assert "Un agent s’occupe de votre demande" in await status()
    clock.move(hours=73)
    assert "Le délai promis est dépassé" in await status()
    await (await desk.agent()).do(reference, "resolve")
    assert "est terminée depuis le jeudi 26 novembre" in await status()


async def test_joining_a_late_ticket_does_not_repeat_a_broken_promise(desk: Desk, clock: FixedClock) -> None:
    """It says that we are late."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    clock.move(hours=73)
    joined = (await citizen.ask("Alors ?"))[-1]
    assert joined["ticket"] == reference and "Le délai promis est dépassé" in joined["text"]


async def test_what_is_learnt_later_completes_the_ticket_and_never_erases(desk: Desk) -> None:
    """Topic and department when there was none; details are added; the first ones stay."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    for details, topic in (
        ({"what": "un trou"}, "signalement_voirie"),
        ({"what": "autre", "where": "ici"}, "pacs"),
    ):
        desk.assistant.script = lambda heard, d=details, t=topic: handoff(reason="report", topic=t, details=d)
        await citizen.ask("Un trou")
    page = await agent.page(f"/staff/tickets/{reference}")
    for expected in ("un trou", "ici", "Voirie, stationnement et mobilités"):
        assert f"<dd>{expected}</dd>" in page
    assert "<dd>autre</dd>" not in page


async def test_an_address_without_a_ticket_is_a_message_like_another(desk: Desk) -> None:
    """It is kept with the ticket that this very message opens."""
    citizen, agent = await desk.open(), await desk.agent()
    reply = (await citizen.ask("lea@courriel.example"))[-1]
    assert "Numéro de votre demande" in reply["text"]
    assert (
        "lea@courriel.example"
        in (await agent.page(f"/staff/tickets/{reply['ticket']}")).partition("Contact")[2]
    )


async def test_a_question_that_holds_an_address_is_still_answered(desk: Desk) -> None:
    """The address is noted, and the question goes to the assistant."""
    citizen = await desk.open()
    await citizen.ticket()
    asked = len(desk.assistant.heard)
    await citizen.ask("Quels sont les horaires ? Mon mail est lea@courriel.example")
    assert len(desk.assistant.heard) == asked + 1


@pytest.mark.parametrize(
    ("written", "email", "phone", "only"),
    [
        ("lea@courriel.example", "lea@courriel.example", None, True),
        (
            "Mon adresse : Léa.Dupré+mairie@mon-courriel.example.",
            "Léa.Dupré+mairie@mon-courriel.example",
            None,
            True,
        ),
        ("06 39 98 12 34", None, "06 39 98 12 34", True),
        ("0639981234", None, "06 39 98 12 34", True),
        ("06.39.98.12.34 ou lea@courriel.example", "lea@courriel.example", "06 39 98 12 34", True),
        ("+33 6 39 98 12 34", None, "06 39 98 12 34", True),
        ("+33 (0)6 39 98 12 34", None, "06 39 98 12 34", True),
        ("0033639981234", None, "06 39 98 12 34", True),
        ("06\u00a039\u00a098\u00a012\u00a034", None, "06 39 98 12 34", True),
        ("Rappelez-moi au 06 39 98 12 34, c’est ouvert ?", None, "06 39 98 12 34", False),
        ("Le numéro de dossier est 106399812345", None, None, False),
        ("numéro fiscal 0639981234567", None, None, False),
        ("je paie 15 euros @ la cantine", None, None, False),
        ("", None, None, False),
    ],
)
def test_addresses_and_numbers_are_found_however_they_are_written(
    written: str, email: str | None, phone: str | None, only: bool
) -> None:
    """And nothing else is taken for one."""
    found = find_contact(written)
    assert (found.email, found.phone, found.only) == (email, phone, only)


def test_a_reference_can_be_read_aloud_and_not_guessed() -> None:
    """No vowel, no look-alike; thirty-four bits; all different."""
    drawn = {new_reference() for _ in range(2000)}
    assert len(drawn) == 2000
    assert set("".join(drawn)) <= set(REFERENCE_ALPHABET + "BEF-")
    assert not set(REFERENCE_ALPHABET) & set("AEIOU01258BLSUVZ") and len(REFERENCE_ALPHABET) ** 8 > 2**34


@pytest.mark.parametrize(
    "said", ["BEF-7K3M-Q49T", "bef-7k3m-q49t", "7k3mq49t", " bef 7k3m q49t ", "BEF7K3MQ49T."]
)
def test_a_reference_is_recognised_however_it_is_written(said: str) -> None:
    """Case, spaces, hyphens and the prefix are forgiven."""
    assert normal_reference(said) == "BEF-7K3M-Q49T"
