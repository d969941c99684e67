"""What Meta may tell, as the rest of the channel sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Source:
    """Where an event comes from. ``person`` is empty when Meta names nobody.

    ``at`` is Meta's clock, never later than ours. ``standby``: another application answers in the thread.
    """

    page: str
    person: str
    at: datetime
    standby: bool


@dataclass(frozen=True)
class Piece:
    """What came beside the words.

    ``kind``: image, audio, video or file, to be fetched from ``url``; sticker, location, link; unknown.
    """

    kind: str
    url: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Said:
    """A citizen wrote, or tapped a button.

    ``key`` tells a second arrival. ``too_long``: it was cut to what is stored.
    """

    key: str
    text: str
    payload: str | None = None
    pieces: tuple[Piece, ...] = ()
    too_long: bool = False


@dataclass(frozen=True)
class Came:
    """A citizen followed a link of the town to a thread that was there already."""


@dataclass(frozen=True)
class Echo:
    """Somebody wrote as the Page: we, a human in its inbox, or another application."""

    mid: str
    app_id: str | None
    metadata: str
    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Edited:
    """A citizen changed what they had written, for the ``number``-th time."""

    mid: str
    text: str
    number: int | None


@dataclass(frozen=True)
class Reacted:
    """A citizen put an emoji on a message, or took it away (None)."""

    mid: str
    emoji: str | None


@dataclass(frozen=True)
class Rated:
    """A citizen used Messenger's own question whether an answer was good."""

    mid: str
    useful: bool


@dataclass(frozen=True)
class Received:
    """All that left before these moments has arrived, was read; ``mids`` have arrived."""

    mids: tuple[str, ...] = ()
    delivered: datetime | None = None
    read: datetime | None = None


@dataclass(frozen=True)
class Control:
    """Who answers in the thread from now on; None: nobody in particular."""

    owner: str | None


@dataclass(frozen=True)
class Policy:
    """Meta warns the Page, blocks it, or lifts that."""

    action: Literal["warning", "block", "unblock"]
    reason: str


@dataclass(frozen=True)
class Ignored:
    """Nothing is done about it."""


@dataclass(frozen=True)
class Malformed:
    """It is not what Meta says it sends."""


What = Said | Came | Echo | Edited | Reacted | Rated | Received | Control | Policy | Ignored | Malformed


@dataclass(frozen=True)
class Event:
    """``kind`` is Meta's name, or ``unknown``; ``found`` is the event as it came."""

    kind: str
    source: Source
    what: What
    found: Any
