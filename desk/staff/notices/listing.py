"""Notices as their pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from desk.answers.catalogue import load_topics
from desk.answers.models import TownNotice
from desk.answers.notices import MAX_ID
from desk.communes.registry import Commune
from desk.staff.frame.listing import service_topics
from desk.texts.dates import say_time

type Names = dict[str, str]
"""What each topic is called, by its id."""


@dataclass(frozen=True)
class Line:
    """One notice with its moments in the commune's time and the names of its topics."""

    notice: TownNotice
    starts: str
    ends: str
    topics: list[str]
    begun: bool


@dataclass(frozen=True)
class Service:
    """A department's topics to tick, by id and name, and how many are."""

    name: str
    topics: list[tuple[str, str]]
    ticked: int


def names_of(titles: Names) -> Names:
    """Every topic's name: the title of its answer, else its scope."""
    return {topic.id: titles.get(topic.id, topic.scope) for topic in load_topics().values()}


def line_of(commune: Commune, notice: TownNotice, names: Names, now: datetime) -> Line:
    """One notice, told at ``now``."""
    topics = [names.get(topic, topic) for topic in notice.topics]
    return Line(notice, _say(commune, notice.starts_at), _say(commune, notice.ends_at), topics,
                notice.starts_at <= now)  # fmt: skip


def services_of(commune: Commune, names: Names, ticked: Sequence[str]) -> list[Service]:
    """What may be ticked, department by department."""
    return [
        Service(commune.department_name(service), [(topic, names[topic]) for topic in owned],
                len(set(owned) & set(ticked)))
        for service, owned in service_topics(commune).items()
    ]  # fmt: skip


def written_cursor(notice: TownNotice) -> str:
    """The place of a notice among those that are over, for an address."""
    return f"{notice.ends_at.timestamp()}_{notice.id}"


def read_cursor(written: str) -> tuple[datetime, int] | None:
    """The place named by the address, None for the top or nonsense."""
    try:
        ended, number = written.split("_")
        return datetime.fromtimestamp(float(ended), UTC), min(int(number), MAX_ID)
    except (ValueError, OverflowError, OSError):
        return None


def _say(commune: Commune, moment: datetime) -> str:
    """``24/11/2026 à 8 h 30``: an old notice needs its year."""
    local = commune.local(moment)
    return commune.texts("date_and_time", date=local.strftime("%d/%m/%Y"), time=say_time(local.time()))
