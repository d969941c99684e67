"""The whole answer base at a glance: what is published, in the works, missing, and due to be read again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.catalogue import Topic, load_topics
from desk.answers.models import Answer
from desk.answers.words import plain
from desk.communes.registry import Commune

State = Literal["published", "withdrawn", "none"]
Sieve = Literal["due", "draft", "missing"]
"""What a list may be narrowed to: to be read again, being written, without an answer."""

SIEVES: tuple[Sieve, ...] = get_args(Sieve)


@dataclass(frozen=True)
class Entry:
    """A topic of the catalogue and the town's answer to it, if any."""

    topic: Topic
    service: str
    answer: Answer | None
    due: bool

    @property
    def state(self) -> State:
        if self.answer is None or not self.answer.version:
            return "none"
        return "published" if self.answer.published else "withdrawn"

    @property
    def drafted(self) -> bool:
        return self.answer is not None and self.answer.draft is not None

    @property
    def title(self) -> str:
        """Its title, or the one its first draft has."""
        if self.answer is None:
            return ""
        return self.answer.title or str((self.answer.draft or {}).get("title", ""))


async def answer_base(session: AsyncSession, commune: Commune, today: date) -> list[Entry]:
    """An entry for each topic of the catalogue, in its order."""
    rows = await session.scalars(select(Answer).where(Answer.commune == commune.id))
    known = {row.topic: row for row in rows}
    return [
        Entry(topic, _owner(topic, commune), known.get(name), is_due(known.get(name), today))
        for name, topic in load_topics().items()
    ]


def _owner(topic: Topic, commune: Commune) -> str:
    """The department in charge, empty when the town has no such department."""
    service = commune.service_of(topic.id, topic.service) or ""
    return service if service in commune.settings.departments else ""


def is_due(answer: Answer | None, today: date) -> bool:
    """Whether a published answer is to be read again: the day chosen has come, or it is a year old."""
    if answer is None or not answer.published:
        return False
    chosen = answer.review_on is not None and answer.review_on <= today
    return chosen or answer.checked_on < a_year_before(today)


def a_year_before(day: date) -> date:
    """The same day last year; 28 February for the 29th."""
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def narrowed(
    entries: Iterable[Entry], *, service: str = "", sieve: str = "", words: str = ""
) -> Iterator[Entry]:
    """The entries of a department, of a sieve, with every word somewhere in them; empty: all."""
    wanted = plain(words).split()
    for entry in entries:
        if (not service or entry.service == service) and _passes(entry, sieve):
            text = _text(entry) if wanted else ""
            if all(word in text for word in wanted):
                yield entry


def _passes(entry: Entry, sieve: str) -> bool:
    match sieve:
        case "due":
            return entry.due
        case "draft":
            return entry.drafted
        case "missing":
            return entry.state != "published"
        case _:
            return True


def _text(entry: Entry) -> str:
    """Everything written about a topic, as it is searched."""
    parts = [entry.topic.id, entry.topic.scope, entry.title]
    if entry.answer is not None:
        parts += [entry.answer.body, *(str(variant["body"]) for variant in entry.answer.variants)]
        parts.append(str((entry.answer.draft or {}).get("body", "")))
    return plain(" ".join(parts))
