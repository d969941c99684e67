"""Whether somebody can be written to where they wrote: on Messenger, not always and not by everybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.channel_models import ChannelThread
from desk.conversations.channel_threads import thread_state
from desk.tickets.windows import MessengerWindows, Way, messenger_windows, way_out


@dataclass(frozen=True)
class Reachability:
    """A citizen's thread on Messenger at a moment. ``page`` and ``person`` are Meta's identifiers.

    ``windows`` is None for somebody who has not opened any; ``unreachable`` and ``held_by`` as in
    ChannelThread, ``held_by`` being None once its time is over.
    """

    page: str
    person: str
    windows: MessengerWindows | None
    human_agent: bool
    unreachable: str | None = None
    held_by: str | None = None

    def way(self, *, by_staff: bool) -> Way:
        """How a message may leave now."""
        return way_out(self.windows, by_staff=by_staff, human_agent=self.human_agent)

    @property
    def takes_reply(self) -> bool:
        """Whether what staff write can leave now."""
        return self.unreachable is None and self.way(by_staff=True) != "closed"

    @property
    def last_day(self) -> datetime | None:
        """Until when staff may write: seven days with Human Agent, one without."""
        if self.windows is None:
            return None
        return self.windows.human_until if self.human_agent else self.windows.free_until


async def reachability(
    session: AsyncSession, commune: Commune, conversation_id: str, now: datetime
) -> Reachability | None:
    """The thread as it stands; None on the channels that are ours, where nothing of this applies."""
    thread = await thread_state(session, conversation_id)
    return reachability_of(commune, thread, now) if thread else None


def reachability_of(commune: Commune, thread: ChannelThread, now: datetime) -> Reachability:
    """What a thread's row says at ``now``."""
    held = thread.held_until is not None and now < thread.held_until
    pages = {page.id: page for page in commune.settings.messenger.pages}
    return Reachability(
        thread.page, thread.person,
        messenger_windows(thread.opened_at, now) if thread.opened_at else None,
        human_agent=thread.page in pages and pages[thread.page].human_agent,
        unreachable=thread.unreachable, held_by=thread.held_by if held else None,
    )  # fmt: skip
