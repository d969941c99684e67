"""Small facts in a message that change its answer: for whom, which aspect, which day."""

import re
from functools import lru_cache
from typing import Dict, List, Pattern, Tuple

from bot.text.lexicon import load_lexicon

DAY = "day"


@lru_cache(maxsize=1)
def _patterns() -> List[Tuple[str, str, Pattern[str]]]:
    found = []
    for name, values in load_lexicon("details").items():
        for value, patterns in values.items():
            found.append((name, value, re.compile(r"\b(?:" + "|".join(patterns) + r")\b")))
    return found


def find_details(normal: str) -> Dict[str, str]:
    """E.g. ``{"public": "mineur", "day": "samedi"}`` of a normalised message; the first match wins."""
    details: Dict[str, str] = {}
    for name, value, pattern in _patterns():
        match = pattern.search(normal)
        if match and name not in details:
            details[name] = match[0] if name == DAY else value
    return details
