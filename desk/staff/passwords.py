"""Passwords: argon2id through argon2-cffi, with its current recommended parameters."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.staff.password_rules import is_regular

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(16))
"""Checked when the account does not exist, so that both refusals take the same time."""


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one ``stored`` was made from; nothing stored opens nothing."""
    try:
        return _hasher.verify(stored or _NOBODY, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """A generated password, 100 bits, easy to type, that the rules accept."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    while True:
        groups = ("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
        password = "-".join(groups)
        if not is_regular(password):
            return password
