"""Codes of the second factor: those an application shows (RFC 6238), and the ten kept for a lost phone."""

import secrets
from datetime import datetime

import pyotp
import segno

from desk.ids import hash_token

STEP_SECONDS = 30
DRIFT = 1  # steps: a clock half a minute wrong is forgiven
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4  # 79 bits: a plain hash is enough


def new_secret() -> str:
    """What the desk and the application share, in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str, town: str) -> str:
    """What the picture says: otpauth://…"""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"Beffroi {town}")


def picture_of(address: str) -> str:
    """The same as a square to photograph, black on white in both themes: a data: address of an SVG."""
    return str(segno.make(address, micro=False).svg_data_uri(scale=5, border=4, dark="#000", light="#fff"))


def step_of(secret: str, code: str, now: datetime, used: int | None) -> int | None:
    """The 30-second step that ``code`` belongs to, later than the last one ``used``; None for a bad code."""
    digits = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - DRIFT, current + DRIFT + 1):
        fresh = used is None or step > used
        if fresh and pyotp.utils.strings_equal(pyotp.HOTP(secret).at(step), digits):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes such as ``abcd-efgh-jkmn-pqrs``, to be shown once."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def hash_recovery(code: str) -> str:
    """What is stored of a recovery code, however it was typed."""
    return hash_token("".join(char for char in code.lower() if char.isalnum()))


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP))
