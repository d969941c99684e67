""" "Merci, et les horaires de la mairie ?": what is asked once the polite opening is taken off."""

import re
from functools import lru_cache
from typing import Optional, Pattern

from bot.text.lexicon import load_lexicon

SHORTEST = 2
"""Words; a shorter rest asks nothing."""


@lru_cache(maxsize=1)
def _opening() -> Pattern[str]:
    words = "|".join(load_lexicon("courtesy")["openings"])
    return re.compile(rf"^(?:\W*(?:{words})\b)+\W*", re.IGNORECASE)


def after_courtesy(text: str) -> Optional[str]:
    """The rest of a message that opens politely; None when it does not, or when nothing much is left."""
    match = _opening().match(text)
    rest = text[match.end() :].strip() if match else ""
    return rest if len(rest.split()) >= SHORTEST else None
