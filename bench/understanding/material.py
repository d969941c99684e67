"""The messages: those to learn, as ``make train`` reads them, and those kept apart."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation.lines import Line, read_catalogue, read_lines
from bot.labels import label_of
from bot.paths import DATA, ROOT

WORK = ROOT / "var/bench/understanding"
SETS = ("messages", "second")


@dataclass
class Question:
    """A message kept apart, and the labels a fair judge accepts for it."""

    text: str
    accepted: list[str]
    voice: str


def read_questions(name: str) -> list[Question]:
    """The messages of ``data/evaluation/<name>.jsonl``."""
    topics = read_catalogue().topics
    return [_question(line, topics) for line in read_lines(DATA / "evaluation" / f"{name}.jsonl")]


def _question(line: Line, topics: "set[str]") -> Question:
    accepted = sorted(label_of(one, topics) for one in line.accepted)
    return Question(line.text, accepted, line.voice or "")


def fingerprint(*things: object) -> str:
    """The same for the same data and settings: slow results are kept under it."""
    return hashlib.sha256(json.dumps(things, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def code_fingerprint(folder: Path) -> str:
    """Changes with any line of code or list of words below ``folder``."""
    digest = hashlib.sha256()
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.yml")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
