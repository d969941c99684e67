"""The tables of docs/understanding.md, in Markdown."""

import re
from collections.abc import Iterable
from typing import Any

from bench.understanding.figures import Figures
from bench.understanding.studies import Row

COLUMNS = (
    ("accuracy", "accuracy, %", 100, 1),
    ("precision", "precision, %", 100, 1), ("coverage", "coverage, %", 100, 1),
    ("wrong", "wrong answers a hundred messages", 1, 1), ("oos", "out-of-scope false answers, %", 100, 1),
    ("ece", "calibration error", 1, 3), ("train", "training, s", 1, 0),
    ("milliseconds", "ms a message", 1, 1),
)  # fmt: skip


def systems_table(found: dict[str, Figures]) -> str:
    """A row a figure, a column a system."""
    rows = [
        (title, *(f"{factor * figures[key]:.{digits}f}" for figures in found.values()))
        for key, title, factor, digits in COLUMNS
    ]
    return table(("", *found), rows)


def voices_table(found: dict[str, dict[str, float]]) -> str:
    """Accuracy of the likeliest label for each voice, a column a system."""
    voices = sorted(next(iter(found.values())))
    rows = [
        (voice, *(f"{100 * by_voice.get(voice, 0):.0f}" for by_voice in found.values())) for voice in voices
    ]
    return table(("voice", *found), rows)


def rows_table(title: str, found: Iterable[tuple[Any, Row]]) -> str:
    """Accuracy, precision and coverage in percent, a row for each thing tried."""
    rows = [
        (str(name), *(f"{100 * row[key]:.1f}" for key in ("accuracy", "precision", "coverage")))
        for name, row in found
    ]
    return table((title, "accuracy", "precision", "coverage"), rows)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines: list[Iterable[str]] = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fill(page: str, parts: dict[str, str]) -> str:
    """``page`` with each part between its marks, ``<!-- name -->`` and ``<!-- /name -->``."""
    for name, text in parts.items():
        marks = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
        page = marks.sub(lambda found, text=text: f"{found[1]}{text}\n{found[2]}", page)
    return page
