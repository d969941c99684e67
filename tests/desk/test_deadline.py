"""When a ticket is due: week-ends, holidays, pauses at noon, and the nights when the clocks change."""

import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desk.communes.config import WEEKDAYS, CommuneError, CommuneSettings, load_commune
from desk.tickets.deadline import Promise, between, due_at, is_late, later, resumed

PARIS = ZoneInfo("Europe/Paris")
STEP = timedelta(minutes=5)
OFFICE = [{"start": "13:30", "end": "17:30"}, {"start": "08:30", "end": "12:00"}]  # in any order
WEEK = dict.fromkeys(WEEKDAYS[:5], OFFICE)
CHRISTMAS = {"first": "2026-12-24", "last": "2026-12-24", "reason": "veille de Noël", "hours": OFFICE[1:]}
BRIDGE = {"first": "2026-11-12", "last": "2026-11-13", "reason": "pont"}
# The public holidays of metropolitan France, as published; not computed by what is under test.
FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
MOVING = {2026: ((4, 6), (5, 14), (5, 25)), 2027: ((3, 29), (5, 6), (5, 17))}
HOLIDAYS = {date(year, *day) for year, moving in MOVING.items() for day in (*FIXED, *moving)}


def town(**fields: object) -> CommuneSettings:
    """A commune that promises hours of its own choice."""
    base = {"id": "ville", "name": "Ville", "places": {}, "departments": {}}
    return CommuneSettings.model_validate({**base, **fields})


def working(week: dict = WEEK, **fields: object) -> Promise:
    return Promise(town(reply_clock="working", working_hours=week, **fields))


def paris(written: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("opened", "hours", "due"),
    [
        ("2026-11-23 09:00", 2, "2026-11-23 11:00"),
        ("2026-11-23 12:15", 1, "2026-11-23 14:30"),
        ("2026-11-23 12:00", 1, "2026-11-23 14:30"),
        ("2026-11-23 11:30", 1, "2026-11-23 14:00"),
        ("2026-11-23 23:00", 1, "2026-11-24 09:30"),
        ("2026-11-24 03:00", 1, "2026-11-24 09:30"),
        ("2026-11-23 17:30", 1, "2026-11-24 09:30"),
        ("2026-11-23 13:30", 4, "2026-11-23 17:30"),
        ("2026-11-23 08:30", 3.5, "2026-11-23 12:00"),
        ("2026-11-27 16:30", 2, "2026-11-30 09:30"),
        ("2026-11-28 10:00", 1, "2026-11-30 09:30"),
        ("2026-04-03 17:00", 1, "2026-04-07 09:00"),
        ("2026-05-13 17:00", 1, "2026-05-15 09:00"),
        ("2026-05-22 17:00", 1, "2026-05-26 09:00"),
        ("2027-03-26 17:00", 1, "2027-03-30 09:00"),
        ("2026-12-31 17:00", 1, "2027-01-04 09:00"),
        ("2026-11-10 17:00", 1, "2026-11-16 09:00"),
        ("2026-12-23 17:00", 4.5, "2026-12-28 09:00"),
        ("2026-12-24 13:30", 1, "2026-12-28 09:30"),
    ],
    ids=[
        "same morning", "during the pause", "as the pause begins", "over the pause", "at night",
        "before dawn", "as the day ends", "until the very end", "until the pause", "over a week-end",
        "on a Saturday", "Easter Monday", "Ascension", "Whit Monday", "Easter Monday of next year",
        "New Year", "holiday and bridge", "other hours on Christmas Eve", "afternoon of Christmas Eve",
    ],
)  # fmt: skip
def test_a_promise_in_working_hours_counts_only_those(opened: str, hours: float, due: str) -> None:
    """Nights, pauses, week-ends, holidays and days off do not count."""
    promise = working(days_off=[CHRISTMAS, BRIDGE])
    assert later(promise, paris(opened), timedelta(hours=hours)) == paris(due)
    assert between(promise, paris(opened), paris(due)) == timedelta(hours=hours)


def test_a_day_off_with_hours_wins_over_a_holiday() -> None:
    """The town said that it works that day."""
    worked = {"first": "2026-05-08", "last": "2026-05-08", "reason": "permanence",
              "hours": [{"start": "14:00", "end": "16:00"}, {"start": "09:00", "end": "10:00"}]}  # fmt: skip
    promise = working(days_off=[worked])
    assert later(promise, paris("2026-05-07 17:30"), timedelta(hours=2)) == paris("2026-05-08 15:00")


def test_a_promise_in_calendar_hours_counts_them_all() -> None:
    """72 real hours, whatever the clocks do meanwhile."""
    promise = Promise(town())
    assert due_at(promise, paris("2026-11-27 10:00")) == paris("2026-11-30 10:00")
    assert due_at(promise, paris("2026-03-27 10:00")) == paris("2026-03-30 11:00")
    assert due_at(promise, paris("2026-10-23 10:00")) == paris("2026-10-26 09:00")
    assert between(promise, paris("2026-03-28 12:00"), paris("2026-03-29 12:00")) == timedelta(hours=23)


