"""What thumbs, keyboards and copy-and-paste do to a message: each a function of the text and of chance."""

import html
import random
import unicodedata
from collections.abc import Callable

NEAR = {
    "a": "zq", "z": "ae", "e": "zr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo", "o": "ip",
    "p": "o", "q": "as", "s": "qd", "d": "sf", "f": "dg", "g": "fh", "h": "gj", "j": "hk", "k": "jl",
    "l": "km", "m": "l", "w": "x", "x": "wc", "c": "xv", "v": "cb", "b": "vn", "n": "b",
}  # fmt: skip
"""Neighbours on a French (azerty) keyboard."""

LONG = 4
"""Letters; in shorter words a slip makes another word, and people notice."""

Perturbation = Callable[[str, random.Random], str]


def no_accents(text: str, _chance: random.Random) -> str:
    kept = unicodedata.normalize("NFD", text)
    return "".join(char for char in kept if not unicodedata.combining(char))


def missing_letter(text: str, chance: random.Random) -> str:
    return _in_a_word(text, chance, lambda word, at: word[:at] + word[at + 1 :])


def swapped_letters(text: str, chance: random.Random) -> str:
    return _in_a_word(text, chance, lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :])


def keyboard_slip(text: str, chance: random.Random) -> str:
    def slip(word: str, at: int) -> str:
        near = NEAR.get(word[at].lower())
        return word[:at] + chance.choice(near) + word[at + 1 :] if near else word

    return _in_a_word(text, chance, slip)


def run_together(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    if len(words) < 3:
        return text
    at = chance.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]])


def capitals(text: str, _chance: random.Random) -> str:
    return text.upper()


def emoji(text: str, chance: random.Random) -> str:
    return f"{text} {chance.choice(['🙏', '😡', '😊😊', '👍🏽', '❤️', '🤷‍♀️'])}"


def typographic_apostrophe(text: str, _chance: random.Random) -> str:
    return text.replace("'", "’")


def straight_apostrophe(text: str, _chance: random.Random) -> str:
    return text.replace("’", "'")


def modifier_apostrophe(text: str, _chance: random.Random) -> str:
    return text.replace("’", "ʼ").replace("'", "ʼ")


def double_spaces(text: str, _chance: random.Random) -> str:
    return "  ".join(text.split(" "))


def no_break_spaces(text: str, _chance: random.Random) -> str:
    return text.replace(" ", "\u00a0")


def entities(text: str, _chance: random.Random) -> str:
    escaped = html.escape(text, quote=True)
    return "".join(char if char.isascii() else f"&#{ord(char)};" for char in escaped)


PERTURBATIONS: dict[str, Perturbation] = {
    "accents dropped": no_accents, "a letter missing": missing_letter, "two letters swapped": swapped_letters,
    "a neighbouring key": keyboard_slip, "two words run together": run_together, "all capitals": capitals,
    "emoji": emoji, "apostrophe ’": typographic_apostrophe, "apostrophe '": straight_apostrophe,
    "apostrophe ʼ": modifier_apostrophe, "double spaces": double_spaces, "no-break spaces": no_break_spaces,
    "HTML entities": entities,
}  # fmt: skip


def perturbed(texts: list[str], change: Perturbation) -> list[str]:
    """Every text changed, the same way at each run."""
    chance = random.Random(2026)
    return [change(text, chance) for text in texts]


def _in_a_word(text: str, chance: random.Random, change: Callable[[str, int], str]) -> str:
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= LONG]
    if not long:
        return text
    chosen = chance.choice(long)
    words[chosen] = change(words[chosen], chance.randrange(len(words[chosen]) - 1))
    return " ".join(words)
