"""What keeps a Page from sending, in words: the banner above every page of those who may mend it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.communes.registry import Commune
from desk.conversations.channel_models import ChannelPage
from desk.staff.labels import codes, label
from desk.texts.dates import say_moment


@dataclass(frozen=True)
class Trouble:
    """One thing that happened to a Page: a sentence, since when, and who mends it."""

    page: str
    name: str
    what: str
    since: str
    who: str


def troubles_of(commune: Commune, pages: Sequence[ChannelPage]) -> list[Trouble]:
    """Everything that a human must look after; a Page may have several troubles."""
    names = {page.id: page.name for page in commune.settings.messenger.pages}
    return [trouble for row in pages for trouble in _of_page(commune, row, names.get(row.page, row.page))]


def _of_page(commune: Commune, row: ChannelPage, name: str) -> Iterator[Trouble]:
    told = ((row.stopped, row.stopped_at, "stopped"), (row.warned, row.warned_at, "warned"),
            (row.policy, row.policy_at, "policy"))  # fmt: skip
    for code, at, kind in told:
        if code:
            # a sanction is told in the platform's own words, never by a code
            known = code if kind != "policy" and code in codes("page_trouble") else kind
            what, who = label("page_trouble", known, said=code), label("page_mend", known)
            yield Trouble(row.page, name, what, _said(commune, at), who)


def _said(commune: Commune, at: datetime | None) -> str:
    return say_moment(commune.texts, commune.local(at)) if at else ""
