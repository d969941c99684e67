"""Word lists kept as data, under data/lexicon."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Text

import yaml

LEXICON = Path(__file__).resolve().parent.parent / "data" / "lexicon"


@lru_cache(maxsize=None)
def load_lexicon(name: Text) -> Any:
    """What ``data/lexicon/<name>.yml`` holds; the action server shares data with bot/, not code."""
    return yaml.safe_load((LEXICON / f"{name}.yml").read_text(encoding="utf-8"))
