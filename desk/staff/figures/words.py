"""Figures as people read them, and what elected officials do not see of them.

A topic or a department with fewer than five cases could point at somebody: in a small town, one question
about a death or an eviction is one family. Managers open these tickets anyway and see every number; elected
officials read « moins de 5 », and no share or delay drawn from fewer than five cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from desk.communes.registry import Commune
from desk.staff.figures.counts import Delay, Figures, Share
from desk.staff.labels import label
from desk.staff.pages import topic_scope

FEW = 5
MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Cell:
    """A number as it is written, and how long its bar is, from 0 to 1; None: no bar."""

    words: str
    bar: float | None = None


@dataclass(frozen=True)
class Table:
    """A table: its code, its columns' codes, its rows; the first cell of each names it."""

    code: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, tuple[Cell, ...]]]


def tables_of(figures: Figures, commune: Commune, *, discreet: bool) -> list[Table]:
    """The page's tables. ``discreet``: small numbers that could point at somebody are not given."""
    return [
        _summary(figures, discreet=discreet), _delays(figures, discreet=discreet),
        _departments(figures, commune, discreet=discreet), _topics(figures, discreet=discreet),
        _channels(figures), _hours(figures),
    ]  # fmt: skip


def _summary(figures: Figures, *, discreet: bool) -> Table:
    rows: list[tuple[str, tuple[Cell, ...]]] = [
        (label("figure", code), (_number(count), Cell("")))
        for code, count in (("conversations", figures.conversations), ("messages", figures.messages))
    ]
    for code, told in (("answered", figures.answered), ("handed_over", figures.handed_over)):
        rows.append((label("figure", code), (_number(told.part), _percent(told, discreet=discreet))))
    # With a single department, a total under five would tell what its row keeps.
    for code in ("opened", "resolved", "open_now", "late_now"):
        count: int = getattr(figures, code)
        rows.append((label("figure", code), (_few(count, count, discreet=discreet), Cell(""))))
    for code in ("in_time", "satisfied", "useful"):
        share: Share = getattr(figures, code)
        shown = _few(share.part, share.whole, discreet=discreet)
        rows.append((label("figure", code), (shown, _percent(share, discreet=discreet))))
    return Table("summary", ("what", "number", "share"), rows)


def _delays(figures: Figures, *, discreet: bool) -> Table:
    rows = [
        (
            label("figure", code),
            (_duration(delay, delay.median, discreet), _duration(delay, delay.ninth, discreet)),
        )
        for code, delay in (("to_reply", figures.to_reply), ("to_resolve", figures.to_resolve))
    ]
    return Table("delays", ("what", "median", "ninth"), rows)


def _departments(figures: Figures, commune: Commune, *, discreet: bool) -> Table:
    kept = _kept([count for _, count, _ in figures.departments]) if discreet else None
    rows = [
        (
            commune.department_name(service) if service else label("figure", "no_service"),
            (Cell(label("figure", "kept")), Cell(""))
            if index == kept
            else (_few(count, count, discreet=discreet), _percent(in_time, discreet=discreet)),
        )
        for index, (service, count, in_time) in enumerate(figures.departments)
    ]
    return Table("departments", ("service", "opened", "in_time"), rows)


def _topics(figures: Figures, *, discreet: bool) -> Table:
    most = max((given + opened for _, given, opened in figures.topics), default=0)
    rows = [
        (
            topic_scope(topic) or topic,
            (_few(given, given, discreet=discreet), _few(opened, opened, discreet=discreet),
             _bar(given + opened, most, hidden=discreet and (0 < given < FEW or 0 < opened < FEW))),
        )
        for topic, given, opened in figures.topics
    ]  # fmt: skip
    return Table("topics", ("topic", "answered", "opened", "weight"), rows)


def _channels(figures: Figures) -> Table:
    rows = [
        (label("channel", channel), (_number(messages), _number(conversations)))
        for channel, messages, conversations in figures.channels
    ]
    return Table("channels", ("channel", "messages", "conversations"), rows)


def _hours(figures: Figures) -> Table:
    most = max(figures.hours, default=0)
    rows = [
        (f"{hour}\u00a0h", (_number(count), _bar(count, most)))
        for hour, count in enumerate(figures.hours)
        if count
    ]
    return Table("hours", ("hour", "messages", "weight"), rows)


def _kept(counts: Sequence[int]) -> int | None:
    """Which number is kept too, where a single one is hidden: else the total tells it by subtraction."""
    shown = [index for index, count in enumerate(counts) if count >= FEW]
    if len(counts) - len(shown) != 1 or not shown:
        return None
    return min(shown, key=lambda index: counts[index])


def _number(count: int) -> Cell:
    return Cell(f"{count:,}".replace(",", "\u202f"))


def _few(count: int, whole: int, *, discreet: bool) -> Cell:
    """A number, unless it is drawn from too few."""
    return Cell(label("figure", "few")) if discreet and 0 < whole < FEW else _number(count)


def _percent(share: Share, *, discreet: bool) -> Cell:
    if share.whole == 0 or (discreet and share.whole < FEW):
        return Cell("")
    part = share.part / share.whole
    return Cell(f"{round(part * 100)}\u00a0%", part)


def _bar(count: int, most: int, *, hidden: bool = False) -> Cell:
    """A bar, unless it would give away a number that is not told."""
    return Cell("", None if hidden or not most else count / most)


def _duration(delay: Delay, seconds: float | None, discreet: bool) -> Cell:
    """« 45 min », « 26 h », « 3,5 j »."""
    if seconds is None or (discreet and delay.count < FEW):
        return Cell("")
    if seconds < HOUR:
        return Cell(f"{round(seconds / MINUTE)}\u00a0min")
    if seconds < 2 * DAY:
        return Cell(f"{round(seconds / HOUR)}\u00a0h")
    return Cell(f"{seconds / DAY:.1f}\u00a0j".replace(".", ","))