@pytest.mark.parametrize(
    ("start", "end", "opened", "hours", "due", "fold"),
    [
        ("00:00", "06:00", "2026-03-29 00:00", 5, "2026-03-29 06:00", 0),
        ("00:00", "06:00", "2026-10-25 00:00", 7, "2026-10-25 06:00", 0),
        ("00:00", "06:00", "2026-10-25 00:00", 3.5, "2026-10-25 02:30", 1),
        ("02:00", "03:00", "2026-03-28 12:00", 0.5, "2026-04-05 02:30", 0),
        ("02:00", "03:00", "2026-10-24 12:00", 1.5, "2026-10-25 02:30", 1),
        ("02:30", "03:15", "2026-03-28 12:00", 0.5, "2026-04-05 03:00", 0),
    ],
    ids=["five hours", "seven hours", "second 2:30", "no such hour", "twice the hour", "ends in spring"],
)  # fmt: skip
def test_the_nights_when_the_clocks_change_are_as_long_as_they_are(
    start: str, end: str, opened: str, hours: float, due: str, fold: int
) -> None:
    """An hour less in March, an hour more in October."""
    promise = working({"dimanche": [{"start": start, "end": end}]})
    assert later(promise, paris(opened), timedelta(hours=hours)) == paris(due, fold)


def test_no_moment_is_counted_twice_when_a_span_ends_in_an_hour_that_is_skipped() -> None:
    """From one to « half past two », which is half past three that night, then from three to five."""
    night = [{"start": "01:00", "end": "02:30"}, {"start": "03:00", "end": "05:00"}]
    promise = working({"dimanche": night})
    assert between(promise, paris("2026-03-29 00:00"), paris("2026-03-29 12:00")) == timedelta(hours=3)


def test_another_time_zone_counts_its_own_hours() -> None:
    """Nine in Cayenne is thirteen in Paris."""
    promise = working({"lundi": [{"start": "09:00", "end": "10:00"}]}, timezone="America/Cayenne")
    due = later(promise, paris("2026-11-23 00:00"), timedelta(minutes=30))
    assert due == paris("2026-11-23 13:30")


def test_the_clock_goes_on_with_what_was_left() -> None:
    """Three hours were left at eleven; the citizen answers at night, so it is due the next day at 11:30."""
    promise = working()
    due, paused, now = paris("2026-11-23 15:30"), paris("2026-11-23 11:00"), paris("2026-11-25 22:00")
    assert resumed(promise, due, paused, now) == paris("2026-11-26 11:30")
    assert resumed(Promise(town()), due, paused, now) == now + timedelta(hours=4.5)


def test_a_broken_promise_stays_broken_after_a_pause() -> None:
    """Waiting for the citizen does not hide that we were late."""
    due = paris("2026-11-23 15:30")
    for promise in (working(), Promise(town())):
        assert resumed(promise, due, due, paris("2026-11-25 22:00")) == due
    assert not is_late(due, due) and is_late(due, due + timedelta(seconds=1))


def test_nothing_passes_backwards() -> None:
    """From later to earlier is no time at all."""
    for promise in (working(), Promise(town())):
        assert between(promise, paris("2026-11-24 10:00"), paris("2026-11-23 10:00")) == timedelta(0)


def counts(settings: CommuneSettings, moment: datetime) -> bool:
    """Whether the step from ``moment`` on is worked, as one reads it on a wall clock."""
    local = moment.astimezone(settings.zone)
    day = local.date()
    spans = settings.working_hours.get(WEEKDAYS[day.weekday()], []) if day not in HOLIDAYS else []
    for off in settings.days_off:
        if off.first <= day <= off.last:
            spans = off.hours
    return any(span.start <= local.time() < span.end for span in spans)


def slow_later(settings: CommuneSettings, moment: datetime, left: timedelta) -> datetime:
    while left > timedelta(0):
        left -= STEP if counts(settings, moment) else timedelta(0)
        moment += STEP
    return moment


def slow_between(settings: CommuneSettings, start: datetime, end: datetime) -> timedelta:
    total = timedelta(0)
    while start < end:
        total += STEP if counts(settings, start) else timedelta(0)
        start += STEP
    return total


def any_hours(draw: random.Random) -> list[dict[str, time]]:
    """Up to three spans; their edges may be at two and at three, not between: clocks disagree there."""
    edges = [time(hour, minute) for hour in range(24) if hour != 2 for minute in range(0, 60, 5)]
    chosen = sorted(draw.sample([*edges, time(2)], 2 * draw.randint(0, 3)))
    return [{"start": chosen[at], "end": chosen[at + 1]} for at in range(0, len(chosen), 2)]


