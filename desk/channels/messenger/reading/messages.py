"""What is said: a citizen's message or tap, the echo of what the Page wrote, a link that was followed."""

import hashlib
import json
from typing import Any

from desk.assistant.payloads import START
from desk.channels.messenger.events import Came, Echo, Malformed, Piece, Said, Source, What
from desk.channels.messenger.pieces import LIKE, MOST, piece_of
from desk.channels.messenger.setup.profile import GET_STARTED
from desk.channels.messenger.values import app_id, mapping, message_id, payload, sequence, words


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


def _key(kind: str, source: Source, stamp: str, found: dict[str, Any]) -> str:
    """What tells a second arrival of an event without an identifier (Meta: type, sender, time, payload)."""
    try:
        body = json.dumps(found, sort_keys=True)
    except RecursionError:
        body = ""
    whole = f"{kind}\n{source.page}\n{source.person}\n{stamp}\n{body}"
    return f"{kind}:{hashlib.sha256(whole.encode()).hexdigest()}"
