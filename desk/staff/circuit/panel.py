"""What the ticket's page shows of the questions put to others about it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.errors import MAX_TEXT
from desk.conversations.models import Message
from desk.errors import DeskError
from desk.ids import new_id
from desk.staff.accounts import absence
from desk.staff.circuit.whom import Department, departments
from desk.staff.guard import Visit
from desk.staff.names import first_names
from desk.staff.pages import moment
from desk.texts.errors import sentence
from desk.tickets.consultations import LINK_DAYS, OPEN, consultations_of, link_is_over
from desk.tickets.models import Consultation, Ticket
from desk.tickets.states import is_open


@dataclass(frozen=True)
class Attempt:
    """What was refused on the panel, why, and the words typed, which are given back.

    ``form``: ask, outside, propose, approve or return; ``to`` is whom it was for.
    """

    form: str
    error: DeskError
    consultation: int | None = None
    text: str = ""
    to: str = ""


@dataclass(frozen=True)
class Line:
    """A consultation in words, and the forms that this visitor gets with it."""

    row: Consultation
    department: str
    person: str
    asker: str
    writer: str
    asked: str
    proposed: str
    expires: str
    expired: bool
    forms: frozenset[str]


@dataclass(frozen=True)
class Somebody:
    """A person that may be asked: what the form sends, name and job, the last day away if away."""

    value: str
    name: str
    away: str


@dataclass(frozen=True)
class Choice:
    """A department that may be asked, and its people."""

    service: str
    name: str
    people: list[Somebody]


@dataclass(frozen=True)
class Panel:
    """The values of templates/circuit/_panel.html."""

    pending: list[Line]
    settled: list[Line]
    choices: list[Choice]
    to: str
    question: str
    error: str
    attempt: Attempt | None
    kept: str
    reference: str
    stamp: str
    key: str
    limit: int = MAX_TEXT
    link_days: int = LINK_DAYS

    def refused(self, form: str, consultation: int | None = None) -> bool:
        """Whether this very form was sent and comes back."""
        tried = self.attempt
        return tried is not None and (tried.form, tried.consultation) == (form, consultation)

    def typed(self, form: str, consultation: int | None, otherwise: str) -> str:
        """What stands in a form's text: what was typed when it was refused, else ``otherwise``."""
        return self.attempt.text if self.attempt and self.refused(form, consultation) else otherwise

    def place(self, form: str, line: Line) -> str:
        """Where the draft of a form is kept."""
        return draft_place(self.reference, form, line.row.id, line.row.version)


def draft_place(reference: str, form: str, consultation: int, version: int) -> str:
    """A manager's corrections are those of one version of the proposal: they must not hide the next one."""
    if form == "approve":
        return f"ticket:{reference}:approve:{consultation}-{version}"
    return f"ticket:{reference}:{form}:{consultation}"


async def circuit_panel(
    session: AsyncSession, visit: Visit, ticket: Ticket, now: datetime, attempt: Attempt | None = None
) -> Panel:
    """Everything for managers; for a department, what it was asked."""
    rows = visible(visit, await consultations_of(session, ticket))
    names = await first_names(session, visit.commune.id)
    lines = [_line(visit, ticket, row, names, now) for row in rows]
    asks = visit.may("ask") and is_open(ticket.state)
    known = await departments(session, visit.commune) if asks else []
    question = await _last_words(session, ticket) if asks else ""
    own = [one.service for one in known if one.service == ticket.service]
    return Panel(
        pending=[line for line in lines if line.row.state in OPEN],
        settled=[line for line in lines if line.row.state not in OPEN],
        choices=[_choice(visit, one, now) for one in known],
        to=_chosen(attempt, own[0] if own else ""), question=question,
        error=sentence(visit.commune.texts, attempt.error) if attempt else "", attempt=attempt,
        kept=_kept(attempt, lines, asks=asks),
        reference=ticket.reference, stamp=stamp(rows), key=new_id(),
    )  # fmt: skip


def visible(visit: Visit, rows: list[Consultation]) -> list[Consultation]:
    """Those that this visitor may read."""
    if visit.may("ask"):
        return rows
    return [row for row in rows if concerns(visit, row) and row.state != "cancelled"]


def concerns(visit: Visit, consultation: Consultation) -> bool:
    """Whether it is put to a department of the visitor's: a colleague may answer for the one named."""
    return consultation.kind == "department" and consultation.service in visit.staff.services


def stamp(rows: list[Consultation]) -> str:
    """What the page was made from, to notice that something moved since."""
    return "-".join(f"{row.id}.{row.version}" for row in rows)


def _line(visit: Visit, ticket: Ticket, row: Consultation, names: dict[int, str], now: datetime) -> Line:
    def say(value: datetime | None) -> str:
        return moment(visit.commune, value) if value else ""

    return Line(
        row=row, department=visit.commune.department_name(row.service) if row.service else "",
        person=names.get(row.staff_id or 0, ""), asker=names.get(row.asked_by or 0, ""),
        writer=names.get(row.proposed_by or 0, ""), asked=say(row.asked_at), proposed=say(row.proposed_at),
        expires=say(row.expires_at), expired=link_is_over(row, now),
        forms=_forms(visit, ticket, row),
    )  # fmt: skip


def _forms(visit: Visit, ticket: Ticket, row: Consultation) -> frozenset[str]:
    if not is_open(ticket.state) or row.state not in OPEN:
        return frozenset()
    if not visit.may("ask"):
        return frozenset({"propose"} if visit.may("propose") and concerns(visit, row) else ())
    if row.state != "proposed":
        return frozenset({"cancel"})
    return frozenset({"approve", "cancel"} | ({"return"} if row.kind == "department" else set()))


def _choice(visit: Visit, department: Department, now: datetime) -> Choice:
    people = [
        Somebody(f"{department.service}/{one.id}", f"{one.first_name}, {one.job}",
                 absence(visit.commune, one, now))
        for one in department.people
    ]  # fmt: skip
    return Choice(department.service, department.name, people)


def _chosen(attempt: Attempt | None, own: str) -> str:
    """Whom the next question goes to: as chosen, the whole department instead of somebody away."""
    if attempt is None or attempt.form != "ask":
        return own
    return attempt.to.partition("/")[0] if attempt.error.code == "staff_away" else attempt.to


def _kept(attempt: Attempt | None, lines: list[Line], *, asks: bool) -> str:
    """The typed words that no form of the page takes up."""
    if attempt is None:
        return ""
    shown: set[tuple[str, int | None]] = {(form, line.row.id) for line in lines for form in line.forms}
    if asks:
        shown |= {("ask", None), ("outside", None)}
    return "" if (attempt.form, attempt.consultation) in shown else attempt.text


async def _last_words(session: AsyncSession, ticket: Ticket) -> str:
    """What the citizen wrote last, for the question to start from."""
    query = select(Message.text).where(
        Message.conversation_id == ticket.conversation_id, Message.author == "citizen"
    )
    return await session.scalar(query.order_by(Message.seq.desc()).limit(1)) or ""
