"""Telling staff what waits: urgent tickets at once, those due soon, those that are late; each once."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.hub import queue_subject
from desk.db.engine import alone
from desk.mail.outbox import order
from desk.rounds.digest import digest
from desk.rounds.due import ALERTED, anything, take_news
from desk.rounds.people import Colleague, Team
from desk.rounds.run import in_each
from desk.rounds.staff_round import StaffRound
from desk.tickets.history import note
from desk.tickets.models import Ticket

LOCK_KEY = 0x42455244
"""Of several desks, one tells at a time ("BERD")."""


class Reminders(StaffRound):
    """Marks the tickets, adds to their history and orders the e-mails, all in one transaction a commune."""

    async def step(self) -> int:
        """Tell what is new; how many e-mails were ordered."""
        return await in_each(self.communes, self._tell)

    async def _tell(self, commune: Commune) -> int:
        now = self.clock.now()
        async with self.database.read() as session:
            if not await anything(session, commune, now):
                return 0
        async with self.database.write() as session:
            await alone(session, LOCK_KEY)
            found = await take_news(session, commune, now)
            team = await self.team(session, commune, now)
            _mark(session, found, now)
            told = share_out(found, team)
            for person, tickets in told:
                mail = digest(commune, self.site, person.first_name, tickets, now)
                await order(session, commune.id, person.email, mail.subject, mail.body, now)
        self.hub.publish(queue_subject(commune.id), kind="changed")
        return len(told)


def share_out(found: dict[str, list[Ticket]], team: Team) -> list[tuple[Colleague, list[Ticket]]]:
    """Who is told of which tickets; each ticket once a person, whatever the reasons."""
    whom = {
        ALERTED: lambda ticket: team.managers(),
        "escalated": lambda ticket: team.alerted(),
        "reminded": team.reminded,
    }
    people: dict[int, Colleague] = {}
    tickets: dict[int, dict[int, Ticket]] = {}
    for kind, those in found.items():
        for ticket in those:
            for person in whom[kind](ticket):
                people[person.id] = person
                tickets.setdefault(person.id, {})[ticket.id] = ticket
    return [(people[number], list(theirs.values())) for number, theirs in tickets.items()]


def _mark(session: AsyncSession, found: dict[str, list[Ticket]], now: datetime) -> None:
    for kind, tickets in found.items():
        for ticket in tickets:
            if kind == "escalated":
                ticket.escalated_at = now
            elif kind == "reminded":
                ticket.reminded_at = now
            note(session, ticket, kind, now)
