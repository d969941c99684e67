"""What staff are told by e-mail: urgent, soon, late; once, together, and never a citizen's words."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.dialects import sqlite

from desk.app import _rounds
from desk.assistant.acts import SafetyAct
from desk.clock import FixedClock
from desk.communes.registry import Commune
from desk.conversations.hub import queue_subject
from desk.conversations.inbound import open_conversation
from desk.db.engine import alone
from desk.mail.models import Mail
from desk.rounds import reminders as module
from desk.rounds.due import untold
from desk.rounds.reminders import LOCK_KEY, Reminders
from desk.staff.directory import colleagues
from desk.staff.models import Staff
from desk.tickets.deadline import Promise
from desk.tickets.history import note
from desk.tickets.lifecycle import resume, wait_for_citizen
from desk.tickets.models import Ticket
from desk.tickets.opening import Request, new_ticket
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, NADIA
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

SITE = "https://beffroi.sainte-aure.example"
MANAGERS = {CAMILLE, NADIA}


def reminders(desk: Desk) -> Reminders:
    """The desk's own go round every half minute of real time; this one goes when told."""
    context = desk.context
    return Reminders(context.database, context.communes, context.hub, context.clock, colleagues, SITE)


async def mails(desk: Desk) -> list[Mail]:
    """Every e-mail ordered, in order."""
    async with desk.context.database.read() as session:
        return list(await session.scalars(select(Mail).order_by(Mail.id)))


async def told(desk: Desk) -> dict[str, str]:
    """The body of the only e-mail of each person, after one more round."""
    before = len(await mails(desk))
    await reminders(desk).step()
    found = (await mails(desk))[before:]
    assert len({mail.address for mail in found}) == len(found), "two e-mails to one person in a round"
    return {mail.address: mail.body for mail in found}


async def change(desk: Desk, what: Any, *where: Any, **values: object) -> None:
    async with desk.context.database.write() as session:
        await session.execute(update(what).where(*where).values(**values))


async def many(desk: Desk, count: int, commune: str = "demo", *, late_by: int = 0, **more: Any) -> list[str]:
    """The references of tickets opened now, due at once and ``late_by`` hours late."""
    context, references = desk.context, []
    now = context.clock.now()
    async with context.database.write() as session:
        for _ in range(count):
            conversation = await open_conversation(session, commune, "web", now)
            promise = Promise(context.communes[commune].settings)
            ticket = await new_ticket(session, conversation, Request("asked", **more), promise, now)
            ticket.due_at = now - timedelta(hours=late_by)
            references.append(ticket.reference)
    return references


async def history(desk: Desk, kind: str) -> int:
    return await desk.count(f"SELECT count(*) FROM ticket_event WHERE kind = '{kind}'")


async def test_a_ticket_due_soon_is_told_to_the_managers_once(desk: Desk, clock: FixedClock) -> None:
    """A day before; with its reference, subject, department, moment and link; without the citizen's words."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    clock.move(hours=48, seconds=-1)
    assert await told(desk) == {}
    clock.move(seconds=1)
    found = await told(desk)
    assert found.keys() == MANAGERS
    assert (
        f"- {reference}, sujet non précisé (service non précisé), à répondre avant le jeudi 26"
        in found[CAMILLE]
    )
    assert f"{SITE}/staff/tickets/{reference}\n" in found[CAMILLE] and "Bonjour Camille," in found[CAMILLE]
    assert "tuiles" not in "".join(found.values())
    assert (
        "Réponse attendue bientôt" in (await mails(desk))[0].subject
        and reference in (await mails(desk))[0].subject
    )
    assert "rappel\u00a0: réponse attendue bientôt" in await (await desk.agent()).page(
        f"/staff/tickets/{reference}"
    )
    assert await told(desk) == {} and await history(desk, "reminded") == 1


async def test_whoever_holds_the_ticket_is_told_alone(desk: Desk, clock: FixedClock) -> None:
    """Unless they are away, or their account is closed: then the managers are."""
    for away, closed, expected in (
        (None, False, {NADIA}),
        (timedelta(days=-1), False, {NADIA}),
        (timedelta(0), False, {CAMILLE}),
        (None, True, {CAMILLE}),
    ):
        citizen = await desk.open()
        reference = await citizen.ticket()
        nadia = await desk.agent(NADIA)
        await nadia.do(reference, "take")
        clock.move(hours=48)
        day = clock.now().date() + away if away is not None else None
        await change(desk, Staff, Staff.email == NADIA, away_until=day, active=not closed)
        assert (await told(desk)).keys() == expected, (away, closed)
        await change(desk, Staff, Staff.email == NADIA, away_until=None, active=True)
        await (await desk.agent(NADIA)).do(reference, "resolve")


async def test_managers_who_are_all_away_are_told_all_the_same(desk: Desk) -> None:
    """And without any manager, the admins."""
    await many(desk, 1)
    await change(desk, Staff, Staff.email.in_(MANAGERS), away_until=desk.clock.now().date())
    assert (await told(desk)).keys() == MANAGERS
    await change(desk, Staff, Staff.email.in_(MANAGERS), active=False)
    await many(desk, 1)
    assert (await told(desk)).keys() == {INES}


async def test_the_department_that_was_asked_is_told_too(desk: Desk) -> None:
    """Its agents, not those of another one."""
    (reference,) = await many(desk, 1, topic="signalement_voirie", service="voirie")
    await change(desk, Ticket, Ticket.reference == reference, awaited="|voirie|")
    found = await told(desk)
    assert found.keys() == MANAGERS | {MALIK}
    assert f"{reference}, " in found[MALIK] and "Voirie, stationnement et mobilités" in found[MALIK]
    assert "non précisé" not in found[MALIK]


async def test_a_late_ticket_is_told_to_managers_and_admins_once(desk: Desk, clock: FixedClock) -> None:
    """Even to those who are away: a promise was broken."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    clock.move(hours=48)
    await told(desk)
    await change(desk, Staff, Staff.email == CAMILLE, away_until=clock.now().date() + timedelta(days=9))
    clock.move(hours=24)
    assert await told(desk) == {}
    clock.move(seconds=1)
    found = await told(desk)
    assert found.keys() == MANAGERS | {INES}
    assert (
        f"- {reference}, " in found[INES]
        and "attendue depuis le jeudi 26 novembre à 10\u00a0h" in found[INES]
    )
    assert (await mails(desk))[-1].subject == f"Délai dépassé\u00a0: {reference}"
    assert await told(desk) == {} and await history(desk, "escalated") == 1
    page = await (await desk.agent()).page(f"/staff/tickets/{reference}")
    assert "délai dépassé, signalé aux responsables" in page


