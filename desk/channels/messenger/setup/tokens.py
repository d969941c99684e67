"""Whether a Page's token will do, from what Meta says of it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desk.channels.messenger.setup.report import Line, State, line

NEEDED = ("pages_messaging", "pages_manage_metadata")
USEFUL = ("pages_show_list", "pages_read_engagement")
"""To choose the Page when a token is made, and to read conversations by program: nothing here needs them."""


@dataclass(frozen=True)
class TokenFacts:
    """What Meta says of a token. Moments are None when it never expires, or when Meta says nothing."""

    valid: bool
    app_id: str
    scopes: frozenset[str]
    expires_at: datetime | None
    data_access_expires_at: datetime | None


def read_token(answer: dict[str, Any]) -> TokenFacts:
    """From the answer of ``debug_token``."""
    data = answer.get("data")
    facts = data if isinstance(data, dict) else {}
    scopes = facts.get("scopes")
    return TokenFacts(
        valid=facts.get("is_valid") is True,
        app_id=str(facts.get("app_id", "")),
        scopes=frozenset(scopes if isinstance(scopes, list) else ()),
        expires_at=_moment(facts.get("expires_at")),
        data_access_expires_at=_moment(facts.get("data_access_expires_at")),
    )


def judge(facts: TokenFacts, app_id: str, now: datetime, soon: datetime) -> Iterator[Line]:
    """Everything there is to say; what expires before ``soon`` is to be mended."""
    if not facts.valid:
        yield line(State.TODO, "token_invalid")
        return
    if facts.app_id != app_id:
        yield line(State.TODO, "token_of_another_app", app=facts.app_id or "?")
        return
    yield from _expiry("token_expires", facts.expires_at, now, soon)
    yield from _expiry("data_access_expires", facts.data_access_expires_at, now, soon)
    if facts.expires_at is None:
        yield line(State.OK, "token_forever")
    missing = [scope for scope in NEEDED if scope not in facts.scopes]
    if missing:
        yield line(State.TODO, "scopes_missing", scopes=", ".join(missing))
    else:
        yield line(State.OK, "scopes", scopes=", ".join(NEEDED))
    unused = [scope for scope in USEFUL if scope not in facts.scopes]
    if unused:
        yield line(State.NOTE, "scopes_useful", scopes=", ".join(unused))


def _expiry(key: str, moment: datetime | None, now: datetime, soon: datetime) -> Iterator[Line]:
    if moment is not None:
        days = max((moment - now).days, 0)
        yield line(State.TODO if moment < soon else State.NOTE, key, day=f"{moment:%d/%m/%Y}", days=days)


def _moment(seconds: object) -> datetime | None:
    """From seconds since 1970; 0 is never."""
    if not isinstance(seconds, int) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
