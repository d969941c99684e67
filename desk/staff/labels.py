"""The words of the staff pages for codes: roles, states, lines of a history."""

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LABELS = Path(__file__).with_name("labels.yml")


def label(family: str, code: str | None, **values: object) -> str:
    """What a code of ``family`` is called, its braces filled; the code itself when it has no name yet."""
    said = _labels().get(family, {}).get(code or "", code or "")
    return str(said).format_map(defaultdict(str, {key: str(value) for key, value in values.items()}))


def codes(family: str) -> list[str]:
    """The codes of ``family`` that have a name."""
    return list(_labels().get(family, {}))


@cache
def _labels() -> dict[str, Any]:
    return dict(yaml.safe_load(LABELS.read_text(encoding="utf-8")))
