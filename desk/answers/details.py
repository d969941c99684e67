"""The details of a message that an answer's variants may ask for, with the values the assistant finds."""

from functools import cache
from pathlib import Path

import yaml

from desk.communes.config import CommuneSettings

LEXICON = Path(__file__).resolve().parents[2] / "data" / "lexicon" / "details.yml"
CODED = ("public", "motif", "waste", "aspect")
NOTHING = "aucun"
PLACE = "place"


def known_details(commune: CommuneSettings) -> dict[str, list[str]]:
    """The values of each detail here; a place is one of the town's districts."""
    found = dict(_coded())
    if commune.districts:
        found[PLACE] = list(commune.districts)
    return found


@cache
def _coded(path: Path = LEXICON) -> dict[str, list[str]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: [value for value in data[name] if value != NOTHING] for name in CODED}
