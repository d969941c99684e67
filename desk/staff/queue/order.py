"""The orders of the queue, and a place in one of them, exact to the microsecond, as an address says it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, UnaryExpression, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from desk.staff.queue.views import Order
from desk.tickets.models import Ticket

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MAX_ID = 2**63 - 1
MAX_RANK = 2**15 - 1

type Position = tuple[int, ...]
"""A ticket's place: its columns of the order, a moment as microseconds since 1970."""

_COLUMNS: dict[Order, tuple[InstrumentedAttribute[object], ...]] = {
    "queue": (Ticket.rank, Ticket.due_at, Ticket.id),
    "due": (Ticket.due_at, Ticket.id),
    "done": (Ticket.resolved_at, Ticket.id),
}


def is_backwards(order: Order) -> bool:
    """Whether the latest comes first."""
    return order == "done"


def sorted_by(order: Order) -> Sequence[ColumnElement[object] | UnaryExpression[object]]:
    """What a query is ordered by, so that an index of tickets gives the rows as they come."""
    columns = _COLUMNS[order]
    return [column.desc() for column in columns] if is_backwards(order) else [c.asc() for c in columns]


def comes_after(order: Order, position: Position) -> ColumnElement[bool]:
    """The condition on tickets that stand further down than ``position``."""
    columns = _COLUMNS[order]
    values = [
        literal(_value(column.key, number), column.type)
        for column, number in zip(columns, position, strict=True)
    ]
    place, limit = tuple_(*columns), tuple_(*values)
    return place < limit if is_backwards(order) else place > limit


def position_of(order: Order, ticket: Ticket) -> Position:
    """Where a ticket stands."""
    return tuple(_number(getattr(ticket, column.key)) for column in _COLUMNS[order])


def written(position: Position) -> str:
    """A position in an address."""
    return "_".join(map(str, position))


def read_position(order: Order, text: str) -> Position | None:
    """The position that an address names, None for nonsense or a place in another order."""
    try:
        position = tuple(int(part) for part in text.split("_"))
        for column, number in zip(_COLUMNS[order], position, strict=True):
            _check(column.key, number)
    except (ValueError, OverflowError):
        return None
    return position


def _number(value: datetime | int) -> int:
    return (value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value


def _value(name: str, number: int) -> object:
    return number if name in ("rank", "id") else EPOCH + number * MICROSECOND


def _check(name: str, number: int) -> None:
    """Raises ValueError or OverflowError for a number that no database would take."""
    _value(name, number)
    if not 0 <= number <= (MAX_RANK if name == "rank" else MAX_ID):
        raise ValueError(name)
