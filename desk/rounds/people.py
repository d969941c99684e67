"""Who is told what: the pure decisions, on colleagues that the staff desk knows of."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from desk.tickets.asked import asked_of
from desk.tickets.models import Ticket


class Colleague(Protocol):
    """A member of staff whose account is open."""

    id: int
    email: str
    first_name: str
    role: str
    services: list[Any]
    away_until: date | None


type Directory = Callable[[AsyncSession, str], Awaitable[Sequence[Colleague]]]
"""The colleagues of a commune."""


class Team:
    """The colleagues of a commune on ``today``, its own date."""

    def __init__(self, colleagues: Iterable[Colleague], today: date) -> None:
        self._all = list(colleagues)
        self._here = [one for one in self._all if one.away_until is None or one.away_until < today]

    def managers(self) -> list[Colleague]:
        """Those in charge of the answers: managers who are there, or else all of them, or else the admins."""
        for people, role in ((self._here, "manager"), (self._all, "manager"), (self._all, "admin")):
            found = [one for one in people if one.role == role]
            if found:
                return found
        return []

    def alerted(self) -> list[Colleague]:
        """Those who are told that a promise was broken: managers and admins, even away."""
        return [one for one in self._all if one.role in {"manager", "admin"}]

    def reminded(self, ticket: Ticket) -> list[Colleague]:
        """Who holds the ticket, or else the managers; and the agents of the departments to write."""
        holder = [one for one in self._here if one.id == ticket.staff_id]
        asked = self.of_departments(asked_of(ticket.awaited))
        return (holder or self.managers()) + [one for one in asked if one not in holder]

    def of_departments(self, services: Iterable[str | None]) -> list[Colleague]:
        """The agents of these departments who are there."""
        wanted = set(services)
        return [one for one in self._here if one.role == "agent" and not wanted.isdisjoint(one.services)]
