"""A ticket's life in the hands of staff: each button, what it does, and that twice is the same as once."""

import asyncio

import pytest
from sqlalchemy import select

from desk.assistant.acts import HandoffAct, SayAct, TicketStatusAct
from desk.clock import FixedClock
from desk.tickets.models import Ticket
from tests.desk.people import HUGO, MALIK, NADIA, Agent, Citizen
from tests.desk.running import Desk
from tests.desk.test_staff_ticket import SIGNATURE, text_of


async def ticket(desk: Desk, reference: str) -> Ticket:
    """The ticket as it is stored."""
    async with desk.context.database.read() as session:
        return (await session.scalars(select(Ticket).where(Ticket.reference == reference))).one()


async def page_of(agent: Agent, reference: str) -> str:
    return text_of(await agent.page(f"/staff/tickets/{reference}"))


async def press(agent: Agent, reference: str, verb: str, **data: str) -> int:
    """Send a form of the ticket's page; the status."""
    if not agent.seen:
        await agent.open(reference)
    form = {"csrf": agent.seen["csrf"], **data}
    reply = await agent.http.post(f"/staff/tickets/{reference}/{verb}", data=form)
    assert "/login" not in reply.headers.get("location", ""), "the session has ended"
    return reply.status_code


async def member(desk: Desk, email: str) -> str:
    """Somebody's number, as a form sends it."""
    return str(await desk.count(f"SELECT id FROM staff WHERE email = '{email}'"))


async def journal(desk: Desk, reference: str) -> list[str]:
    """What the journal says of a ticket, pages that were opened left out."""
    from desk.journal.models import JournalEntry

    async with desk.context.database.read() as session:
        rows = await session.scalars(
            select(JournalEntry.action)
            .where(JournalEntry.subject == reference, JournalEntry.action != "ticket.seen")
            .order_by(JournalEntry.id)
        )
        return list(rows)


async def opened(desk: Desk) -> tuple[Citizen, Agent, str]:
    citizen, agent = await desk.open(), await desk.agent()
    return citizen, agent, await citizen.ticket()


async def test_the_clock_stands_still_while_the_citizen_is_waited_for(desk: Desk, clock: FixedClock) -> None:
    """Sent and waiting after 10 hours; 30 hours later they answer: 62 hours are left, as before."""
    citizen, agent, reference = await opened(desk)
    clock.move(hours=10)
    await agent.reply(reference, "Quelle rue ?", then="wait")
    assert "En pause depuis lundi 23 novembre à 20 h" in await page_of(agent, reference)
    assert (await ticket(desk, reference)).state == "waiting"
    clock.move(hours=8)
    await citizen.say("Rue des Arts")
    await desk.until_count("SELECT count(*) FROM ticket WHERE state = 'in_progress'", 1)
    page = await page_of(await desk.agent(), reference)  # another session: the first has ended
    assert "Réponse promise jeudi 26 novembre à 18 h" in page and "En pause" not in page
    assert "la personne a répondu, le délai court de nouveau" in page


async def test_whatever_the_citizen_says_ends_the_wait_when_the_assistant_answers_them(
    desk: Desk, clock: FixedClock
) -> None:
    """The conversation was given back, and small talk is all that was understood."""
    citizen, agent, reference = await opened(desk)
    assert await press(agent, reference, "wait") == 303
    clock.move(hours=1)
    desk.assistant.script = lambda heard: [SayAct(act="say", key="remercier")]
    await citizen.ask("Merci")
    assert (await ticket(desk, reference)).state == "in_progress"


async def test_waiting_is_told_to_whoever_asks_and_ends_by_hand_too(desk: Desk, clock: FixedClock) -> None:
    """Asking where it stands is a message like another: the clock goes on, and says so."""
    _, agent, reference = await opened(desk)
    await press(agent, reference, "wait")
    clock.move(hours=5)
    assert "Ne plus attendre la personne" in await page_of(agent, reference)
    assert await press(agent, reference, "resume") == 303
    assert "Réponse promise jeudi 26 novembre à 15 h" in await page_of(agent, reference)


