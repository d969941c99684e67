"""Danger recognised by its words, whatever else a message says."""

import re
from functools import lru_cache
from typing import Dict, List, Optional, Pattern

from bot.text.lexicon import load_lexicon

KINDS = ("urgence_vitale", "detresse")


@lru_cache(maxsize=1)
def _patterns() -> Dict[str, List[Pattern[str]]]:
    lexicon = load_lexicon("safety")
    names = (*KINDS, "sauf")
    return {name: [re.compile(rf"\b(?:{pattern})\b") for pattern in lexicon[name]] for name in names}


def danger(normal: str) -> Optional[str]:
    """``urgence_vitale``, ``detresse`` or None, of a normalised message.

    What the lexicon lists under ``sauf`` (mourir de rire, une fuite d'eau urgente) is struck out first.
    """
    patterns = _patterns()
    for harmless in patterns["sauf"]:
        normal = harmless.sub(" ", normal)
    for kind in KINDS:
        if any(pattern.search(normal) for pattern in patterns[kind]):
            return kind
    return None
