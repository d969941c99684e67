"""Which passwords may be chosen: CNIL recommendation of July 2022, password alone with throttling.

At least 12 characters, nothing that whoever knows the person would try, nothing on everybody's list.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from desk.errors import BadRequest

MIN_LENGTH = 12
MAX_LENGTH = 200  # enough for any sentence; argon2 would work longer on more
COMMON = Path(__file__).with_name("common_passwords.txt")

_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890")
_KEYBOARD = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUN, _KEYBOARD_RUN = 4, 5  # « liberty » has four neighbours of the keyboard
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_REPEATED = re.compile(r"(.)\1{3}|^(.+?)\2+$", re.DOTALL)


def check_password(password: str, email: str, first_name: str, town: str) -> str:
    """The password. Raises BadRequest with the first rule that it breaks."""
    if len(password) < MIN_LENGTH:
        raise BadRequest("password_too_short", minimum=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise BadRequest("password_too_long", maximum=MAX_LENGTH)
    if is_regular(password):
        raise BadRequest("password_regular")
    if _is_common(password):
        raise BadRequest("password_common")
    if _holds(password, _words_about(email, first_name, town)):
        raise BadRequest("password_personal")
    return password


def is_regular(password: str) -> bool:
    """Whether characters are repeated or follow each other: « aaaa », « 1234 », « azerty », a word twice."""
    small = password.casefold()
    return bool(_REPEATED.search(small)) or any(run in small for run in _runs())


@cache
def _runs() -> tuple[str, ...]:
    found = [run for row in _ROWS for run in _pieces(row, _RUN)]
    found += [run for row in _KEYBOARD for run in _pieces(row, _KEYBOARD_RUN)]
    return tuple(found) + tuple(run[::-1] for run in found)


def _pieces(row: str, length: int) -> Iterator[str]:
    return (row[start : start + length] for start in range(len(row) - length + 1))


def _is_common(password: str) -> bool:
    """A word of the list, whatever figures and signs stand before and after it."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    return any(_letters(text) in _common() for text in (bare, bare.translate(_LEET)))


@cache
def _common() -> frozenset[str]:
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _words_about(email: str, first_name: str, town: str) -> set[str]:
    local, _, domain = email.partition("@")
    parts = re.split(r"[\W\d_]+", f"{local} {domain.rpartition('.')[0]} {town}")
    whole = {_letters(local), _letters(first_name), _letters(town), "beffroi"}
    return {word for word in whole if len(word) > 2} | {_letters(part) for part in parts if len(part) > 3}


def _holds(password: str, words: Iterable[str]) -> bool:
    """Whether one of ``words`` is in it, also with figures for letters. A short one must stand alone."""
    written = (password, password.translate(_LEET))
    alone = {_letters(part) for text in written for part in re.split(r"[\W\d_]+", text)}
    joined = [_letters(text) for text in written]
    return any(word in alone if len(word) < 4 else any(word in text for text in joined) for word in words)


def _letters(text: str) -> str:
    """Small letters without accents, and nothing else."""
    flat = unicodedata.normalize("NFD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(char for char in flat if char.isalpha())