@pytest.mark.parametrize(
    ("first", "verb", "kind"),
    [
        (None, "take", "taken"), ("take", "release", "released"), (None, "wait", "waiting"),
        ("wait", "resume", "resumed"), (None, "resolve", "resolved"), ("resolve", "reopen", "reopened"),
    ],
)  # fmt: skip
async def test_a_button_pressed_twice_counts_once(
    desk: Desk, first: str | None, verb: str, kind: str
) -> None:
    """In the history, the journal and the conversation, one after the other or at once."""
    citizen, agent, reference = await opened(desk)
    if first:
        assert await press(agent, reference, first) == 303
    await agent.open(reference)
    assert await asyncio.gather(*(press(agent, reference, verb) for _ in range(2))) == [303, 303]
    said = len(await citizen.messages())
    assert await press(agent, reference, verb) == 303
    assert len(await citizen.messages()) == said
    assert await desk.count(f"SELECT count(*) FROM ticket_event WHERE kind = '{kind}'") == 1
    assert (await journal(desk, reference)).count(f"ticket.{kind}") == 1


async def test_a_reply_that_resolves_or_waits_is_sent_once_when_clicked_twice(desk: Desk) -> None:
    """The page's key tells the second click of both buttons."""
    citizen, agent, reference = await opened(desk)
    await agent.reply(reference, "Quelle rue ?", then="wait")
    assert (await agent.send(reference, "Quelle rue ?", then="wait")).status_code == 303
    await agent.reply(reference, "C’est fait.", then="resolve")
    assert (await agent.send(reference, "C’est fait.", then="resolve")).status_code == 303
    said = [message["text"] for message in await citizen.messages() if message["author"] == "staff"]
    assert said == ["Quelle rue ?", "C’est fait."]
    assert await journal(desk, reference) == [
        "ticket.reply", "ticket.waiting", "ticket.reply", "ticket.resolved",
    ]  # fmt: skip


async def test_reopening_tells_the_citizen_the_new_promise(desk: Desk, clock: FixedClock) -> None:
    """From the moment of reopening; a closed ticket stays closed, and the page says why."""
    citizen, agent, reference = await opened(desk)
    await press(agent, reference, "resolve")
    clock.move(hours=1)
    await press(agent, reference, "reopen")
    told = (await citizen.messages())[-1]
    assert f"**{reference}** est rouverte" in told["text"] and "jeudi 26 novembre à 11\u00a0h" in told["text"]
    await press(agent, reference, "resolve")
    async with desk.context.database.write() as session:
        found = (await session.scalars(select(Ticket))).one()
        found.state = "closed"
    assert "Rouvrir" not in await page_of(agent, reference)
    refused = await agent.do(reference, "reopen")
    assert refused.status_code == 409 and "Rien ne la rouvre" in refused.text
    desk.assistant.script = lambda heard: [TicketStatusAct(act="ticket_status", reference=reference)]
    assert "est close depuis le lundi 23 novembre" in (await citizen.ask("Alors ?"))[-1]["text"]


async def test_urgency_is_put_on_and_taken_off(desk: Desk) -> None:
    """It moves the ticket in the queue, and each change is written once."""
    _, agent, reference = await opened(desk)
    for on, urgent in (("1", True), ("1", True), ("0", False), ("0", False)):
        assert await press(agent, reference, "urgent", on=on) == 303
        assert (await ticket(desk, reference)).urgent is urgent
    assert await journal(desk, reference) == ["ticket.urgent", "ticket.ordinary"]
    page = await page_of(agent, reference)
    assert "marquée urgente par Camille" in page and "urgence levée par Camille" in page


async def test_a_ticket_is_given_to_a_colleague_with_the_conversation(desk: Desk) -> None:
    """Nadia now holds what Camille held, the citizen is told, and Camille's words no longer go."""
    citizen, camille, reference = await opened(desk)
    nadia = await desk.agent(NADIA)
    await press(camille, reference, "take")
    number = await member(desk, NADIA)
    for _ in range(2):
        assert await press(camille, reference, "assign", to=number) == 303
    assert (await citizen.messages())[-1]["text"] == "Nadia, agente d’accueil, vous répond maintenant."
    assert "Nadia répond déjà" in (await camille.reply(reference, "Bonjour")).text
    assert (await nadia.reply(reference, "Bonjour")).status_code == 303
    assert "confiée à Nadia par Camille" in await page_of(nadia, reference)
    assert (await journal(desk, reference)).count("ticket.assigned") == 1


