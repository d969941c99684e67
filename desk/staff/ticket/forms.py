"""What the forms of a ticket's page offer: colleagues, topics, departments, tickets to merge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.staff.accounts import absence
from desk.staff.directory import colleagues
from desk.staff.guard import Visit
from desk.staff.models import Staff
from desk.staff.pages import moment, topic_scope
from desk.staff.roles import may
from desk.staff.ticket.filing import Departments, Group, departments_for, topic_groups
from desk.tickets.models import Ticket
from desk.tickets.sorting import same_person
from desk.tickets.states import is_open


@dataclass(frozen=True)
class Candidate:
    """A ticket that may be merged into this one."""

    ticket: Ticket
    opened: str
    subject: str


@dataclass(frozen=True)
class Forms:
    """``typed``: the words of a form that was refused, by the field's name.

    ``colleagues``: each with the last day of their absence in words, empty when they are there.
    """

    typed: Mapping[str, str]
    colleagues: Sequence[tuple[Staff, str]] = ()
    topics: Sequence[Group] = ()
    departments: Departments | None = None
    split_departments: Departments | None = None
    candidates: Sequence[Candidate] = ()

    def kept(self, name: str) -> str:
        """What was typed in a field, empty when nothing was."""
        return self.typed.get(name, "")


async def forms_of(
    session: AsyncSession, visit: Visit, ticket: Ticket, typed: Mapping[str, str], now: datetime
) -> Forms:
    """The forms for this visitor; those who may not sort get the note's alone."""
    if not visit.may("sort"):
        return Forms(typed)
    commune, is_split = visit.commune, "about" in typed
    same = await same_person(session, ticket) if is_open(ticket.state) else ()
    return Forms(
        typed, [(one, absence(commune, one, now)) for one in await answering(session, commune.id)],
        await topic_groups(session, commune),
        departments_for(commune, ticket.topic, ticket.service),
        departments_for(commune, typed.get("topic") if is_split else None, typed.get("service")),
        [Candidate(one, moment(commune, one.opened_at), topic_scope(one.topic)) for one in same],
    )  # fmt: skip


async def answering(session: AsyncSession, commune: str) -> Sequence[Staff]:
    """The colleagues who may write to citizens."""
    everybody = await colleagues(session, commune)
    return [one for one in everybody if may(one.role, "answer")]
