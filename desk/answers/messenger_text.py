"""Text as Messenger takes it: without marks, in parts under its limits, cut where a reader would pause."""

import re
import unicodedata
from typing import NamedTuple

MAX_TEXT = 1999
"""Meta wants fewer than 2,000 characters in a text message; counted here as UTF-16 does, see ``size``."""

_LINK = re.compile(r"\[([^\]\n]+)\]\(([^\s)]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_BULLET = re.compile(r"^\s*- ", re.MULTILINE)

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_LINE = re.compile(r"\n")
_BLANK = re.compile(r"[^\S\u00a0\u202f]")
"""White space where a line may end: not the no-break spaces of French punctuation."""

_ADDRESS = re.compile(r"https?://\S+")
_NUMBERED = re.compile(r"\s*\d{1,2}\.")
_INITIAL = re.compile(r"(?<!\w)[^\W\d_]\.$")
_NEXT = re.compile(r"\s*(\S)")
_ENDS = ".!?…؟"
_CLOSING = "»”\"')]\u00a0\u202f"
_JOINER = "\u200d"
_WIDE = "\uffff"


def plain_text(markdown: str) -> str:
    """Without marks: bold as it is, bullets drawn, addresses written out after their words."""
    bare = _BOLD.sub(r"\1", _LINK.sub(_written_out, markdown))
    return _BULLET.sub("• ", bare).strip()


def size(text: str) -> int:
    """Characters as UTF-16 counts them: most emoji are two.

    Meta does not say how it counts characters; no other way finds more.
    """
    return len(text) + sum(char > _WIDE for char in text)


def split(text: str, limit: int, first: int | None = None) -> list[str]:
    """``text`` in parts of at most ``limit``; the first one of at most ``first``, when it is given.

    Nothing is lost but white space where it was cut.
    """
    parts: list[str] = []
    rest, room = text.strip(), limit if first is None else first
    while size(rest) > room:
        cut = _last_pause(rest, _reach(rest, room))
        parts.append(rest[:cut].rstrip())
        rest, room = rest[cut:].lstrip(), limit
    return [*parts, rest] if rest else parts


def keep_end(text: str, limit: int) -> tuple[str, str] | None:
    """``text`` in two: the end has at most ``limit`` characters, whole paragraphs if they can.

    None when only an address cut in two would make it short enough.
    """
    text = text.strip()
    if size(text) <= limit:
        return "", text
    start = len(text) - _reach(text[::-1], limit)
    for kind in _PAUSES:
        for pause in kind.blank.finditer(text, max(start - 2, 1)):
            head, end = text[: pause.start()].rstrip(), text[pause.end() :].strip()
            if head and end and size(end) <= limit and _parts_well(text, pause, kind):
                return head, end
    while start < len(text) and is_joined(text, start):
        start += 1
    cuts_an_address = any(found.start() < start < found.end() for found in _ADDRESS.finditer(text))
    return None if cuts_an_address or start == len(text) else (text[:start].rstrip(), text[start:].strip())


def shorten(title: str, limit: int) -> str:
    """``title`` in at most ``limit`` characters, an ellipsis for what is left out: after a word if it can."""
    if size(title) <= limit:
        return title
    cut = _whole(title, _reach(title, limit - 1))
    word = max((blank.start() for blank in _BLANK.finditer(title, 0, cut + 1)), default=0)
    return title[: word if word > limit // 2 else cut].rstrip() + "…"


def is_joined(text: str, at: int) -> bool:
    """Whether what stands at ``at`` belongs to the character before, as readers see it.

    The part of Unicode's grapheme clusters that French texts and emoji need: accents apart from their
    letter, variants, skin tones, families, flags.
    """
    if not 0 < at < len(text):
        return False
    before, char = text[at - 1], text[at]
    if _JOINER in {before, char} or (before == "\r" and char == "\n"):
        return True
    if unicodedata.category(char) in {"Mn", "Mc", "Me"} or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if "\U000e0020" <= char <= "\U000e007f":  # what tells the flags of regions
        return True
    return _is_flag(char) and _flags_before(text, at) % 2 == 1


def _written_out(link: re.Match[str]) -> str:
    words, address = link[1], link[2]
    if not address.startswith("http") or words in (address, address.partition("://")[2].rstrip("/")):
        return words if not address.startswith("http") else address
    return f"{words} ({address})"


def _reach(text: str, limit: int) -> int:
    """How many of the first characters fit."""
    units = 0
    for index, char in enumerate(text):
        units += 2 if char > _WIDE else 1
        if units > limit:
            return index
    return len(text)


def _last_pause(text: str, most: int) -> int:
    """Where to cut, ``most`` at the furthest."""
    for kind in _PAUSES:
        least = max(int(most * kind.filled), 1)
        found = [pause for pause in kind.blank.finditer(text, 0, most + 1) if pause.start() >= least]
        for pause in reversed(found):
            if _parts_well(text, pause, kind):
                return pause.start()
    return _whole(text, most)


def _parts_well(text: str, pause: re.Match[str], kind: "_Pause") -> bool:
    if kind.after_a_sentence and not _ends_sentence(text, pause.start()):
        return False
    return not is_joined(text, pause.end())


def _whole(text: str, most: int) -> int:
    """Where to cut a word that is longer than a message: before an address, else between two characters."""
    inside = (found.start() for found in _ADDRESS.finditer(text) if found.start() < most < found.end())
    cut = next(inside, 0) or most
    while is_joined(text, cut):
        cut -= 1
    return cut or most


def _ends_sentence(text: str, at: int) -> bool:
    """Whether a sentence ends before ``at``: not after an initial, the number of a list, an abbreviation."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    said = line.rstrip(_CLOSING)
    if not said or said[-1] not in _ENDS:
        return False
    if said[-1] == "." and (_INITIAL.search(said) or _NUMBERED.fullmatch(said)):
        return False
    following = _NEXT.match(text, at)
    return following is None or not (following[1].islower() or following[1].isdigit())


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    """How many letters of flags stand in a row before ``at``: two make one flag."""
    start = at
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return at - start


class _Pause(NamedTuple):
    """A kind of place where readers pause; ``filled`` is the least share of a message before it."""

    blank: re.Pattern[str]
    filled: float = 0.5
    after_a_sentence: bool = False


_PAUSES = (_Pause(_PARAGRAPH), _Pause(_LINE), _Pause(_BLANK, after_a_sentence=True), _Pause(_BLANK, filled=0))
"""The longest pause first."""
