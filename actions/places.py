"""The street or place named in a message (the pattern is data, in data/lexicon/reports.yml)."""

import re
from functools import lru_cache
from typing import Optional, Pattern

from actions.lexicon import load_lexicon


@lru_cache(maxsize=1)
def _where() -> Pattern[str]:
    return re.compile(load_lexicon("reports")["where"], re.IGNORECASE)


def find_place(text: str) -> Optional[str]:
    """As it was written, None when there is none."""
    match = _where().search(text)
    return match[0].strip(" ,.") if match else None
