""" "Non, je parlais du passeport": what remains of a message once the correction is taken off."""

import re
from functools import lru_cache
from typing import Optional, Pattern

from bot.text.lexicon import load_lexicon


def after_correction(text: str) -> Optional[str]:
    """What the citizen really meant, or None when ``text`` corrects nothing."""
    if not _says_no().match(text):
        return None
    match = _opening().match(text)
    rest = text[match.end() :].strip() if match else ""
    return rest or None


@lru_cache(maxsize=1)
def _says_no() -> Pattern[str]:
    return re.compile(rf"^\W*(?:{load_lexicon('correction')['says_no']})", re.IGNORECASE)


@lru_cache(maxsize=1)
def _opening() -> Pattern[str]:
    return re.compile(r"^\W*" + "".join(load_lexicon("correction")["opening"]), re.IGNORECASE)
