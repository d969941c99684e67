"""The wording of the desk: our defaults, under what a commune chose to say otherwise."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEFAULTS = Path(__file__).with_name("fr.yml")


class Texts:
    """Sentences by dotted key, e.g. ``texts("handoff.asked")``."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def __call__(self, key: str, **values: object) -> str:
        """The sentence, its braces filled. Raises KeyError for an unknown key or value."""
        found = self.find(key)
        if not isinstance(found, str):
            raise KeyError(key)
        said = found.strip("\n")  # what YAML's blocks add; a space at an end is there on purpose
        return said.format_map(values) if values else said

    def find(self, key: str) -> Any:
        """Whatever stands at a dotted key, None when nothing does."""
        node: Any = self._data
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        return node

    def has(self, key: str) -> bool:
        return isinstance(self.find(key), str)

    def words(self, key: str) -> list[str]:
        """A list of words, such as the days of the week."""
        return list(self.find(key))


@cache
def load_texts(folder: Path | None = None) -> Texts:
    """The defaults, overlaid with ``folder/texts.yml`` when the commune has one."""
    data = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    own = folder / "texts.yml" if folder else None
    if own and own.exists():
        data = _overlay(data, yaml.safe_load(own.read_text(encoding="utf-8")) or {})
    return Texts(data)


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _overlay(merged[key], value) if both else value
    return merged
