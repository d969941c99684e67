"""What a line of the queue, or of what a search found, says about a ticket."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.staff.guard import Visit
from desk.staff.pages import moment, time_left, topic_scope
from desk.staff.queue.listing import Row
from desk.staff.reach import Outlet, outlet_of
from desk.tickets.asked import asked_of
from desk.tickets.models import Ticket
from desk.tickets.reachability import Reachability, reachability_of
from desk.tickets.states import is_open
from desk.tickets.windows import messenger_windows


@dataclass(frozen=True)
class Line:
    """A ticket in words. ``level``: late, soon, fine, paused, done; ``left`` says how far its due time is."""

    ticket: Ticket
    level: str
    left: str
    due: str
    resolved: str
    subject: str
    service: str
    asked: bool


def line_of(visit: Visit, ticket: Ticket, now: datetime) -> Line:
    """The line of a ticket for the person who looks; ``asked``: their department is asked for an answer."""
    commune = visit.commune
    level, left = time_left(ticket.due_at, now, timedelta(hours=commune.settings.soon_hours))
    if ticket.shelf != "todo":
        level = "paused" if ticket.shelf == "waiting" else "done"
    return Line(
        ticket, level, left, due=moment(commune, ticket.due_at),
        resolved=moment(commune, ticket.resolved_at) if ticket.resolved_at else "",
        subject=topic_scope(ticket.topic),
        service=commune.department_name(ticket.service) if ticket.service else "",
        asked=not set(asked_of(ticket.awaited)).isdisjoint(visit.staff.services),
    )  # fmt: skip


def outlet_of_row(visit: Visit, row: Row, now: datetime) -> Outlet | None:
    """How staff can still write on Messenger, None on other channels and once all is over.

    A conversation that Messenger told nothing of counts from its last message.
    """
    if row.ticket.channel != "messenger" or row.said_at is None or not is_open(row.ticket.state):
        return None
    if row.thread is not None:
        return outlet_of(visit.commune, reachability_of(visit.commune, row.thread, now))
    granted = any(page.human_agent for page in visit.commune.settings.messenger.pages)
    return outlet_of(visit.commune, Reachability("", "", messenger_windows(row.said_at, now), granted))
