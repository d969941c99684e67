"""What each kind of event says. Pure: takes any JSON, raises nothing."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from desk.assistant.payloads import START
from desk.channels.messenger.events import (
    Came,
    Control,
    Echo,
    Edited,
    Ignored,
    Malformed,
    Piece,
    Policy,
    Rated,
    Reacted,
    Received,
    Said,
    Source,
    What,
)
from desk.channels.messenger.pieces import LIKE, MOST, piece_of
from desk.channels.messenger.setup.profile import GET_STARTED
from desk.channels.messenger.values import (
    app_id,
    mapping,
    message_id,
    moment,
    payload,
    sequence,
    short,
    words,
)

MOST_EDITS = 1_000
MOST_MIDS = 1_000
LONGEST_EMOJI = 32
_MEANT = {"love": "❤", "like": "👍", "dislike": "👎", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠"}
"""Meta's names of the reactions, for an event that has only the name."""


def read_message(found: Any, source: Source) -> What:
    """A citizen's message, or the echo of what the Page wrote."""
    message = mapping(found)
    mid = message_id(message.get("mid"))
    is_echo = message.get("is_echo") is True
    if mid is None or not source.person:
        return Malformed()
    text, too_long = words(message.get("text"))
    attachments = sequence(message.get("attachments"))
    pieces = [piece for piece in map(piece_of, attachments[:MOST]) if piece is not None]
    if not (text or pieces):
        pieces = [Piece("unknown")]  # Meta cannot show it either; it still asks for an answer
    if [piece.name for piece in pieces if piece.kind == "sticker"] == [LIKE] and not text:
        text, pieces = LIKE, [piece for piece in pieces if piece.kind != "sticker"]
    if is_echo:
        metadata = message.get("metadata")
        return Echo(mid, app_id(message.get("app_id")), metadata if isinstance(metadata, str) else "", text,
                    tuple(pieces))  # fmt: skip
    tapped = payload(mapping(message.get("quick_reply")).get("payload"))
    return Said(mid, text, tapped, tuple(pieces), too_long or len(attachments) > MOST)


def read_postback(found: Any, source: Source, stamp: str) -> What:
    """A button of a message or of the menu, an ice breaker, or Get Started."""
    postback = mapping(found)
    if not postback or not source.person:
        return Malformed()
    tapped = payload(postback.get("payload"))
    mid = message_id(postback.get("mid"))
    title, _ = words(postback.get("title"))
    return Said(mid or _key("postback", source, stamp, postback), title,
                START if tapped == GET_STARTED else tapped)  # fmt: skip


def read_referral(_found: Any, source: Source) -> What:
    """What the link said is nobody's business here: that somebody followed it lets the town write."""
    return Came() if source.person else Malformed()


def read_edit(found: Any, source: Source) -> What:
    """``num_edit`` counts from 1; Meta allows five."""
    edit = mapping(found)
    mid, (text, _) = message_id(edit.get("mid")), words(edit.get("text"))
    number = edit.get("num_edit")
    is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MOST_EDITS
    if mid is None or not text or not source.person:
        return Malformed()
    return Edited(mid, text, number if is_number else None)


def read_reaction(found: Any, source: Source) -> What:
    """``react`` with an emoji, or ``unreact``."""
    reaction = mapping(found)
    mid, action = message_id(reaction.get("mid")), reaction.get("action")
    if mid is None or not source.person or action not in ("react", "unreact"):
        return Malformed()
    if action == "unreact":
        return Reacted(mid, None)
    name = reaction.get("reaction")
    meant = _MEANT.get(name) if isinstance(name, str) else None
    emoji = short(reaction.get("emoji"), LONGEST_EMOJI) or meant
    return Reacted(mid, emoji) if emoji else Malformed()


def read_delivery(found: Any, source: Source, now: datetime) -> What:
    """``mids`` is optional."""
    delivery = mapping(found)
    known = [message_id(mid) for mid in sequence(delivery.get("mids"))[:MOST_MIDS]]
    mids = tuple(mid for mid in known if mid)
    watermark = moment(delivery.get("watermark"), now)
    if not source.person or (watermark is None and not mids):
        return Malformed()
    return Received(mids, delivered=watermark)


def read_read(found: Any, source: Source, now: datetime) -> What:
    """All up to the watermark was read, and so had arrived."""
    watermark = moment(mapping(found).get("watermark"), now)
    if not source.person or watermark is None:
        return Malformed()
    return Received(delivered=watermark, read=watermark)


def read_control(found: Any, source: Source) -> What:
    """Who has the thread now, passed to or taken."""
    control = mapping(found)
    owner = app_id(control.get("new_owner_app_id"))
    if not source.person or (owner is None and control.get("new_owner_app_id") is not None):
        return Malformed()
    return Control(owner) if control else Malformed()


def read_policy(found: Any, _source: Source) -> What:
    """Of the Page, so nobody is named."""
    policy = mapping(found)
    action = policy.get("action")
    if action not in ("warning", "block", "unblock"):
        return Malformed()
    return Policy(action, short(policy.get("reason"), 1000))


def read_feedback(found: Any, _source: Source) -> What:
    """« Good response » or « Bad response », in whatever words may follow."""
    feedback = mapping(found)
    mid, said = message_id(feedback.get("mid")), short(feedback.get("feedback"), 100).lower()
    if mid is None or not said.startswith(("good", "bad")):
        return Malformed()
    return Rated(mid, said.startswith("good"))


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


def _key(kind: str, source: Source, stamp: str, found: dict[str, Any]) -> str:
    """What tells a second arrival of an event without an identifier (Meta: type, sender, time, payload)."""
    try:
        body = json.dumps(found, sort_keys=True)
    except RecursionError:
        body = ""
    whole = f"{kind}\n{source.page}\n{source.person}\n{stamp}\n{body}"
    return f"{kind}:{hashlib.sha256(whole.encode()).hexdigest()}"
