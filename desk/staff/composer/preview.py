"""A reply as its citizen will see it, before it is sent.

The widget shows what staff write as it is typed: only addresses become links (``parsePlain`` in
widget/src/markdown.js). Messenger shows plain text, in messages of 2,000 characters.
"""

import re

from markupsafe import Markup, escape

from desk.answers.messenger_parts import signed_parts
from desk.texts import Texts

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)»]")
_LINK = Markup('<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>')


def shown_on(channel: str, text: str, texts: Texts, name: str) -> list[Markup]:
    """The messages that ``text`` makes on a channel, signed ``name``; none when it is blank.

    The name is left out: the page shows it above each of them.
    """
    if channel == "messenger":
        return [escape(part.text) for part in signed_parts(text, texts, name, named=True)]
    words = text.replace("\r\n", "\n").strip()
    return [_linked(words)] if words else []


def _linked(text: str) -> Markup:
    parts, done = list[Markup](), 0
    for match in _ADDRESS.finditer(text):
        parts += [escape(text[done : match.start()]), _LINK.format(match[0])]
        done = match.end()
    return Markup("").join([*parts, escape(text[done:])])
