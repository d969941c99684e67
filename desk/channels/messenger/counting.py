"""How many events came, by kind and by what became of them, since this process started."""

from collections import Counter
from collections.abc import Iterator


class Tally:
    """Counts by kind and result."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, kind: str, result: str) -> None:
        self._counts[kind, result] += 1

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        return ((kind, result, count) for (kind, result), count in sorted(self._counts.items()))
