"""The catalogue of topics (data/topics.yml), shared by every commune."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "topics.yml"


@dataclass(frozen=True)
class Topic:
    """A topic's stable id, the department that owns it by default, and its scope in French."""

    id: str
    service: str
    scope: str


@cache
def load_topics(path: Path = CATALOGUE) -> dict[str, Topic]:
    """Every topic by id, in the catalogue's order."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {row["id"]: Topic(row["id"], row["service"], row["scope"]) for row in data["topics"]}
