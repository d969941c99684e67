"""Rendering staff pages: Jinja templates that escape everything by default."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup
from sanic import HTTPResponse

from desk.answers.catalogue import load_topics
from desk.communes.registry import Commune
from desk.staff.guard import Visit
from desk.staff.labels import label
from desk.staff.troubles import troubles_of
from desk.texts.dates import say_moment

TEMPLATES = Path(__file__).with_name("templates")
MINUTE, HOUR, DAY = 60, 3600, 86400
ONE_DAY = timedelta(days=1)

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip

# What the widget shows of an answer: bold, links, lists. HTML in the text stays text.
_markdown = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["emphasis", "link", "list", "newline", "escape"]
)
_environment.globals["label"] = label
_environment.globals["troubles_of"] = troubles_of
_environment.filters["markdown"] = lambda text: Markup(_markdown.render(text))  # noqa: S704 (it escapes)


def render(name: str, status: int = 200, visit: Visit | None = None, **values: Any) -> HTTPResponse:
    """An HTML page from ``templates/<name>``."""
    body = _environment.get_template(name).render(visit=visit, **values)
    headers = {"cache-control": "no-store"}
    return HTTPResponse(body, status=status, content_type="text/html; charset=utf-8", headers=headers)


def time_left(due: datetime, now: datetime, soon: timedelta = ONE_DAY) -> tuple[str, str]:
    """How far a deadline is, as a level (late, ``soon`` before it, fine) and the unit and number to say."""
    seconds = (due - now).total_seconds()
    level = "late" if seconds < 0 else "soon" if seconds < soon.total_seconds() else "fine"
    size = abs(seconds)
    if size < HOUR:
        return level, f"{int(size // MINUTE)}\u00a0min"
    if size < 2 * DAY:
        return level, f"{int(size // HOUR)}\u00a0h"
    return level, f"{int(size // DAY)}\u00a0j"


def moment(commune: Commune, value: datetime) -> str:
    """A moment in the commune's time, in French."""
    return say_moment(commune.texts, commune.local(value))


def topic_scope(topic: str | None) -> str:
    """The catalogue's words for a topic."""
    known = load_topics().get(topic or "")
    return known.scope if known else ""
