"""An answer as citizens will read it now, in the case that staff choose, on the website and in Messenger."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from sanic import Request

from desk.answers.details import CODED, PLACE
from desk.answers.messenger_preview import MessengerPreview, messenger_preview
from desk.answers.models import Answer
from desk.answers.render import answer_buttons, choose_body, render_answer
from desk.answers.seed import SeedButton, SeedSource, SeedVariant
from desk.communes.registry import Commune
from desk.staff.guard import form_value

DETAILS = (*CODED, PLACE, "day")
READS_WELL = 800
"""Characters that a phone shows in about one screen and a half."""

_NOT_SHOWN = re.compile(
    r"^\s*(?:#{1,6} |[*+] |> |\d+\) |\|)|`|(?<![*\w])\*(?!\*)\S[^*\n]*\*(?!\*)|<\w", re.MULTILINE
)
"""Marks that the website shows as they are typed: headings, other bullets, italics, code, HTML."""


@dataclass(frozen=True)
class Preview:
    """What is shown; ``variant`` is the case that fits, counted from 1, None for the ordinary text."""

    text: str
    buttons: list[dict[str, Any]]
    messenger: MessengerPreview
    variant: int | None
    too_long: bool
    odd_marks: bool


def read_case(request: Request) -> dict[str, str]:
    """The details chosen for the preview."""
    chosen = {name: form_value(request, f"case.{name}").strip() for name in DETAILS}
    return {name: value for name, value in chosen.items() if value}


def preview(typed: Mapping[str, Any], case: dict[str, str], commune: Commune, now: datetime) -> Preview:
    """``typed`` as it would be said at ``now`` (UTC) to a citizen in the ``case``; wrong parts left out."""
    local = commune.local(now)
    answer = _answer(typed, local.date())
    text = render_answer(answer, case, commune.settings, commune.texts, local)
    body = choose_body(answer, case, commune.settings)
    buttons = answer_buttons(answer)
    bodies = [variant["body"] for variant in answer.variants]
    return Preview(
        text=text, buttons=buttons, messenger=messenger_preview(text, buttons),
        variant=bodies.index(body) + 1 if body in bodies else None,
        too_long=len(body) > READS_WELL, odd_marks=_NOT_SHOWN.search(body) is not None,
    )  # fmt: skip


def _answer(typed: Mapping[str, Any], today: date) -> Answer:
    """A row that is in no session, with what is valid of ``typed``."""
    try:
        checked_on = date.fromisoformat(typed["checked_on"])
    except ValueError:
        checked_on = today
    return Answer(
        title=typed["title"], body=typed["body"], variants=_valid(SeedVariant, typed["variants"]),
        buttons=_valid(SeedButton, typed["buttons"]), sources=_valid(SeedSource, typed["sources"]),
        checked_on=checked_on,
    )  # fmt: skip


def _valid(model: type[BaseModel], rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    good = []
    for row in rows:
        try:
            good.append(model.model_validate(row).model_dump(exclude_none=True))
        except ValidationError:
            continue
    return good
