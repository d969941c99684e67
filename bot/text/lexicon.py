"""Word lists kept as data, under data/lexicon."""

from functools import lru_cache
from typing import Any

import yaml

from bot.paths import LEXICON


@lru_cache(maxsize=None)
def load_lexicon(name: str) -> Any:
    """What ``data/lexicon/<name>.yml`` holds."""
    return yaml.safe_load((LEXICON / f"{name}.yml").read_text(encoding="utf-8"))
