"""The demo town's answers: all there, true to the rules, and written for a small screen."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from urllib.parse import urlsplit

import pytest

from desk.answers.catalogue import load_topics
from desk.answers.placeholders import Moment, fill
from desk.answers.seed import SeedAnswer, read_answers
from desk.communes.registry import Communes
from desk.settings import ROOT

DEMO = Communes(ROOT / "communes")["demo"]
ANSWERS = {answer.topic: answer for answer in read_answers(DEMO.folder, DEMO.settings)}
MOMENTS = [
    datetime(*moment, tzinfo=DEMO.settings.zone) for moment in ((2026, 11, 23, 10), (2026, 12, 25, 10))
]
SCREEN = 800
"""Characters a phone shows in about one screen and a half: an answer is read without losing its start."""

FICTION = ("019900", "026191", "035301", "046571", "053649", "063998")
OFFICIAL = (
    "gouv.fr", "cada.fr", "cnil.fr", "cnsa.fr", "monenfant.fr", "sante-ra.fr", "france-services.gouv.fr",
)  # fmt: skip
PHONE = re.compile(r"(?<![\d/])(?:\+33|0)[1-9](?:[\s.-]?\d{2}){4}(?!\d)")
HOST = re.compile(r"(?:https?://|@|\bwww\.)([\w.-]+\w)")
TIGHT = re.compile(r"[^\u00a0\u202f\s*][:;?!»](?=\s|$)|[^\S\u00a0\u202f][:;?!»]|«(?![\u00a0\u202f])|\.\.\.")

every_answer = pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())


def bodies(answer: SeedAnswer) -> list[str]:
    return [answer.body, *(variant.body for variant in answer.variants)]


def rendered(answer: SeedAnswer) -> Iterator[str]:
    """What citizens read, on an ordinary Monday and at Christmas."""
    for body in bodies(answer):
        for now in MOMENTS:
            yield fill(body, DEMO.settings, DEMO.texts, Moment(now))


def words(answer: SeedAnswer) -> str:
    """Everything in it that people read."""
    labels = [answer.title, *(one.title for one in answer.buttons), *(one.label for one in answer.sources)]
    return "\n".join([*labels, *bodies(answer)])


def test_every_topic_has_its_answer_and_nothing_else_does() -> None:
    """The 85 topics of the catalogue."""
    assert len(ANSWERS) == 85
    assert ANSWERS.keys() == load_topics().keys()


@every_answer
def test_it_is_complete_and_short(answer: SeedAnswer) -> None:
    """Sources, a date that is not to come, three buttons at most, no placeholder left, a phone's length."""
    assert answer.sources and answer.checked_on <= date(2026, 11, 30)
    assert len(answer.buttons) <= 3
    assert answer.topic not in {button.topic for button in answer.buttons}
    for said in rendered(answer):
        visible = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", said).replace("**", "")
        assert "{{" not in said and "  " not in said.replace("\n", " x")
        assert 80 < len(visible) <= SCREEN


@every_answer
def test_it_leads_only_to_official_sites_and_invented_numbers(answer: SeedAnswer) -> None:
    """No number of a real person; no site but the State's, or one that cannot exist."""
    targets = [source.url for source in answer.sources] + [
        button.url for button in answer.buttons if button.url
    ]
    shown = "\n".join([*rendered(answer), *targets, words(answer)])
    hosts = {urlsplit(url).hostname or "" for url in targets} | set(HOST.findall(shown))
    assert [host for host in hosts if not host.endswith((".example", *OFFICIAL))] == []
    numbers = [re.sub(r"\D", "", found) for found in PHONE.findall(shown)]
    assert [number for number in numbers if not number.startswith(FICTION)] == []


@every_answer
def test_it_follows_french_typography(answer: SeedAnswer) -> None:
    """Curly apostrophes; no-break spaces before : ; ? ! » and after «; no-break before € and hours."""
    plain = re.sub(r"\{\{.*?\}\}|\]\(.*?\)", "", words(answer))
    assert "'" not in plain
    assert TIGHT.findall(plain) == []
    assert re.findall(r"\d (?:€|h\b|%|min\b)|\d[€%]", plain) == []


def test_the_towns_own_settings_follow_the_same_rules() -> None:
    """Numbers, addresses and names of places."""
    text = (DEMO.folder / "commune.yml").read_text("utf-8")
    numbers = [re.sub(r"\D", "", found) for found in PHONE.findall(text)]
    assert numbers and [number for number in numbers if not number.startswith(FICTION)] == []
    assert [host for host in HOST.findall(text) if not host.endswith(".example")] == []
    settings = DEMO.settings
    shown = [place.name + place.address + place.note for place in settings.places.values()]
    shown += [closure.reason for place in settings.places.values() for closure in place.closures]
    shown += [department.name for department in settings.departments.values()]
    assert [text for text in shown if "'" in text] == []


def test_every_department_and_place_is_one_that_exists() -> None:
    """The owner of each topic has a name, a place and an address."""
    settings = DEMO.settings
    assert {topic.service for topic in load_topics().values()} <= settings.departments.keys()
    assert {department.place for department in settings.departments.values()} <= settings.places.keys()
    assert all(place.address for place in settings.places.values())
