"""Absent or silent: nobody who is away is asked, and a question without an answer is handed on."""

import asyncio
import re
from datetime import date

import pytest
from sqlalchemy import update

from desk.clock import FixedClock
from desk.rounds.reassign import Reassigner
from desk.staff.directory import colleagues
from desk.staff.models import Staff
from tests.desk.circuits import Circuit, panel_of, press, text_of
from tests.desk.people import CAMILLE, MALIK, NADIA
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

FRIDAY = date(2026, 11, 27)
LEA = "lea@sainte-aure.example"


def rounds(desk: Desk) -> Reassigner:
    """The round that hands questions on, made by hand."""
    context = desk.context
    return Reassigner(
        context.database, context.communes, context.hub, context.clock, colleagues, context.settings.site
    )


async def add_colleague(desk: Desk) -> None:
    """Léa, who works for the roads too."""
    async with desk.context.database.write() as session:
        session.add(
            Staff(commune="demo", email=LEA, first_name="Léa", job="agente de la voirie", role="agent",
                  services=["voirie"], password_hash="", active=True, created_at=desk.clock.now())
        )  # fmt: skip


async def away(desk: Desk, until: date | None) -> None:
    """Malik says until when he is away."""
    async with desk.context.database.write() as session:
        await session.execute(update(Staff).where(Staff.email == MALIK).values(away_until=until))


async def malik_in(circuit: Circuit) -> str:
    """What the form sends to ask Malik."""
    page = await circuit.manager.page(circuit.path)
    return re.search(r'<option value="(voirie/\d+)"[^>]*>Malik', page)[1]


def mails(address: str) -> str:
    return f"SELECT count(*) FROM mail WHERE address = '{address}'"


async def test_somebody_away_is_not_asked_and_the_department_is_offered(desk: Desk) -> None:
    """With the date of the return and the question kept; from the next day on, asking works again."""
    circuit = await Circuit.open(desk)
    malik = await malik_in(circuit)
    await away(desk, FRIDAY)
    assert "Malik, agent de la voirie (absence jusqu’au vendredi 27 novembre)" in text_of(
        await circuit.manager.page(circuit.path)
    )
    desk.clock.move(days=4)
    circuit.manager = await desk.agent()
    refused = await circuit.ask(malik, "Où sont les tuiles ?")
    shown = panel_of(refused.text)
    assert refused.status_code == 409 and "Où sont les tuiles ?" in shown
    assert "Malik ne sera pas là jusqu’au vendredi 27 novembre inclus" in text_of(shown)
    assert '<option value="voirie" selected>' in shown
    assert (
        await press(circuit.manager, refused.text, "/ask", to="voirie", question="Où ?")
    ).status_code == 303
    desk.clock.move(days=1)
    circuit.manager = await desk.agent()
    assert (await circuit.ask(malik, "Et maintenant ?")).status_code == 303


async def test_a_named_person_is_asked_by_name_and_written_to(desk: Desk) -> None:
    """One e-mail, without a word of the question; a colleague of the department may answer too."""
    await add_colleague(desk)
    circuit = await Circuit.open(desk)
    await circuit.ask(await malik_in(circuit), "Un secret de citoyen")
    assert await desk.count(mails(MALIK)) == 1 and await desk.count(mails(LEA)) == 0
    assert await desk.count("SELECT count(*) FROM mail WHERE body LIKE '%secret%'") == 0
    assert await desk.count(f"SELECT count(*) FROM mail WHERE body LIKE '%{circuit.path}%'") == 1
    page = text_of(await circuit.manager.page(circuit.path))
    assert "question posée par Camille à Malik : Voirie, stationnement et mobilités" in page


async def test_silence_goes_to_the_whole_department_then_to_the_managers_once(
    desk: Desk, clock: FixedClock
) -> None:
    """Nothing before its time, each step once, whatever the number of rounds."""
    await add_colleague(desk)
    circuit, step = await Circuit.open(desk), rounds(desk).step
    await circuit.ask(await malik_in(circuit))
    before = (await circuit.ticket()).version
    clock.move(hours=23, minutes=59)
    assert await step() == 0
    clock.move(minutes=1)
    assert (await step(), await step()) == (1, 0)
    assert await desk.count(mails(LEA)) == 1 and await desk.count(mails(MALIK)) == 1
    clock.move(hours=24)
    assert (await step(), await step()) == (1, 0)
    silent = "SELECT count(*) FROM mail WHERE subject LIKE 'Aucune réponse du service%'"
    assert await desk.count(silent) == 2
    assert await desk.count(f"{silent} AND address IN ('{CAMILLE}', '{NADIA}')") == 2
    clock.move(days=30)
    assert await step() == 0
    page = text_of(await (await desk.agent()).page(circuit.path))
    assert "Malik n’a pas répondu, question posée à tout le service" in page
    assert "le service n’a pas répondu : Voirie" in page
    ticket = await circuit.ticket()
    assert (ticket.rank, ticket.version, ticket.awaited) == (1, before, "|voirie|")


async def test_an_answer_stops_the_clock_and_a_return_starts_it_again(desk: Desk, clock: FixedClock) -> None:
    """Whoever has answered is not silent; whoever is asked again has the whole time again."""
    circuit, step = await Circuit.open(desk), rounds(desk).step
    await circuit.ask()
    await circuit.propose(await desk.agent(MALIK), "Oui.")
    clock.move(days=3)
    assert await step() == 0
    circuit.manager = await desk.agent()
    page = await circuit.manager.page(circuit.path)
    await press(circuit.manager, page, "/return", note="Où ?")
    clock.move(hours=23)
    assert await step() == 0
    clock.move(hours=1)
    assert await step() == 1


async def test_a_question_cancelled_or_resolved_is_not_handed_on(desk: Desk, clock: FixedClock) -> None:
    """Nobody is told of a silence that no longer matters."""
    first, second = await Circuit.open(desk), await Circuit.open(desk)
    for circuit in (first, second):
        await circuit.ask()
    await press(first.manager, await first.manager.page(first.path), "/cancel")
    await second.manager.do(second.reference, "resolve")
    clock.move(days=2)
    assert await rounds(desk).step() == 0


async def test_two_desks_hand_a_question_on_once(desk: Desk, clock: FixedClock) -> None:
    """Both look at the same moment."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    clock.move(hours=25)
    done = await asyncio.gather(rounds(desk).step(), rounds(desk).step())
    assert sum(done) == 1
    assert await desk.count("SELECT count(*) FROM ticket_event WHERE kind = 'silent'") == 1


async def test_a_department_without_an_account_is_written_to_at_its_own_address(desk: Desk) -> None:
    """The page says that nobody there has an account yet."""
    circuit = await Circuit.open(desk)
    page = await circuit.manager.page(circuit.path)
    service = re.search(r'<option value="([a-z_]+)">[^<]*aucun agent inscrit', page)[1]
    await circuit.ask(service)
    own = desk.context.communes["demo"].settings.departments[service].email
    assert await desk.count("SELECT count(*) FROM mail") == (1 if own else 0)
