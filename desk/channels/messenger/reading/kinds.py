"""Which reader each kind of event has."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from desk.channels.messenger.events import Ignored, Source, What
from desk.channels.messenger.reading.messages import read_message, read_postback, read_referral
from desk.channels.messenger.reading.notices import read_control, read_delivery, read_policy, read_read
from desk.channels.messenger.reading.reactions import read_edit, read_feedback, read_reaction

READERS: dict[str, Callable[[Any, Source], What]] = {
    "message": read_message,
    "referral": read_referral,
    "message_edit": read_edit,
    "reaction": read_reaction,
    "pass_thread_control": read_control,
    "take_thread_control": read_control,
    "policy_enforcement": read_policy,
    "response_feedback": read_feedback,
}
"""Those that hang on nothing but what is in them."""

NOTED = frozenset({"request_thread_control", "app_roles", "optin", "account_linking"})
"""Known, counted, and nothing to do about."""


def read(kind: str, found: Any, source: Source, stamp: str, now: datetime) -> What:
    """What an event of ``kind`` says; ``stamp`` tells two of them apart that have no identifier."""
    if kind == "postback":
        return read_postback(found, source, stamp)
    if kind == "delivery":
        return read_delivery(found, source, now)
    if kind == "read":
        return read_read(found, source, now)
    return READERS[kind](found, source) if kind in READERS else Ignored()
