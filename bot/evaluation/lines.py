"""Labelled messages kept apart from training: the lines of ``data/evaluation`` and ``data/calibration``."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Set

import yaml

from bot.paths import TOPICS


class LinesError(Exception):
    """A file of labelled messages cannot be used; the message is one sentence."""


@dataclass
class Line:
    """One labelled message; ``labels`` holds both topics of a double request."""

    text: str
    label: str
    also: List[str] = field(default_factory=list)
    labels: List[str] = field(default_factory=list)
    voice: Optional[str] = None

    @property
    def accepted(self) -> Set[str]:
        """Every topic a fair judge accepts."""
        return {self.label, *self.also, *self.labels}


@dataclass
class Catalogue:
    """Topic ids, and the outcome each dialogue id must get."""

    topics: Set[str]
    dialogue: Dict[str, str]


def read_catalogue(path: Path = TOPICS) -> Catalogue:
    """The ids that labels may name."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Catalogue(
        {row["id"] for row in data["topics"]}, {row["id"]: row["outcome"] for row in data["dialogue"]}
    )


def read_lines(path: Path) -> List[Line]:
    """Every line of a JSON Lines file. Raises LinesError with the number of a bad one."""
    if not path.is_file():
        raise LinesError(f"{path}: no such file")
    found = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            data = json.loads(raw)
            known = {key: data[key] for key in ("also", "labels", "voice") if data.get(key)}
            found.append(Line(str(data["text"]), str(data["label"]), **known))
        except (ValueError, KeyError, TypeError) as error:
            raise LinesError(f"{path}, line {number}: {type(error).__name__}: {error}") from error
    if not found:
        raise LinesError(f"{path}: no message in it")
    return found
