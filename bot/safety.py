"""Danger recognised by its words, whatever else a message says."""

import re
from functools import lru_cache
from typing import Dict, Optional, Pattern

from bot.language import folded
from bot.text.lexicon import load_lexicon

KINDS = ("urgence_vitale", "detresse")
_WORDS = re.compile(r"\w+")


@lru_cache(maxsize=1)
def _patterns() -> Dict[str, Pattern[str]]:
    lexicon = load_lexicon("safety")
    return {name: re.compile(rf"\b(?:{'|'.join(lexicon[name])})\b") for name in (*KINDS, "sauf")}


def danger(normal: str) -> Optional[str]:
    """``urgence_vitale``, ``detresse`` or None, of a normalised message.

    What the lexicon lists under ``sauf`` (mourir de rire, une fuite d'eau urgente) is struck out first.
    """
    patterns = _patterns()
    normal = patterns["sauf"].sub(" ", normal)
    return next((kind for kind in KINDS if patterns[kind].search(normal)), None)


def foreign_danger(text: str) -> Optional[str]:
    """The same of a message as written, cried in a language of ``bot.language``.

    The message need not be known to be foreign: a cry for help is too short for that.
    """
    said = " ".join(_WORDS.findall(folded(text)))
    for kind, pattern in _foreign_patterns().items():
        if pattern.search(said):
            return kind
    return None


@lru_cache(maxsize=1)
def _foreign_patterns() -> Dict[str, Pattern[str]]:
    lexicon = load_lexicon("safety")["ailleurs"]
    return {kind: re.compile(rf"\b(?:{folded('|'.join(lexicon[kind]))})(?!\w)") for kind in KINDS}
