"""The training messages, as the tools that look at them read them."""

from typing import Dict, List

import yaml

from bot.paths import NLU

Lessons = Dict[str, List[str]]
"""The messages of each label."""


def read_lessons(per_label: int = 0) -> Lessons:
    """The first ``per_label`` messages of each label (0: all of them), without the button commands."""
    found: Lessons = {}
    for path in sorted(NLU.rglob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            said = [line[2:] for line in block["examples"].splitlines()]
            if not said[0].startswith("/"):
                found.setdefault(block["intent"], []).extend(said)
    return {label: said[:per_label] if per_label else said for label, said in found.items()}
