"""A view as walks along indexes: each stream is one condition whose rows an index gives in order.

Several departments, or "theirs or asked of them", would be an OR that no index can order. They are
separate streams instead, none of which shares a ticket with another, merged by whoever reads them.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column, or_

from desk.staff.queue.address import Filters
from desk.staff.queue.views import View
from desk.tickets.access import Reach
from desk.tickets.asked import is_asked_of
from desk.tickets.models import ORDINARY, URGENT, Ticket

type Stream = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True)
class Onlooker:
    """Who looks, when, and until when a due time counts as near."""

    reach: Reach
    staff_id: int
    now: datetime
    soon: datetime


def streams_of(view: View, filters: Filters, who: Onlooker) -> list[Stream]:
    """The streams that hold the view's tickets within reach, each ticket in one of them."""
    common = (Ticket.commune == who.reach.commune, *_of_view(view, who), *_filtered(filters))
    streams = [
        (*common, *department) for department in _departments(view, filters.service, who.reach.services)
    ]
    narrow = filters.topic or filters.channel or filters.service or who.reach.services is not None
    if view.order == "due" and filters.rank is None and narrow:
        # The indexes by department, topic and channel have the rank before the due time.
        return [(*stream, Ticket.rank == rank) for stream in streams for rank in (URGENT, ORDINARY)]
    return streams


def _of_view(view: View, who: Onlooker) -> Stream:
    conditions: list[ColumnElement[bool]] = [Ticket.shelf == view.shelf]
    if view.own:
        conditions.append(Ticket.staff_id == who.staff_id)
    if view.state is not None:
        # written into the statement, or neither database sees that the index of this state fits
        conditions.append(Ticket.state == literal_column(f"'{view.state}'"))
    if view.due == "late":
        conditions.append(Ticket.due_at < who.now)
    elif view.due == "soon":
        conditions += [Ticket.due_at >= who.now, Ticket.due_at < who.soon]
    return tuple(conditions)


def _filtered(filters: Filters) -> Stream:
    conditions: list[ColumnElement[bool]] = []
    if filters.topic:
        conditions.append(Ticket.topic == filters.topic)
    if filters.channel:
        conditions.append(Ticket.channel == filters.channel)
    if filters.rank is not None:
        conditions.append(Ticket.rank == filters.rank)
    return tuple(conditions)


def _departments(view: View, wanted: str, services: tuple[str, ...] | None) -> list[Stream]:
    """The department filter within the departments of the person, None standing for the whole town."""
    if services is None:
        return [(Ticket.service == wanted,)] if wanted else [()]
    if wanted in services:
        return [(Ticket.service == wanted,)]
    if view.shelf == "done":  # nobody is asked about it any more
        return [] if wanted else [(Ticket.service == mine,) for mine in services]
    if wanted:
        return [(is_asked_of(services), Ticket.service == wanted)] if services else []
    if view.own:  # few, all in the index by person
        return [(or_(Ticket.service.in_(services), is_asked_of(services)),)]
    elsewhere = or_(Ticket.service.is_(None), Ticket.service.not_in(services))
    theirs: list[Stream] = [(Ticket.service == mine,) for mine in services]
    return [*theirs, (is_asked_of(services), elsewhere)] if services else []
