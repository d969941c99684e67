"""The street or place named in a message (the pattern is data, in data/lexicon/reports.yml)."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Optional, Pattern

import yaml

LEXICON = Path(__file__).resolve().parent.parent / "data" / "lexicon" / "reports.yml"


@lru_cache(maxsize=1)
def _where() -> Pattern[str]:
    return re.compile(yaml.safe_load(LEXICON.read_text(encoding="utf-8"))["where"], re.IGNORECASE)


def find_place(text: str) -> Optional[str]:
    """As it was written, None when there is none."""
    match = _where().search(text)
    return match[0].strip(" ,.") if match else None