async def test_a_ticket_is_given_only_to_somebody_who_may_answer(desk: Desk) -> None:
    """Not to an agent of a department, not to another town's manager, not to nobody."""
    _, agent, reference = await opened(desk)
    for to in (await member(desk, MALIK), await member(desk, HUGO), "", "999999", "x"):
        assert await press(agent, reference, "assign", to=to) == 400
    assert (await ticket(desk, reference)).staff_id is None


async def test_what_is_followed_without_being_held_can_be_let_go(desk: Desk) -> None:
    """Given to oneself: the citizen is told nothing, then or after."""
    citizen, agent, reference = await opened(desk)
    said = len(await citizen.messages())
    await press(agent, reference, "assign", to=await member(desk, "camille@sainte-aure.example"))
    assert "Ne plus suivre la demande" in await page_of(agent, reference)
    await press(agent, reference, "release")
    assert (await ticket(desk, reference)).staff_id is None
    assert len(await citizen.messages()) == said


async def test_an_agent_of_a_department_reads_and_notes_and_does_nothing_else(desk: Desk) -> None:
    """No reply box, no button, and every verb refused; a note is theirs to write."""
    report = HandoffAct(act="handoff", reason="report", topic="eclairage_public")
    desk.assistant.script = lambda heard: [report]
    citizen, malik = await desk.open(), await desk.agent(MALIK)
    reference = await citizen.ticket()
    page = await page_of(malik, reference)
    assert "Votre réponse" not in page and "Prendre" not in page and "Classer" not in page
    for verb in ("take", "release", "wait", "resume", "resolve", "reopen", "urgent", "assign", "reply",
                 "sort", "merge", "split"):  # fmt: skip
        assert await press(malik, reference, verb, text="x", to="1") == 403
    said = await citizen.messages()
    assert await press(malik, reference, "notes", note="Lampe commandée.") == 303
    assert "Note interne de Malik, pour les agents seulement" in await page_of(malik, reference)
    assert await citizen.messages() == said


async def test_opening_a_ticket_is_journaled_once_in_ten_minutes(desk: Desk, clock: FixedClock) -> None:
    """By person; the part that refreshes itself says nothing; two tabs at once are one line."""
    _, agent, reference = await opened(desk)
    seen = "SELECT count(*) FROM journal WHERE action = 'ticket.seen'"
    await asyncio.gather(*(agent.page(f"/staff/tickets/{reference}") for _ in range(3)))
    await agent.page(f"/staff/tickets/{reference}/thread")
    assert await desk.count(seen) == 1
    nadia = await desk.agent(NADIA)
    await nadia.open(reference)
    assert await desk.count(seen) == 2
    clock.move(minutes=9)
    await agent.page(f"/staff/tickets/{reference}")
    assert await desk.count(seen) == 2
    clock.move(minutes=2)
    await agent.page(f"/staff/tickets/{reference}")
    assert await desk.count(seen) == 3
    assert (await agent.http.get("/staff/tickets/BEF-0000-0000")).status_code == 404
    assert await desk.count(seen) == 3


async def test_a_ticket_set_apart_is_taken_beside_the_one_held(desk: Desk) -> None:
    """One conversation, two tickets: the second is hers too, and the citizen is told once who answers."""
    citizen, agent, reference = await opened(desk)
    await press(agent, reference, "take")
    await agent.open(reference)
    split = await agent.http.post(
        f"/staff/tickets/{reference}/split",
        data={"csrf": agent.seen["csrf"], "once": agent.seen["once"], "about": "Les vertes"},
    )
    beside = split.headers["location"].rpartition("/")[2].partition("#")[0]
    assert await press(agent, beside, "take") == 303
    assert (await ticket(desk, beside)).staff_id == (await ticket(desk, reference)).staff_id
    said = [message["text"] for message in await citizen.messages()]
    assert said.count(f"{SIGNATURE}, vous répond maintenant.") == 1
