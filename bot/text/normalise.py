"""One spelling for what citizens write in many: case, accents, elision, emoji, SMS shorthand."""

import html
import re
import unicodedata
from typing import Dict, List

from bot.text.lexicon import load_lexicon

_TOKEN = re.compile(r"[a-z]+|\d+")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "€": " euros ", "n°": " numero ", "&": " et ", "@": " a "}
_SPLIT_SMS = re.compile(r"[a-z0-9]+")


def plain(text: str) -> str:
    """Lower case, no accents, entities decoded, ligatures undone. Same words, same order."""
    text = html.unescape(text).lower()
    for sign, words in _LIGATURES.items():
        text = text.replace(sign, words)
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def raw_tokens(text: str) -> List[str]:
    """Letters and numbers, SMS shorthand spelled out, stretched letters put back (``siiii``: ``sii``)."""
    shorthand: Dict[str, str] = load_lexicon("sms")
    found: List[str] = []
    for token in _SPLIT_SMS.findall(_REPEATED.sub(r"\1\1", plain(text))):
        known = shorthand.get(token)
        if known is not None:
            found.extend(str(known).split())
        else:
            found.extend(_TOKEN.findall(token))
    return found


def normalise(text: str) -> str:
    """The tokens joined by single spaces; empty when the message has no letter and no digit."""
    return " ".join(raw_tokens(text))
