"""The editor's form: what was typed, and its rows added, removed or moved without JavaScript."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sanic import Request

from desk.answers.content import Typed
from desk.answers.drafts import MAX_COMMENT, Seen
from desk.answers.seed import MAX_BUTTONS
from desk.answers.versions import NEWEST
from desk.staff.guard import form_text, form_value, form_values

BUTTON_ROWS = range(MAX_BUTTONS)
BUTTON_KINDS = ("topic", "url", "report")
_ROWS = {"variant": "variants", "source": "sources"}
_NEW: dict[str, dict[str, Any]] = {"variant": {"when": {}, "body": ""}, "source": {"label": "", "url": ""}}
_MOVE = re.compile(r"(variant|source)\.(add|remove|up|down)(?:\.(\d{1,4}))?")


class Reshaped(NamedTuple):
    """The form after a button was pressed; ``focus`` is the row to go on with, e.g. ``variant.2``."""

    typed: Typed
    focus: str = ""


def read_typed(request: Request, *, blank_rows: bool = False) -> Typed:
    """The answer as it was typed; rows left blank only when they are asked for."""
    variants, sources = [*_variants(request)], [*_sources(request)]
    return {
        "title": form_value(request, "title").strip(),
        "body": form_text(request, "body").strip(),
        "variants": [row for row in variants if blank_rows or row["when"] or row["body"]],
        "buttons": [*_buttons(request)],
        "sources": [row for row in sources if blank_rows or row["label"] or row["url"]],
        "checked_on": form_value(request, "checked_on").strip(),
        "review_on": form_value(request, "review_on").strip() or None,
    }


def read_seen(request: Request) -> Seen:
    """What the page showed when the writing began."""
    written = form_value(request, "version")
    version = int(written) if written.isascii() and written.isdigit() and len(written) < 10 else NEWEST
    return Seen(version, form_value(request, "draft_seen"))


def read_comment(request: Request) -> str:
    """Why the answer changes, in a line."""
    return " ".join(form_value(request, "comment").split())[:MAX_COMMENT]


def reshape(typed: Typed, pressed: str) -> Reshaped:
    """``typed`` after a button such as ``variant.up.2``; as it was for any other."""
    found = _MOVE.fullmatch(pressed)
    if found is None:
        return Reshaped(typed)
    name, verb, place = found[1], found[2], int(found[3] or 0)
    rows = list(typed[_ROWS[name]])
    goal = _act(rows, name, verb, place)
    return Reshaped({**typed, _ROWS[name]: rows}, f"{name}.{goal}" if rows else f"{name}.add")


def _act(rows: list[dict[str, Any]], name: str, verb: str, place: int) -> int:
    """Change ``rows``; which one to go on with."""
    if verb == "add":
        rows.append(dict(_NEW[name]))
        return len(rows) - 1
    if place >= len(rows):
        return 0
    row = rows.pop(place)
    if verb == "remove":
        return min(place, max(len(rows) - 1, 0))
    goal = max(place - 1, 0) if verb == "up" else place + 1
    rows.insert(goal, row)
    return min(goal, len(rows) - 1)


def _variants(request: Request) -> Iterator[dict[str, Any]]:
    for key in form_values(request, "variant"):
        yield {"when": _when(request, f"v{key}.when."), "body": form_text(request, f"v{key}.body").strip()}


def _when(request: Request, prefix: str) -> dict[str, str | list[str]]:
    """The boxes ticked, by detail: one value as itself, as in the files."""
    when: dict[str, str | list[str]] = {}
    for name in sorted(name for name in request.form or {} if name.startswith(prefix)):
        values = form_values(request, name)
        when[name.removeprefix(prefix)] = values[0] if len(values) == 1 else values
    return when


def _buttons(request: Request) -> Iterator[dict[str, str]]:
    for row in BUTTON_ROWS:
        title = form_value(request, f"b{row}.title").strip()
        kind = form_value(request, f"b{row}.kind")
        goal = form_value(request, f"b{row}.url" if kind == "url" else f"b{row}.topic").strip()
        if title or goal:
            yield {"title": title, (kind if kind in BUTTON_KINDS else "topic"): goal}


def _sources(request: Request) -> Iterator[dict[str, str]]:
    for key in form_values(request, "source"):
        yield {
            "label": form_value(request, f"s{key}.label").strip(),
            "url": form_value(request, f"s{key}.url").strip(),
        }
