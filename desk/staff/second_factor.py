"""A person's second factor: prepared, turned on by a first code, asked at each log-in, turned off.

Every function takes an account whose row is locked (``account_of(lock=True)``): of two log-ins with the same
code, one passes.
"""

from datetime import datetime
from typing import Literal

from desk.staff.models import Staff
from desk.staff.totp import hash_recovery, new_recovery_codes, new_secret, step_of

Kind = Literal["code", "recovery"]


def prepare(staff: Staff) -> None:
    """Draw a secret, which counts for nothing until a code proves that the person's application has it."""
    if not staff.totp_on:
        staff.totp_secret, staff.totp_step = new_secret(), None


def turn_on(staff: Staff, code: str, now: datetime) -> list[str] | None:
    """The recovery codes, to be shown once; None when the code is not the application's."""
    step = step_of(staff.totp_secret, code, now, staff.totp_step) if staff.totp_secret else None
    if step is None:
        return None
    staff.totp_on, staff.totp_step = True, step
    return _draw_codes(staff)


def new_codes(staff: Staff, code: str, now: datetime) -> list[str] | None:
    """Recovery codes in place of the old ones, to be shown once; None for a bad ``code``."""
    return None if use_code(staff, code, now) is None else _draw_codes(staff)


def _draw_codes(staff: Staff) -> list[str]:
    codes = new_recovery_codes()
    staff.recovery_codes = [hash_recovery(one) for one in codes]
    return codes


def use_code(staff: Staff, code: str, now: datetime) -> Kind | None:
    """How ``code`` proves the second factor, and it proves nothing any more; None for a bad one."""
    if not staff.totp_on or not staff.totp_secret:
        return None
    step = step_of(staff.totp_secret, code, now, staff.totp_step)
    if step is not None:
        staff.totp_step = step
        return "code"
    hashed = hash_recovery(code)
    if hashed not in staff.recovery_codes:
        return None
    staff.recovery_codes = [one for one in staff.recovery_codes if one != hashed]
    return "recovery"


def turn_off(staff: Staff) -> None:
    """The password alone opens the account again."""
    staff.totp_on, staff.totp_secret, staff.totp_step, staff.recovery_codes = False, None, None, []
