"""The departments that are asked about a ticket, kept on it for the queue's sake: « |eau|voirie| »."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, or_

from desk.tickets.models import Ticket

BAR = "|"


def asked_of(column: str | None) -> tuple[str, ...]:
    """The departments in a ticket's ``asked`` or ``awaited``."""
    return tuple(column.strip(BAR).split(BAR)) if column else ()


def as_asked(services: Iterable[str]) -> str | None:
    """Departments as the columns hold them, each once; None for none."""
    known = sorted(set(services))
    return f"{BAR}{BAR.join(known)}{BAR}" if known else None


def is_asked_of(services: Iterable[str]) -> ColumnElement[bool]:
    """The condition on a ticket that one of these departments is asked about."""
    names = [Ticket.asked.contains(f"{BAR}{service}{BAR}", autoescape=True) for service in services]
    named = or_(false(), *names)
    return Ticket.asked.is_not(None) & named  # both, or the databases do not see that the index fits


def ask_nobody(ticket: Ticket) -> None:
    """The ticket is over."""
    ticket.asked = ticket.awaited = None
