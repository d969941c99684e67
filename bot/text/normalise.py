"""One spelling for what citizens write in many: case, accents, elision, emoji, SMS shorthand."""

import html
import re
import unicodedata
from typing import Dict, List

from bot.text.lexicon import load_lexicon

_TOKEN = re.compile(r"[a-z]+|\d+")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "€": " euros ", "n°": " numero ", "&": " et ", "@": " a "}
_SPLIT_SMS = re.compile(r"[a-z0-9]+['’ʼ´`]?")


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
    written = _SPLIT_SMS.findall(_REPEATED.sub(r"\1\1", plain(text)))
    for token, following in zip(written, [*written[1:], ""]):
        elided = not token[-1].isalnum()  # the c of "c'est" is whole, that of "c combien" is not
        known = None if elided else shorthand.get(token)
        if known is None:
            found.extend(_TOKEN.findall(token))
        else:
            words = str(known).split()
            found.extend(words[:-1] if len(words) > 1 and words[-1] == following else words)
    return found


def normalise(text: str) -> str:
    """The tokens joined by single spaces; empty when the message has no letter and no digit."""
    return " ".join(raw_tokens(text))