async def test_forty_late_tickets_are_one_email(desk: Desk) -> None:
    """Thirty are listed, the oldest first, and the others counted; each ticket stands there once."""
    references = await many(desk, 40, late_by=1)
    found = await told(desk)
    assert found.keys() == MANAGERS | {INES}
    listed = [one for one in references if one in found[CAMILLE]]
    assert len(listed) == 30 and all(found[CAMILLE].count(f"- {one}") == 1 for one in listed)
    assert "- et 10 de plus" in found[CAMILLE]
    assert {mail.subject for mail in await mails(desk)} == {"Délai dépassé\u00a0: 40 demandes"}


async def test_everything_new_is_in_the_same_email(desk: Desk, clock: FixedClock) -> None:
    """Urgent, late, soon: a heading each, the most serious first and in the subject."""
    (late,) = await many(desk, 1, late_by=2)
    (soon,) = await many(desk, 1, late_by=-2)
    (urgent,) = await many(desk, 1, late_by=-60, urgent=True)
    body = (await told(desk))[CAMILLE]
    headings = [
        "À lire tout de suite",
        urgent,
        "Le délai promis est dépassé",
        late,
        "est attendue bientôt",
        soon,
    ]
    places = [body.index(one) for one in headings]
    assert places == sorted(places)
    assert (await mails(desk))[0].subject == f"Demande urgente\u00a0: {urgent}"


async def test_an_urgent_ticket_is_told_at_once_and_once(desk: Desk, clock: FixedClock) -> None:
    """To the managers; a second word of distress does not tell it again."""
    desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    citizen = await desk.open()
    await citizen.ask("je n’en peux plus")
    found = await told(desk)
    assert found.keys() == MANAGERS and "n’en peux plus" not in "".join(found.values())
    await citizen.ask("je suis à bout")
    assert await told(desk) == {} and await history(desk, "alerted") == 1


async def test_an_ordinary_ticket_that_becomes_urgent_is_told(desk: Desk) -> None:
    """When the message of distress joins it."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    assert await told(desk) == {}
    desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    await citizen.ask("je n’en peux plus")
    assert reference in (await told(desk))[CAMILLE]


async def test_a_ticket_whose_clock_stands_still_is_not_told(desk: Desk, clock: FixedClock) -> None:
    """It is when the citizen has answered and its time comes."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    promise = Promise(desk.context.communes["demo"].settings)

    async def do(work: Any, *arguments: Any) -> None:
        async with desk.context.database.write() as session:
            ticket = (await session.scalars(select(Ticket).where(Ticket.reference == reference))).one()
            work(session, ticket, *arguments)

    await do(wait_for_citizen, 1, clock.now())
    clock.move(days=30)
    assert await told(desk) == {}
    await do(resume, promise, clock.now())
    clock.move(hours=47)
    assert await told(desk) == {}
    clock.move(hours=1)
    assert (await told(desk)).keys() == MANAGERS


