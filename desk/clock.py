"""The clock, passed around so that tests can hold it still."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, always aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when told to, for tests and demonstrations."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move(self, **delta: float) -> None:
        """Advance by a timedelta given in keywords, e.g. ``move(hours=3)``."""
        self._now += timedelta(**delta)

    def set(self, moment: datetime) -> None:
        """Jump to a moment, which may be earlier."""
        self._now = moment.astimezone(UTC)
