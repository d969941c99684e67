"""E-mail addresses and French phone numbers written in a message."""

import re
from dataclasses import dataclass

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_PHONE = re.compile(r"(?<![\d+])(?:\+33|0033|0)\s*(?:\(0\)\s*)?[1-9](?:[\s.\u00a0\u202f-]*\d{2}){4}(?!\d)")
_NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True)
class Contact:
    """How to reach a citizen elsewhere; ``only`` when the message says nothing more."""

    email: str | None
    phone: str | None
    only: bool

    def __bool__(self) -> bool:
        return bool(self.email or self.phone)


def find_contact(text: str) -> Contact:
    """The first address and the first number in ``text``."""
    email = _EMAIL.search(text)
    phone = _PHONE.search(text)
    rest = _PHONE.sub(" ", _EMAIL.sub(" ", text))
    few_words = len(re.findall(r"\w+", rest)) <= MAX_WORDS_AROUND
    return Contact(
        email=email[0].rstrip(".") if email else None,
        phone=normal_phone(phone[0]) if phone else None,
        only=bool(email or phone) and few_words and "?" not in rest,
    )


MAX_WORDS_AROUND = 8  # "voici mon adresse", "mon numéro c’est le": still only a contact


def normal_phone(written: str) -> str:
    """``+33612345678`` and ``06.12.34.56.78`` both become ``06 12 34 56 78``."""
    digits = _NOT_DIGIT.sub("", written)
    if digits.startswith("0033"):
        digits = digits[4:]
    elif digits.startswith("33") and len(digits) > NATIONAL_LENGTH:
        digits = digits[2:]
    digits = "0" + digits.lstrip("0")
    return " ".join(digits[start : start + 2] for start in range(0, NATIONAL_LENGTH, 2))


NATIONAL_LENGTH = 10
