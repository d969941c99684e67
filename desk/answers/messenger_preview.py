"""An answer as Messenger would show it: plain text, in as many messages as its limits ask for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

MAX_TEXT = 2000
"""Characters of a text message."""

MAX_TEXT_WITH_BUTTONS = 640
"""Characters of the button template, which carries the buttons."""

MAX_BUTTONS = 3
MAX_TITLE = 20
"""Characters of a button's title; Messenger cuts longer ones."""

Limit = Literal["text", "text_with_buttons", "buttons", "title"]

_LINK = re.compile(r"\[([^\]\n]+)\]\(([^\s)]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_BULLET = re.compile(r"^\s*- ", re.MULTILINE)
_BREAKS = ("\n\n", "\n", " ")


@dataclass(frozen=True)
class Piece:
    """One message, with the titles of the buttons below it."""

    text: str
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class MessengerPreview:
    """What is sent, in order, and which limits the answer went past."""

    pieces: list[Piece] = field(default_factory=list)
    passed: list[Limit] = field(default_factory=list)


def messenger_preview(text: str, titles: Sequence[str]) -> MessengerPreview:
    """``text`` (Markdown) and the titles of its buttons, cut to Messenger's limits."""
    plain = plain_text(text)
    passed = _passed(plain, titles)
    shown = tuple(title[:MAX_TITLE] for title in titles[:MAX_BUTTONS])
    if not shown:
        return MessengerPreview([Piece(part) for part in split(plain, MAX_TEXT)], passed)
    head, last = _keep_for_buttons(plain)
    pieces = [Piece(part) for part in split(head, MAX_TEXT)]
    return MessengerPreview([*pieces, Piece(last, shown)], passed)


def plain_text(markdown: str) -> str:
    """Without marks: bold as it is, bullets drawn, addresses written out after their words."""
    bare = _BOLD.sub(r"\1", _LINK.sub(_written_out, markdown))
    return _BULLET.sub("• ", bare).strip()


def split(text: str, limit: int) -> list[str]:
    """``text`` in parts of at most ``limit`` characters, cut where a reader would pause."""
    parts = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _pause(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts


def _written_out(link: re.Match[str]) -> str:
    words, address = link[1], link[2]
    if not address.startswith("http") or words in (address, address.partition("://")[2].rstrip("/")):
        return words if not address.startswith("http") else address
    return f"{words} ({address})"


def _pause(text: str, limit: int) -> int:
    """Where to cut: the last end of a paragraph, of a line, of a word; anywhere in a word that long."""
    for mark in _BREAKS:
        found = text.rfind(mark, 1, limit + 1)
        if found > 0:
            return found
    return limit


def _keep_for_buttons(text: str) -> tuple[str, str]:
    """What goes before, and the end that fits with the buttons: whole paragraphs if they can."""
    if len(text) <= MAX_TEXT_WITH_BUTTONS:
        return "", text
    for mark in _BREAKS:
        found = text.find(mark, len(text) - MAX_TEXT_WITH_BUTTONS - len(mark))
        if found > 0 and text[found:].strip():
            return text[:found].rstrip(), text[found:].strip()
    return text[:-MAX_TEXT_WITH_BUTTONS], text[-MAX_TEXT_WITH_BUTTONS:]


def _passed(plain: str, titles: Sequence[str]) -> list[Limit]:
    passed: list[Limit] = []
    if len(plain) > MAX_TEXT:
        passed.append("text")
    if titles and len(plain) > MAX_TEXT_WITH_BUTTONS:
        passed.append("text_with_buttons")
    if len(titles) > MAX_BUTTONS:
        passed.append("buttons")
    if any(len(title) > MAX_TITLE for title in titles):
        passed.append("title")
    return passed