def any_town(draw: random.Random) -> CommuneSettings:
    """A week and days off like no town has."""
    week = {day: any_hours(draw) for day in draw.sample(WEEKDAYS, draw.randint(1, 7))}
    week[draw.choice(WEEKDAYS)] = [{"start": time(1), "end": time(4)}]
    first = any_moment(draw).astimezone(PARIS).date()
    off = {"first": first, "last": first + timedelta(days=draw.randint(0, 3)), "reason": "x",
           "hours": any_hours(draw)}  # fmt: skip
    return town(reply_clock="working", working_hours=week, days_off=[off],
                reply_hours=draw.randint(1, 40))  # fmt: skip


def any_moment(draw: random.Random) -> datetime:
    """Often close to a change of the clocks or to a holiday."""
    near = draw.choice(["2026-03-28", "2026-10-24", "2027-03-27", "2027-10-30", "2026-05-13", "2026-12-24",
                        "2026-07-13", "2027-05-15"])  # fmt: skip
    return paris(near) + STEP * draw.randint(-4 * 288, 4 * 288)


@pytest.mark.parametrize("seed", range(8))
def test_a_clock_watched_step_by_step_agrees(seed: int) -> None:
    """Many random towns and moments, against a reference that counts five minutes at a time."""
    draw = random.Random(seed)
    for _ in range(25):
        settings, opened = any_town(draw), any_moment(draw)
        promise = Promise(settings)
        due = due_at(promise, opened)
        assert due == slow_later(settings, opened, promise.length), (settings, opened)
        end = opened + STEP * draw.randint(0, 2000)
        passed = between(promise, opened, end)
        assert passed == slow_between(settings, opened, end), (settings, opened, end)
        paused, now = opened + (due - opened) * draw.random(), due + STEP * draw.randint(0, 2000)
        left = between(promise, paused, due)
        again = resumed(promise, due, paused, now)
        assert between(promise, now, again) == left and again >= now


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ('[{start: "08:30", end: "12:00"}, {start: "11:45", end: "17:00"}]', "two spans overlap at 11:45"),
        ('[{start: "13:00", end: "17:00"}, {start: "08:30", end: "13:01"}]', "two spans overlap at 13:00"),
        ('[{start: "12:00", end: "08:30"}]', "08:30 does not come after 12:00"),
        ('[{start: "12:00", end: "12:00"}]', "12:00 does not come after 12:00"),
        ("[{start: 13:30, end: 17:30}]", "between quotes"),
    ],
    ids=["overlap", "overlap in disorder", "backwards", "empty", "without quotes"],
)
@pytest.mark.parametrize(
    "where",
    [
        "working_hours: {{lundi: {hours}}}",
        "days_off: [{{first: 2026-12-24, last: 2026-12-24, reason: x, hours: {hours}}}]",
        "places: {{mairie: {{name: la mairie, hours: {{lundi: {hours}}}}}}}",
    ],
    ids=["working_hours", "days_off", "places"],
)
def test_hours_that_make_no_sense_are_refused(tmp_path: Path, where: str, hours: str, said: str) -> None:
    """Wherever a town writes them; the message names the file, the field and the hour."""
    lines = ["id: ville", "name: Ville", "departments: {}", where.format(hours=hours)]
    if not where.startswith("places"):
        lines.append("places: {}")
    field = where.partition(":")[0]
    with pytest.raises(CommuneError, match=rf"commune\.yml: {field}\.") as refused:
        load_commune(written(tmp_path, lines))
    assert said in str(refused.value)


def test_spans_that_touch_are_two_spans(tmp_path: Path) -> None:
    """Closed at noon, open at noon: nothing overlaps."""
    hours = '[{start: "12:00", end: "17:00"}, {start: "08:00", end: "12:00"}]'
    lines = ["id: ville", "name: Ville", "departments: {}", "places: {}", "reply_clock: working",
             f"working_hours: {{lundi: {hours}}}"]  # fmt: skip
    promise = Promise(load_commune(written(tmp_path, lines)))
    assert later(promise, paris("2026-11-23 11:00"), timedelta(hours=2)) == paris("2026-11-23 13:00")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("reply_clock: working", "reply_clock: working needs working_hours"),
        (
            "days_off: [{first: 2026-12-26, last: 2026-12-24, reason: x}]",
            "2026-12-24 comes before 2026-12-26",
        ),
        ("soon_hours: 0", "soon_hours"),
        ("reopen_days: 0", "reopen_days"),
    ],
    ids=["no hours", "backwards days", "soon", "reopen"],
)
def test_a_promise_that_cannot_be_kept_is_refused(tmp_path: Path, line: str, said: str) -> None:
    """At start, not when the first ticket is opened."""
    lines = ["id: ville", "name: Ville", "departments: {}", "places: {}", line]
    with pytest.raises(CommuneError, match=said):
        load_commune(written(tmp_path, lines))


def written(folder: Path, lines: list[str]) -> Path:
    """A commune's folder with these lines in its file."""
    town_folder = folder / "ville"
    town_folder.mkdir()
    (town_folder / "commune.yml").write_text("\n".join(lines), "utf-8")
    return town_folder
