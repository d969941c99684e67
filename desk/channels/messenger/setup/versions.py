"""When the versions of Meta's interface stop working. Pure."""

import re
from datetime import date

ENDS = {
    21: date(2027, 1, 21),
    24: date(2028, 2, 18),
    25: date(2028, 7, 29),
}
"""As Meta announced them, read on 23 November 2026; v26.0 had no end yet."""


def last_day(version: str) -> date | None:
    """The day by which it has stopped, at the latest; None when no end was announced.

    Versions stop in order: one whose own day is not known stops before the next one that is.
    """
    match = re.fullmatch(r"v(\d+)\.\d+", version)
    later = [day for number, day in ENDS.items() if match and number >= int(match[1])]
    return min(later, default=None)
