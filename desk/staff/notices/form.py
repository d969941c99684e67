"""The form of a notice: its moments are typed in the commune's own time, whatever its clocks do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sanic import Request

from desk.answers.catalogue import load_topics
from desk.answers.notices import Content
from desk.communes.registry import Commune
from desk.errors import BadRequest
from desk.staff.guard import form_value, form_values


@dataclass(frozen=True)
class Form:
    """What was typed, given back when it is refused. Moments are ``2026-11-24T08:30``.

    ``version`` is that of the notice on the page, 0 for a new one.
    """

    title: str = ""
    body: str = ""
    topics: list[str] = field(default_factory=list)
    starts_at: str = ""
    ends_at: str = ""
    version: int = 0

    def content(self, commune: Commune) -> Content:
        """What it says. Raises BadRequest when a moment is none."""
        zone = commune.settings.zone
        return Content(
            title=" ".join(self.title.split()),
            body=self.body.replace("\r\n", "\n").strip(),
            topics=[topic for topic in load_topics() if topic in self.topics],
            starts_at=_moment(self.starts_at, "starts_at", zone, fold=0),
            ends_at=_moment(self.ends_at, "ends_at", zone, fold=1),
        )


def read_form(request: Request) -> Form:
    """The form of this request."""
    version = form_value(request, "version")
    return Form(
        title=form_value(request, "title"), body=form_value(request, "body"),
        topics=form_values(request, "topic"), starts_at=form_value(request, "starts_at"),
        ends_at=form_value(request, "ends_at"),
        version=int(version[:9]) if version.isascii() and version.isdigit() else 0,
    )  # fmt: skip


def form_of(content: Content, commune: Commune, version: int) -> Form:
    """The form that says ``content``."""
    return Form(content.title, content.body, content.topics, _typed(content.starts_at, commune),
                _typed(content.ends_at, commune), version)  # fmt: skip


def blank(commune: Commune, now: datetime) -> Form:
    """Nothing said yet, from this minute on."""
    return Form(starts_at=_typed(now, commune))


def _typed(moment: datetime, commune: Commune) -> str:
    return commune.local(moment).strftime("%Y-%m-%dT%H:%M")


def _moment(typed: str, name: str, zone: ZoneInfo, *, fold: int) -> datetime:
    """The moment in UTC. Of an hour that comes twice in autumn, a notice covers both."""
    try:
        local = datetime.fromisoformat(typed.strip())
        moment = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        back = moment.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise BadRequest("notice_moment", field=name) from error
    if local.tzinfo is not None:
        raise BadRequest("notice_moment", field=name)
    if back != local:
        raise BadRequest("notice_skipped", field=name)
    return moment
