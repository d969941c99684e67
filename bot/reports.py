"""Telling a report ("un lampadaire est cassé rue des Arts") from a question about the same topic."""

import re
from functools import lru_cache
from typing import Pattern

from bot.text.lexicon import load_lexicon


@lru_cache(maxsize=None)
def _pattern(name: str) -> Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(load_lexicon("reports")[name]) + r")\b")


def can_be_reported(topic: str) -> bool:
    """Whether citizens report things on this topic."""
    return topic in load_lexicon("reports")["topics"]


def is_question(text: str, normal: str) -> bool:
    """Whether a message, as written and normalised, asks rather than tells."""
    return "?" in text or bool(_pattern("question").search(normal))


def is_report(normal: str) -> bool:
    """Whether a normalised message that tells something plainly reports it."""
    return bool(_pattern("verb").search(normal)) or (
        bool(_pattern("damage").search(normal)) and bool(_pattern("place").search(normal))
    )


def is_only_place(normal: str) -> bool:
    """Whether a normalised message is nothing but where something is."""
    return bool(_pattern("only_place").fullmatch(normal))


def says_cancel(normal: str) -> bool:
    """Whether a normalised message leaves the report in progress."""
    return bool(_pattern("cancel").fullmatch(normal))
