"""A reply as its citizen will see it, before it is sent.

The widget shows what staff write as it is typed: only addresses become links (``parsePlain`` in
widget/src/markdown.js). Messenger shows plain text, in messages of 2,000 characters.
"""

import re

from markupsafe import Markup, escape

from desk.answers.messenger_text import MAX_TEXT, split

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)»]")
_LINK = Markup('<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>')


def shown_on(channel: str, text: str) -> list[Markup]:
    """The messages that ``text`` makes on a channel, none when it is blank."""
    words = text.replace("\r\n", "\n").strip()
    if channel == "messenger":
        return [escape(part) for part in split(words, MAX_TEXT)]
    return [_linked(words)] if words else []


def _linked(text: str) -> Markup:
    parts, done = list[Markup](), 0
    for match in _ADDRESS.finditer(text):
        parts += [escape(text[done : match.start()]), _LINK.format(match[0])]
        done = match.end()
    return Markup("").join([*parts, escape(text[done:])])
