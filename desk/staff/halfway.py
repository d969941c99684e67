"""Halfway through a log-in: the password was good, the code is still to come, no session is open.

What the page carries in between is signed with a key made of the account itself: any desk on the same
database reads it, and it is worth nothing once the password or the second factor has changed.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from desk.staff.models import Staff

LASTS = timedelta(minutes=10)


def halfway_pass(staff: Staff, browser: str, now: datetime) -> str:
    """Proof that the password was good, for this browser (the key of its log-in form) only."""
    told = f"{staff.id}.{int((now + LASTS).timestamp())}"
    return f"{told}.{_signed(staff, browser, told)}"


def holder_of(given: str) -> int | None:
    """The account that a pass says it is for; nothing is proved yet."""
    number = given.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def is_good(staff: Staff, given: str, browser: str, now: datetime) -> bool:
    """Whether the desk itself gave this pass, to this browser, lately."""
    told, _, signature = given.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signed(staff, browser, told).encode()):
        return False
    return now.timestamp() < int(told.partition(".")[2])


def _signed(staff: Staff, browser: str, told: str) -> str:
    key = f"halfway\n{staff.password_hash}\n{staff.totp_secret}".encode()
    return hmac.new(key, f"{told}\n{browser}".encode(), hashlib.sha256).hexdigest()
