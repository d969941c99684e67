"""Single values of Meta's JSON: each function takes anything, and says None for what makes no sense."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from desk.conversations.errors import MAX_TEXT, check_text
from desk.errors import BadRequest

_ID = re.compile(r"[\x21-\x7e]{1,128}")
_APP = re.compile(r"[0-9]{1,32}")
_MID = re.compile(r"[\x21-\x7e]{1,255}")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,4000}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(2011, 1, 1, tzinfo=UTC)
"""There was no Messenger before: a moment that is not in milliseconds."""

MAX_PAYLOAD = 1000


def mapping(found: Any) -> dict[str, Any]:
    """A JSON object, empty when it is none."""
    return found if isinstance(found, dict) else {}


def sequence(found: Any) -> list[Any]:
    """A JSON array, empty when it is none."""
    return found if isinstance(found, list) else []


def identifier(found: Any) -> str | None:
    """A Page or a person: documented as a string, taken as a number as well."""
    written = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
    return written if isinstance(written, str) and _ID.fullmatch(written) else None


def app_id(found: Any) -> str | None:
    """An application: Meta's own pages write it both as a string and as a number."""
    written = identifier(found)
    return written if written and _APP.fullmatch(written) else None


def message_id(found: Any) -> str | None:
    """A message's own identifier; one that no column takes is told by its digest."""
    if not isinstance(found, str) or not found:
        return None
    if _MID.fullmatch(found):
        return found
    return "sha256:" + hashlib.sha256(found.encode("utf-8", "surrogatepass")).hexdigest()


def words(found: Any) -> tuple[str, bool]:
    """What was written, empty when nothing was; whether it was cut to what is stored."""
    if not isinstance(found, str):
        return "", False
    try:
        return check_text(found[:MAX_TEXT]), len(found.strip()) > MAX_TEXT
    except BadRequest:
        return "", False


def short(found: Any, most: int) -> str:
    """A word or two, on one line; empty when it is none, or longer than ``most``."""
    said, _ = words(found)
    said = " ".join(said.split())
    return said if len(said) <= most else ""


def payload(found: Any) -> str | None:
    """A button's payload; ours are never longer than Meta allows."""
    if not isinstance(found, str) or not 0 < len(found) <= MAX_PAYLOAD:
        return None
    return found if found.isprintable() else None


def address(found: Any) -> str | None:
    """Where something is on the web."""
    return found if isinstance(found, str) and _ADDRESS.fullmatch(found) else None


def moment(found: Any, now: datetime) -> datetime | None:
    """Milliseconds since 1970, as far as they have passed."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    if not _milliseconds(_EARLIEST) <= found:  # also what is not a number
        return None
    return now if found >= _milliseconds(now) else _EPOCH + timedelta(milliseconds=found)


def _milliseconds(at: datetime) -> float:
    return (at - _EPOCH) / timedelta(milliseconds=1)
