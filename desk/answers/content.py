"""What an answer says, apart from its row: as typed, checked, and as published."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from desk.answers.details import PLACE, known_details
from desk.answers.models import Answer
from desk.answers.seed import SeedAnswer, misfits, values_of
from desk.communes.config import CommuneSettings

MAX_BODY = 4000
"""Characters of a body; what reads well stays under 800."""

FIELDS = ("title", "body", "variants", "buttons", "sources", "checked_on", "review_on")
"""In the order of the editor."""

type Typed = dict[str, Any]
"""An answer as somebody typed it, perhaps wrong: the keys of a seed file, dates as text."""


class Content(SeedAnswer):
    """What may be published: a seed's rules, and the day on which to look at it again."""

    body: str = Field(min_length=1, max_length=MAX_BODY)
    review_on: date | None = None

    def columns(self) -> dict[str, Any]:
        """The values of the answer's row."""
        return {**super().columns(), "review_on": self.review_on}


class Problem(NamedTuple):
    """Why an answer cannot be published: where (``variants.0.body``), a code, and what is wrong there."""

    where: str
    code: str
    what: str = ""


def typed_of(row: Answer) -> Typed:
    """A row's content, as it is kept in versions and drafts."""
    return {
        "title": row.title, "body": row.body, "variants": row.variants, "buttons": row.buttons,
        "sources": row.sources, "checked_on": row.checked_on.isoformat(),
        "review_on": row.review_on.isoformat() if row.review_on else None,
    }  # fmt: skip


def check(
    topic: str, typed: Mapping[str, Any], commune: CommuneSettings, today: date
) -> tuple[Content | None, list[Problem]]:
    """The content when nothing is wrong with it; else every problem, in the order of the fields."""
    content, problems = None, [*_own_problems(typed, commune, today)]
    try:
        content = Content.model_validate({**typed, "topic": topic})
    except ValidationError as error:
        problems += (_read(one["loc"], one["type"]) for one in error.errors())
    if not problems:
        return content, []
    return None, sorted(problems, key=lambda problem: FIELDS.index(problem.where.partition(".")[0]))


def _read(where: tuple[int | str, ...], kind: str) -> Problem:
    """A problem found by pydantic; its code is the field's name and the kind, e.g. ``title.too_long``."""
    named = [part for part in where if isinstance(part, str)]
    simple = "date" if kind.startswith("date") else kind.removeprefix("string_")
    return Problem(".".join(map(str, where)), f"{named[-1]}.{simple}")


def _own_problems(typed: Mapping[str, Any], commune: CommuneSettings, today: date) -> Iterator[Problem]:
    for misfit in misfits(typed, commune):
        yield Problem(".".join(map(str, misfit.where)), f"{misfit.where[-1]}.unknown", misfit.what)
    known = known_details(commune)
    for index, variant in enumerate(typed["variants"]):
        for detail in variant["when"].keys() - {PLACE}:
            for value in values_of(variant["when"], detail):
                if value not in known.get(detail, []):
                    yield Problem(f"variants.{index}.when", "when.unknown", value)
    if _day(typed["checked_on"], today) > today:
        yield Problem("checked_on", "checked_on.future")


def _day(written: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return otherwise
