"""How long an echo may still be on its way: what was not heard of may yet have left."""

from collections import deque
from datetime import datetime, timedelta

ECHO_PATIENCE = timedelta(seconds=30)
"""How long the echo of a part is waited for when nobody answered; then it is sent again."""

LOOKS_BACK = timedelta(minutes=5)
_LONG_AGO = timedelta(days=36_500)


class Lateness:
    """What this process sees of the events' delay: after a cut, Meta sends what piled up.

    The patience with an echo is as much longer as events come late; and it starts no sooner than the desk,
    which heard nothing before.
    """

    def __init__(self, started_at: datetime) -> None:
        self._started_at = started_at
        self._late: deque[tuple[datetime, timedelta]] = deque(maxlen=1000)

    def heard(self, at: datetime, now: datetime) -> None:
        """An event that happened ``at`` has come."""
        late = now - at
        if late > timedelta(seconds=1):
            self._late.append((now, late))

    def patience(self, now: datetime) -> timedelta:
        """How old a part must be to be sent again."""
        wait = self._wait(now)
        return wait if now >= self._started_at + wait else _LONG_AGO

    def until(self, tried_at: datetime, now: datetime) -> datetime:
        """When a part that left at ``tried_at`` may be sent again."""
        return max(tried_at, self._started_at) + self._wait(now)

    def _wait(self, now: datetime) -> timedelta:
        lately = [late for when, late in self._late if when > now - LOOKS_BACK]
        return ECHO_PATIENCE + max(lately, default=timedelta(0))
