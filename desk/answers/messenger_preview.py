"""An answer as Messenger would show it: plain text, in as many messages as its limits ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from desk.answers.messenger_parts import (
    MAX_BUTTONS,
    MAX_TEXT_WITH_BUTTONS,
    MAX_TITLE,
    Part,
    lay_out,
)
from desk.answers.messenger_text import MAX_TEXT, plain_text, size

Limit = Literal["text", "text_with_buttons", "buttons", "title"]


@dataclass(frozen=True)
class MessengerPreview:
    """What is sent, in order, and which limits the answer went past."""

    pieces: list[Part] = field(default_factory=list)
    passed: list[Limit] = field(default_factory=list)


def messenger_preview(text: str, buttons: Sequence[Mapping[str, Any]]) -> MessengerPreview:
    """``text`` (Markdown) and its buttons, as the channel lays them out."""
    plain = plain_text(text)
    return MessengerPreview(lay_out(plain, buttons).parts, _passed(plain, buttons))


def _passed(plain: str, buttons: Sequence[Mapping[str, Any]]) -> list[Limit]:
    passed: list[Limit] = []
    if size(plain) > MAX_TEXT:
        passed.append("text")
    if buttons and size(plain) > MAX_TEXT_WITH_BUTTONS:
        passed.append("text_with_buttons")
    if len(buttons) > MAX_BUTTONS:
        passed.append("buttons")
    if any(size(button["title"]) > MAX_TITLE for button in buttons):
        passed.append("title")
    return passed
