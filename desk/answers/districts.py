"""Which district of the town a street is in, by the town's own list (``districts`` of commune.yml)."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from desk.answers.words import plain
from desk.communes.config import CommuneSettings

STREETS = Path(__file__).with_name("streets.yml")


class _Street(NamedTuple):
    """``rue de la Gare`` is the kind ``rue`` and the core ``gare``; a district's own name has no kind."""

    kind: str
    core: str


def district_of(commune: CommuneSettings, said: str) -> str | None:
    """The id of the district where ``said`` is, None when the town lists no such street, or lists it twice.

    The whole name must be the same, but for case, accents, small words and the kind of street. The kind
    only counts when streets of several districts share the rest of the name.
    """
    place = _read(said, plain(commune.name))
    if not place.core:
        return None
    same_name, same_kind = set(), set()
    for district, names in _listed(commune):
        for street in names:
            if street.core == place.core:
                same_name.add(district)
                if street.kind == place.kind:
                    same_kind.add(district)
    found = same_name if len(same_name) == 1 else same_kind
    return found.pop() if len(found) == 1 else None


def _listed(commune: CommuneSettings) -> list[tuple[str, list[_Street]]]:
    return [
        (key, [_read(name) for name in (district.name, *district.also, *district.streets)])
        for key, district in commune.districts.items()
    ]


def _read(name: str, town: str = "") -> _Street:
    lists = _lists()
    words = plain(f" {plain(name)} ".replace(f" {town} ", " ") if town else name)
    spelt = " ".join(lists["short"].get(word, word) for word in words.split())
    kind = next((kind for kind in lists["kinds"] if f" {kind} " in f" {spelt} "), "")
    after = f" {spelt} ".partition(f" {kind} ")[2] if kind else spelt
    return _Street(kind, " ".join(w for w in after.split() if w not in lists["small"] and not w.isdigit()))


@cache
def _lists() -> dict[str, Any]:
    data = yaml.safe_load(STREETS.read_text(encoding="utf-8"))
    return {
        "kinds": [plain(kind) for kind in data["kinds"]],
        "small": {plain(word) for word in data["small"]},
        "short": {plain(short): plain(long) for short, long in data["short"].items()},
    }