async def test_a_ticket_that_was_reopened_is_told_anew(desk: Desk, clock: FixedClock) -> None:
    """A new promise, new reminders."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    clock.move(hours=73)
    assert reference in (await told(desk))[INES]
    agent = await desk.agent()
    await agent.do(reference, "resolve")
    clock.move(days=1)
    assert (await citizen.ask("Et pour les vertes ?"))[-1]["ticket"] == reference
    assert await told(desk) == {}
    clock.move(hours=48)
    assert (await told(desk)).keys() == MANAGERS
    clock.move(hours=25)
    assert (await told(desk)).keys() == MANAGERS | {INES}
    assert await history(desk, "escalated") == 2


async def test_a_resolved_ticket_is_not_told(desk: Desk, clock: FixedClock) -> None:
    """There is nothing left to answer."""
    citizen = await desk.open()
    await (await desk.agent()).do(await citizen.ticket(), "resolve")
    clock.move(days=5)
    assert await told(desk) == {}


async def test_towns_stay_apart_and_one_that_fails_holds_up_no_other(desk: Desk) -> None:
    """Valbreuil's manager is told of Valbreuil's ticket, though Sainte-Aure's people cannot be read."""
    (ours,), (theirs,) = await many(desk, 1), await many(desk, 1, "valbreuil")

    async def broken(session: Any, commune: str) -> Sequence[Staff]:
        if commune == "demo":
            raise RuntimeError
        return await colleagues(session, commune)

    context = desk.context
    parts = context.database, context.communes, context.hub, context.clock
    assert await Reminders(*parts, broken, SITE).step() == 1
    (mail,) = await mails(desk)
    assert (mail.address, mail.commune) == (HUGO, "valbreuil")
    assert theirs in mail.body and ours not in mail.body and "Valbreuil" in mail.body
    assert (await told(desk)).keys() == MANAGERS


async def test_nothing_is_marked_when_the_emails_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk that dies half-way tells everything the next time."""
    await many(desk, 2, late_by=1)

    async def dies(*_arguments: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(module, "order", dies)
        assert await reminders(desk).step() == 0
    assert await history(desk, "escalated") == 0 and await mails(desk) == []
    assert len(await told(desk)) == 3


async def test_two_desks_tell_once(desk: Desk) -> None:
    """Whoever comes second finds nothing to tell."""
    await many(desk, 3, late_by=1)
    await many(desk, 1, late_by=-60, urgent=True)
    counts = await asyncio.gather(*(reminders(desk).step() for _ in range(3)))
    assert sum(counts) == len(await mails(desk)) == 3
    assert await history(desk, "escalated") == 3 and await history(desk, "alerted") == 1


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_a_desk_waits_for_what_another_is_telling(desk: Desk, clock: FixedClock) -> None:
    """It then sees that the urgent ticket was told; on SQLite whoever writes is alone anyway."""
    (reference,) = await many(desk, 1, late_by=-60, urgent=True)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with desk.context.database.write() as session:
        await alone(session, LOCK_KEY)
        ticket = (await session.scalars(select(Ticket).where(Ticket.reference == reference))).one()
        note(session, ticket, "alerted", clock.now())
        telling = asyncio.create_task(reminders(desk).step())
        await desk.until_count(waiting, 1)
    assert await telling == 0 and await mails(desk) == []


async def test_a_round_tells_of_a_hundred_tickets_at_most(desk: Desk) -> None:
    """The others follow in the next ones; none is forgotten."""
    await many(desk, 130, late_by=1)
    await told(desk)
    assert await history(desk, "escalated") == 100
    await told(desk)
    assert await history(desk, "escalated") == 130 and await told(desk) == {}


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_a_ticket_that_somebody_is_changing_is_not_waited_for(desk: Desk) -> None:
    """The others are told meanwhile; on SQLite whoever writes is alone anyway."""
    first, second = await many(desk, 2, late_by=1)
    async with asyncio.timeout(10), desk.context.database.write() as session:
        await session.scalar(select(Ticket.id).where(Ticket.reference == first).with_for_update())
        found = await told(desk)
        assert second in found[CAMILLE] and first not in found[CAMILLE]
    assert first in (await told(desk))[CAMILLE]


async def test_pages_move_when_somebody_is_told(desk: Desk) -> None:
    """The history has a new line."""
    await many(desk, 1)
    with desk.context.hub.watch(queue_subject("demo")) as news:
        await told(desk)
        assert (await asyncio.wait_for(news.get(), 5))["kind"] == "changed"


async def test_a_running_desk_tells_by_itself(desk: Desk) -> None:
    """Its rounds include the reminders, with links to where the desk is."""
    (reference,) = await many(desk, 1)
    await _rounds(desk.context).once()
    assert f"http://127.0.0.1:8000/staff/tickets/{reference}" in (await mails(desk))[0].body


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_tickets_to_tell_are_found_through_the_queues_indexes(desk: Desk) -> None:
    """None reads the whole table (PostgreSQL rightly reads the small tables of a test whole)."""
    database = desk.context.database
    demo: Commune = desk.context.communes["demo"]
    for kind, condition in untold(demo, desk.clock.now()).items():
        query = select(Ticket.id).where(condition).limit(1)
        written = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        async with database.read() as session:
            plan = " ".join(
                row.detail for row in await session.execute(text(f"EXPLAIN QUERY PLAN {written}"))
            )
        assert "ix_ticket_queue" in plan and "SCAN" not in plan, (kind, plan)
