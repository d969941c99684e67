"""What is said once for the whole installation: Meta's version, and our address."""

from datetime import date, timedelta

from desk.channels.messenger.setup.report import Line, State, line
from desk.channels.messenger.setup.versions import last_day
from desk.channels.messenger.setup.webhook import ask_webhook
from desk.settings import Settings

VERSION_NOTICE = timedelta(days=90)
"""A new version is tried before it is put to work: that takes longer than renewing a token."""


async def installation_lines(settings: Settings, today: date) -> list[Line]:
    """Both lines."""
    return [version_line(settings.messenger_graph_version, today), await ask_webhook(settings)]


def version_line(version: str, today: date) -> Line:
    """Whether the version of Meta's interface lasts."""
    last = last_day(version)
    if last is None:
        return line(State.OK, "version", version=version)
    state = State.TODO if last - today < VERSION_NOTICE else State.NOTE
    return line(state, "version_ends", version=version, day=f"{last:%d/%m/%Y}")
