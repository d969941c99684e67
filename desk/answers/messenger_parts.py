"""A text and its buttons as the messages that Messenger takes: what is sent, and what the preview shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from desk.answers.messenger_text import MAX_TEXT, keep_end, shorten, size, split
from desk.texts import Texts

MAX_TEXT_WITH_BUTTONS = 640
"""Characters of the button template, which carries the buttons."""

MAX_BUTTONS = 3
MAX_TITLE = 20
"""Characters of a button's title or of a quick reply's; Messenger refuses longer ones."""

MAX_QUICK_REPLIES = 13
MAX_PAYLOAD = 1000


@dataclass(frozen=True)
class Choice:
    """What a citizen can tap: ``payload`` is said to us, ``url`` is opened."""

    title: str
    payload: str = ""
    url: str = ""

    @property
    def fits(self) -> bool:
        """Whether it can be a button."""
        told = size(self.payload) <= MAX_PAYLOAD if self.payload else self.url.startswith("https://")
        return told and size(self.title) <= MAX_TITLE

    @property
    def written(self) -> str:
        """A link that is no button."""
        return f"{self.title}\u00a0: {self.url.removeprefix('tel:').removeprefix('sms:')}"


@dataclass(frozen=True)
class Part:
    """One message. ``buttons`` stay below it, ``quick_replies`` go when one is tapped."""

    text: str
    buttons: tuple[Choice, ...] = ()
    quick_replies: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Layout:
    """The messages in order; ``numbered``, the choices that their text lists from 1."""

    parts: list[Part]
    numbered: tuple[Choice, ...] = ()


def lay_out(text: str, buttons: Sequence[Mapping[str, Any]]) -> Layout:
    """``text``, as it is to be read, and its ``buttons`` (``title``, with ``payload`` or ``url``).

    Three short buttons stay buttons, below the end of the text. Other choices are listed and numbered, and
    offered as quick replies; other links are written out.
    """
    choices = [one for one in map(_choice, buttons) if one.title and (one.payload or one.url)]
    below = _buttons_of(choices)
    if below:
        links = [one.written for one in choices if one not in below]
        ends = keep_end(_under(text, links), MAX_TEXT_WITH_BUTTONS)
        if ends is not None and ends[1]:
            return Layout([*_texts(ends[0]), Part(ends[1], buttons=tuple(below))])
    text = _under(text, [one.written for one in choices if not one.payload])
    told = [one for one in choices if one.payload]
    return _numbered(text, told) if told else Layout(_texts(text))


def _buttons_of(choices: list[Choice]) -> list[Choice]:
    """Those that can be buttons, when all that is said to us can: with the links, or else without."""
    with_links = [one for one in choices if one.payload or one.fits]
    said = [one for one in choices if one.payload]
    for below in (with_links, said):
        if len(below) <= MAX_BUTTONS and all(one.fits for one in below):
            return below
    return []


def _texts(text: str) -> list[Part]:
    return [Part(part) for part in split(text, MAX_TEXT)]


def signed_parts(text: str, texts: Texts, name: str | None, *, named: bool = False) -> list[Part]:
    """What staff typed, as it is, below their name unless it is shown beside (``named``).

    It is cut in the same places with and without: a message half of which has left goes on where it was.
    """
    signature = f"{texts('messenger.signed', nom=name)}\n" if name else ""
    words = text.replace("\r\n", "\n").strip()
    parts = split(words, MAX_TEXT, first=MAX_TEXT - size(signature))
    if parts and not named:
        parts[0] = signature + parts[0]
    return [Part(part) for part in parts]


def _choice(button: Mapping[str, Any]) -> Choice:
    title = " ".join(str(button.get("title") or "").split())
    payload = str(button.get("payload") or "")
    return Choice(title, payload if payload.strip() else "", str(button.get("url") or ""))


def _numbered(text: str, choices: list[Choice]) -> Layout:
    lines = [f"{number}. {one.title}" for number, one in enumerate(choices, start=1)]
    offered = [
        replace(one, title=shorten(line, MAX_TITLE))
        for line, one in zip(lines, choices, strict=True)
        if size(one.payload) <= MAX_PAYLOAD
    ]
    *before, last = _texts(_under(text, lines))
    return Layout([*before, replace(last, quick_replies=tuple(offered[:MAX_QUICK_REPLIES]))], tuple(choices))


def _under(text: str, lines: list[str]) -> str:
    return "\n".join(part for part in (text.strip(), *lines) if part)
