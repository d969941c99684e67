"""A message cut around the words that were searched, these set apart to be shown as found."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from desk.conversations.search import WORD, plain

BEFORE, LENGTH = 60, 240


@dataclass(frozen=True)
class Piece:
    """Some of the text; ``found`` when it is one of the words."""

    text: str
    found: bool = False


def excerpt(text: str, words: Sequence[str]) -> list[Piece]:
    """About 240 characters from shortly before the first of ``words`` (as ``words_of`` gives them)."""
    bare = [_bare(word) for word in words]
    spans = [m.span() for m in WORD.finditer(text) if any(_bare(m[0]).startswith(word) for word in bare)]
    start = _start(text, spans[0][0] if spans else 0)
    end = min(len(text), start + LENGTH)
    pieces = [Piece("… ")] if start else []
    for first, last in spans:
        if last > end:
            break
        pieces += [Piece(text[start:first]), Piece(text[first:last], found=True)]
        start = last
    pieces.append(Piece(text[start:end] + (" …" if end < len(text) else "")))
    return [piece for piece in pieces if piece.text]


def _start(text: str, first: int) -> int:
    """Where to begin: at a word, not too far before the first one found."""
    if first <= BEFORE:
        return 0
    space = re.search(r"\s", text[first - BEFORE : first])
    return first - BEFORE + space.end() if space else first


def _bare(word: str) -> str:
    """Without any accent, even those that French has not."""
    apart = unicodedata.normalize("NFD", plain(word))
    return "".join(char for char in apart if not unicodedata.combining(char))
