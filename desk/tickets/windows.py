"""Until when Messenger lets a town write to somebody: windows that open with each of their messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

FREE = timedelta(hours=24)
HUMAN = timedelta(days=7)


@dataclass(frozen=True)
class MessengerWindows:
    """The ends of both windows, and which one is open.

    ``free``: anything may be sent. ``human``: only what a person writes. ``closed``: nothing, until the
    citizen writes again.
    """

    free_until: datetime
    human_until: datetime
    now_open: Literal["free", "human", "closed"]


Way = Literal["free", "human_tag", "closed"]
"""How a message may leave: as it is, under the tag of what a human writes, or not at all."""


def way_out(windows: MessengerWindows | None, *, by_staff: bool, human_agent: bool) -> Way:
    """How a message may leave now. ``human_agent``: Meta lets the Page write after 24 hours.

    Only what a member of staff wrote may carry the tag: automatic messages under it are against the rules.
    ``windows`` is None for somebody who never wrote.
    """
    if windows is None:
        return "closed"
    if windows.now_open == "free":
        return "free"
    return "human_tag" if windows.now_open == "human" and by_staff and human_agent else "closed"


def messenger_windows(last_citizen_message_at: datetime, now: datetime) -> MessengerWindows:
    """The windows opened by the citizen's last message; each ends at its very instant."""
    free_until, human_until = last_citizen_message_at + FREE, last_citizen_message_at + HUMAN
    now_open: Literal["free", "human", "closed"] = "closed"
    if now < free_until:
        now_open = "free"
    elif now < human_until:
        now_open = "human"
    return MessengerWindows(free_until, human_until, now_open)
