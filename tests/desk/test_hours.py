"""Opening hours as a citizen reads them, at any moment of the town's own day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from desk.answers.days import asked_date
from desk.assistant.acts import AnswerAct
from desk.texts import load_texts
from tests.desk.running import Desk

NBSP = "\u00a0"
WEEKDAY = "8 h 30 à 12 h et 13 h 30 à 17 h 30"
WEDNESDAY = "8 h 30 à 17 h 30"
TOLD = {
    "open": ((2026, 11, 23, 9, 0), f"Ouvert en ce moment, jusqu’à 12 h. Aujourd’hui : {WEEKDAY}."),
    "at the very minute it opens": ((2026, 11, 23, 7, 30), "Ouvert en ce moment, jusqu’à 12 h."),
    "a minute before": ((2026, 11, 23, 7, 29), "Fermé en ce moment. Aujourd’hui :"),
    "at the very minute it closes": ((2026, 11, 23, 11, 0), f"Fermé en ce moment. Aujourd’hui : {WEEKDAY}."),
    "past midnight in the town, still Monday in UTC": (
        (2026, 11, 23, 23, 30),
        f"Fermé en ce moment. Aujourd’hui : {WEEKDAY}. Demain : {WEDNESDAY}.",
    ),
    "the eve of a closed Sunday": ((2026, 11, 28, 9, 0), "Aujourd’hui : 9 h à 12 h. Demain : fermé."),
    "Sunday": ((2026, 11, 29, 9, 0), f"Aujourd’hui : fermé. Demain : {WEEKDAY}."),
    "the eve of a public holiday": ((2026, 11, 10, 9, 0), "Demain : fermé (jour férié : Armistice)."),
    "a public holiday": (
        (2026, 11, 11, 9, 0),
        "Aujourd’hui : fermé (jour férié : Armistice). Demain : 13 h 30 à 19 h.",
    ),
    "a half-day": (
        (2026, 12, 24, 9, 0),
        "Aujourd’hui : 8 h 30 à 12 h (veille de Noël). Demain : fermé (jour férié : Noël).",
    ),
    "a holiday, then an exceptional closure, then Sunday": (
        (2026, 12, 25, 9, 0),
        "Aujourd’hui : fermé (jour férié : Noël). Demain : fermé (pont de Noël). "
        f"Prochaine ouverture : lundi 28 décembre, {WEEKDAY}.",
    ),
    "opening time on the first open day of summer time": ((2027, 3, 30, 6, 30), "Ouvert en ce moment"),
    "a minute before, that day": ((2027, 3, 30, 6, 29), "Fermé en ce moment"),
    "opening time on the first Monday of winter time": ((2026, 10, 26, 7, 30), "Ouvert en ce moment"),
    "a minute before, that Monday": ((2026, 10, 26, 7, 29), "Fermé en ce moment"),
}
ASKED = {
    "samedi": "Samedi 28 novembre : 9 h à 12 h.",
    "lundi": f"Lundi 23 novembre : {WEEKDAY}.",
    "dimanche": f"Dimanche 29 novembre : fermé. Prochaine ouverture : lundi 30 novembre, {WEEKDAY}.",
    "aujourd hui": f"Lundi 23 novembre : {WEEKDAY}.",
    "ce soir": f"Lundi 23 novembre : {WEEKDAY}.",
    "demain": f"Mardi 24 novembre : {WEEKDAY}.",
    "après-demain": f"Mercredi 25 novembre : {WEDNESDAY}.",
    "apres demain": f"Mercredi 25 novembre : {WEDNESDAY}.",
    "le 14 juillet": (
        "Mercredi 14 juillet : fermé (jour férié : Fête nationale). "
        "Prochaine ouverture : jeudi 15 juillet, 13 h 30 à 19 h."
    ),
    "1 er mai": (
        "Samedi 1er mai : fermé (jour férié : Fête du Travail). "
        f"Prochaine ouverture : lundi 3 mai, {WEEKDAY}."
    ),
    "24 decembre": "Jeudi 24 décembre : 8 h 30 à 12 h (veille de Noël).",
    "le 31 février": "Ouvert en ce moment, jusqu’à 12 h.",
    "un de ces jours": "Ouvert en ce moment, jusqu’à 12 h.",
}


@pytest.fixture
def backend() -> str:
    """The database plays no part here: one is enough."""
    return "sqlite"


async def told(
    desk: Desk, details: dict[str, str], topic: str = "horaires_mairie", commune: str = "demo"
) -> str:
    """What a citizen who asks now reads, with plain spaces for no-break ones."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic=topic, details=details)]
    reply = (await (await desk.open(commune)).ask("C’est ouvert ?"))[-1]
    assert (reply["outcome"], reply["topic"]) == ("answered", topic)
    return reply["text"].replace(NBSP, " ")


async def test_hours_are_told_for_today_and_tomorrow_in_the_towns_own_time(desk: Desk) -> None:
    """Half-days, holidays, closures, both changes of the clocks."""
    wrong = {}
    for name, (moment, expected) in TOLD.items():
        desk.clock.set(datetime(*moment, tzinfo=UTC))
        said = await told(desk, {})
        if expected not in said:
            wrong[name] = said[:200]
    assert wrong == {}


async def test_hours_are_told_for_the_day_the_citizen_named(desk: Desk) -> None:
    """The assistant passes the citizen's words on, as they are or without accents and hyphens."""
    wrong = {}
    for day, expected in ASKED.items():
        said = await told(desk, {"aspect": "horaires", "day": day})
        if not said.startswith(expected):
            wrong[day] = said[:200]
    assert wrong == {}


async def test_a_closed_fortnight_and_a_place_open_on_holidays_say_so(desk: Desk) -> None:
    """A closure lasts from its first to its last day; the cemetery opens on public holidays."""
    desk.clock.set(datetime(2026, 12, 21, 9, 0, tzinfo=UTC))
    pool = await told(desk, {"day": "dimanche"}, "piscine")
    assert pool.startswith("Dimanche 27 décembre : fermé (vidange annuelle). Prochaine ouverture : lundi 28")
    cemetery = await told(desk, {"day": "25 decembre"}, "cimetiere")
    assert "Vendredi 25 décembre : 8 h à 18 h" in cemetery


async def test_each_commune_has_its_own_clock(desk: Desk) -> None:
    """When it is ten o'clock in Sainte-Aure, it is six in Valbreuil."""
    assert (await told(desk, {}, commune="valbreuil")).startswith("Fermé en ce moment. Aujourd’hui : 7 h 30")
    desk.clock.move(hours=2)
    assert (await told(desk, {}, commune="valbreuil")).startswith("Ouvert en ce moment, jusqu’à 13 h")


@pytest.mark.parametrize("offset", range(8))
def test_a_named_weekday_is_never_past_nor_more_than_six_days_away(offset: int) -> None:
    """Whatever day it is."""
    texts, today = load_texts(), date(2026, 12, 28) + timedelta(days=offset)
    for index, weekday in enumerate(texts.words("weekdays")):
        meant = asked_date(texts, weekday, today)
        assert meant is not None
        assert 0 <= (meant - today).days <= 6 and meant.weekday() == index


def test_words_that_only_contain_a_day_name_none() -> None:
    """« lendemain » is not « demain »."""
    texts, today = load_texts(), date(2026, 11, 23)
    assert [asked_date(texts, said, today) for said in ("le lendemain", "12 personnes", "", "mai")] == [
        None
    ] * 4
