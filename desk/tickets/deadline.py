"""When a ticket is due: a pure function of the opening and the town's promise."""

from datetime import datetime, timedelta


def due_at(opened_at: datetime, reply_hours: int) -> datetime:
    """The promised moment: ``reply_hours`` real hours after opening, whatever the clocks do."""
    return opened_at + timedelta(hours=reply_hours)


def is_late(due: datetime, now: datetime) -> bool:
    """Whether the promise is broken."""
    return now > due
