"""What the answers of a town ask of a message is what the assistant can find in one."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.answers.catalogue import load_topics
from desk.answers.days import asked_dates
from desk.answers.districts import district_of
from desk.communes.config import load_commune
from desk.texts import load_texts
from tests.contract.records import ROOT, recorded

LEXICON = yaml.safe_load((ROOT / "data" / "lexicon" / "details.yml").read_text("utf-8"))
CHOSEN = ("public", "motif", "waste", "aspect")
DAYS = json.loads(Path(__file__).with_name("days.json").read_text("utf-8"))
DEMO = load_commune(ROOT / "communes" / "demo")
LEAST_TOPICS = 25


def variants() -> dict[str, list[dict[str, Any]]]:
    """The variants of the demo town's answers by topic, as they are in the files."""
    files = (ROOT / "communes" / "demo" / "answers").glob("**/*.yml")
    answers = [yaml.safe_load(file.read_text("utf-8")) for file in files]
    return {answer["topic"]: answer["variants"] for answer in answers if answer.get("variants")}


def values_of(name: str) -> set[str]:
    """What the assistant can find for a detail; a place is one of the town's districts."""
    return set(DEMO.districts) if name == "place" else set(LEXICON[name]) - {"aucun"}


def wanted(variant: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    for name, values in variant["when"].items():
        yield name, {values} if isinstance(values, str) else set(values)


@pytest.mark.parametrize("topic", variants())
def test_a_variant_asks_for_details_that_the_assistant_finds(topic: str) -> None:
    """A misspelt value would never be shown to anybody."""
    assert topic in load_topics()
    for variant in variants()[topic]:
        for name, values in wanted(variant):
            assert name in (*CHOSEN, "place")
            assert values <= values_of(name), name


@pytest.mark.parametrize("topic", variants())
def test_no_variant_stands_behind_a_wider_one(topic: str) -> None:
    """The first that fits is shown: one whose cases all fit an earlier one is never read."""
    earlier: list[dict[str, set[str]]] = []
    for variant in variants()[topic]:
        mine = dict(wanted(variant))
        hidden = [one for one in earlier if all(mine.get(name, {""}) <= one[name] for name in one)]
        assert hidden == [], mine
        earlier.append(mine)


def test_many_topics_of_the_demo_have_variants() -> None:
    """A town that copies the demo sees how each kind is written."""
    assert len(variants()) >= LEAST_TOPICS
    assert {name for some in variants().values() for one in some for name in one["when"]} == {
        "public", "motif", "waste", "place",
    }  # fmt: skip


def test_every_waste_that_the_assistant_knows_has_its_place() -> None:
    """Each kind is answered by the sorting rules; the grey bin's contents by its own list."""
    written = {value for one in variants()["tri_dechets"] for _, values in wanted(one) for value in values}
    assert values_of("waste") - written == {"ordures"}


def test_a_value_gives_way_to_values_that_exist() -> None:
    """In data/lexicon/details.yml."""
    known = {value for name in CHOSEN for value in values_of(name)}
    yields = LEXICON["yields"]
    assert set(yields) <= known and {other for others in yields.values() for other in others} <= known


@pytest.mark.parametrize(("said", "day"), DAYS)
def test_the_desk_understands_every_day_that_the_assistant_passes_on(said: str, day: str) -> None:
    """tests/assistant reads the same list; whatever the date of the day it is asked on."""
    texts = load_texts()
    for offset in range(0, 366, 61):
        today = date(2026, 1, 5) + timedelta(days=offset)
        assert asked_dates(texts, day, today), today
        assert all(found >= today for found in asked_dates(texts, day, today))


def test_recorded_details_are_ones_that_both_sides_know() -> None:
    """A record that no assistant would send, or no desk would use, is out of date."""
    for details in (act["details"] for act in recorded() if act["act"] == "answer" and "details" in act):
        for name, value in details.items():
            if name == "day":
                assert asked_dates(load_texts(), value, date(2026, 1, 5))
            elif name == "place":
                assert district_of(DEMO, value)
            else:
                assert value in values_of(name)
