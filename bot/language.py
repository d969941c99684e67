"""Which language a citizen writes, when it is not French: script first, small words next, lingua last.

French is what matters: badly written, it must not be taken for another language. A message with no foreign
small word, or with as many French ones, stops at set look-ups; lingua only confirms what words already tell.
"""

import re
from functools import lru_cache
from typing import Callable, Dict, FrozenSet, List, Optional, Tuple

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from bot.text.lexicon import load_lexicon
from bot.text.normalise import plain

LATIN = ("en", "es", "tr")
"""Languages told by their words; Arabic and Ukrainian are told by their script."""

LANGUAGES = (*LATIN, "ar", "uk")
"""What ``foreign_language`` may give: the languages the desk has a sentence in."""

SHORTEST = 3
"""Words below which Latin letters tell nothing: French writes "good night", "no señor" and "covid test"."""

ENOUGH = 2
"""Small words of a language below which it may be a name, a title or a loan."""

SURE = 0.8
"""What lingua must give to the language its small words tell."""

CLEAR, CLEAR_SHARE = 3, 0.4
"""Small words, and their share of the words, from which French names no longer plead for French."""

VERY_SURE = 0.95
"""What it must give when a single small word tells, or only words that French does not know."""

STRANGE = 0.4
"""Share of such words from which lingua is asked, in a message without one small word of French."""

SHORTEST_STRANGE = 3
"""Letters below which an unknown word is shorthand."""

_WORD = re.compile(r"[a-z]+")
_SIGNS = ".,;:!?¿¡()\"'’«»"
_LATIN = re.compile(r"[a-z]")
_SCRIPTS = {"ar": re.compile(r"[\u0620-\u064a\u066e-\u06d3]"), "uk": re.compile(r"[\u0400-\u04ff]")}
_CONFUSED = (
    Language.FRENCH, Language.ENGLISH, Language.SPANISH, Language.TURKISH, Language.ITALIAN,
    Language.PORTUGUESE, Language.GERMAN, Language.ROMANIAN, Language.DUTCH, Language.POLISH,
    Language.ALBANIAN, Language.SOMALI, Language.SWAHILI, Language.CROATIAN,
)  # fmt: skip


def folded(text: str) -> str:
    """``text`` in lower case, without accents, in any script; the Turkish dotless ı is an i."""
    return plain(text).replace("ı", "i")


def foreign_language(text: str, knows: Callable[[str], bool]) -> Optional[str]:
    """``en``, ``ar``, ``es``, ``tr`` or ``uk`` of a message as written; None for French and for all others.

    ``knows``: whether a word without accents is one of French or of its citizens (``Speller.knows``).
    Whatever is written in Cyrillic is answered in Ukrainian, the language of most who write to a French town
    that way: a Russian reader gets the gist of it, and the numbers. So is Persian or Urdu in Arabic.
    """
    letters = folded(text)
    script = None if letters.isascii() else _script(letters)
    return script or _latin_language(text, _WORD.findall(letters), knows)


def _latin_language(text: str, words: List[str], knows: Callable[[str], bool]) -> Optional[str]:
    if len(words) < SHORTEST:
        return None
    quiet = _but_names(text)
    own, french, names = _count(quiet, words)
    language = max(LATIN, key=own.__getitem__)
    told = own[language]
    if told >= max(ENOUGH, 2 * french, names):
        clear = told >= max(CLEAR, 4 * french, CLEAR_SHARE * len(words))
        heard = _heard(text, 0.0, but_french=True) if clear else _heard(text, SURE)
    elif french == 0 and (told > names or _is_strange(quiet, words, knows)):
        heard = _heard(text, VERY_SURE)
    else:
        return None
    return heard if heard == language or not told else None


def _script(letters: str) -> Optional[str]:
    """The language of the script, when it has at least as many letters as the Latin one."""
    latin = len(_LATIN.findall(letters))
    for language, pattern in _SCRIPTS.items():
        if len(pattern.findall(letters)) >= max(latin, 2):
            return language
    return None


def _count(quiet: str, words: List[str]) -> Tuple[Dict[str, int], int, int]:
    """Small words of each language, its letters counting as one; those of French; names of French things."""
    lists, lowered = _lists(), set(quiet)
    own = {name: sum(map(lists[name].__contains__, words)) for name in LATIN}
    for name, letters in load_lexicon("languages")["letters"].items():
        own[name] += not lowered.isdisjoint(letters)
    french, names = (sum(map(lists[name].__contains__, words)) for name in ("fr", "borrowed"))
    return own, french, names


@lru_cache(maxsize=1)
def _lists() -> Dict[str, FrozenSet[str]]:
    lexicon = load_lexicon("languages")
    return {name: frozenset(str(lexicon[name]).split()) for name in ("fr", "borrowed", *LATIN)}


def _is_strange(quiet: str, words: List[str], knows: Callable[[str], bool]) -> bool:
    """Whether French knows too few of the words for this to be bad French; Turkish has few small words."""
    unknown = sum(len(word) >= SHORTEST_STRANGE and not knows(word) for word in _WORD.findall(folded(quiet)))
    return unknown >= max(ENOUGH, STRANGE * len(words))


def _but_names(text: str) -> str:
    """The words without a capital: someone who gives a Turkish name writes French."""
    return " ".join(word for word in text.split() if not word[0].isupper())


def _heard(text: str, least: float, but_french: bool = False) -> Optional[str]:
    """The language lingua hears, names of French things left out; None below ``least`` or when we lack it."""
    borrowed = _lists()["borrowed"]
    own = " ".join(word for word in text.split() if folded(word).strip(_SIGNS) not in borrowed)
    ranked = _detector().compute_language_confidence_values(own)
    best = next(one for one in ranked if not (but_french and one.language is Language.FRENCH))
    heard = best.language.iso_code_639_1.name.lower()
    return heard if heard in LATIN and best.value >= least else None


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    """Trigrams only: 22 MB instead of 230, and enough to confirm. Read at the first foreign message.

    It knows neighbours too, so that Portuguese is not taken for Spanish, nor German for English.
    """
    return LanguageDetectorBuilder.from_languages(*_CONFUSED).with_low_accuracy_mode().build()
