"""A limit on how often something may happen, kept in memory: losing it on restart is harmless."""

from collections import OrderedDict
from datetime import datetime, timedelta

from desk.errors import TooMany

WINDOW = timedelta(minutes=1)
MAX_KEYS = 50_000


class Throttle:
    """At most ``limit`` events a minute per key; the oldest keys are forgotten beyond 50,000."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: OrderedDict[str, list[datetime]] = OrderedDict()

    def check(self, key: str, now: datetime) -> None:
        """Count one event. Raises TooMany with the seconds to wait."""
        recent = [moment for moment in self._seen.get(key, []) if moment > now - WINDOW]
        if len(recent) >= self._limit:
            wait = (recent[0] + WINDOW - now).total_seconds()
            raise TooMany(retry_after=max(1, round(wait)))
        recent.append(now)
        self._seen[key] = recent
        self._seen.move_to_end(key)
        if len(self._seen) > MAX_KEYS:
            self._seen.popitem(last=False)
