"""What comes beside the words of a message: files to fetch, and what is no file."""

import math
from typing import Any

from desk.channels.messenger.events import Piece
from desk.channels.messenger.values import address, mapping, short

LIKE = "👍"
_LIKES = frozenset({369239263222822, 369239343222814, 369239383222810})
"""The three sizes of the thumb beside Messenger's text field (Meta)."""

FILES = frozenset({"image", "audio", "video", "file"})
_FILES = {**{kind: kind for kind in FILES}, "reel": "video", "ig_reel": "video"}
_LONGEST_NAME = 120
MOST = 40
"""Meta sends 30 pictures at once at most."""


def piece_of(attachment: Any) -> Piece | None:
    """What an attachment is; None for a link that is only what the words already say."""
    found = mapping(attachment)
    kind, payload = found.get("type"), mapping(found.get("payload"))
    if kind == "sticker" or "sticker_id" in payload:  # stickers were images until August 2026
        return Piece("sticker", name=LIKE if _is_like(payload.get("sticker_id")) else "")
    if isinstance(kind, str) and kind in _FILES:
        return Piece(_FILES[kind], address(payload.get("url")))
    if kind == "location":
        return _place(found, mapping(payload.get("coordinates")))
    if kind == "fallback":
        return _link(found, payload)
    return Piece("unknown")


def _is_like(number: Any) -> bool:
    return str(number) in {str(like) for like in _LIKES}


def _place(found: dict[str, Any], coordinates: dict[str, Any]) -> Piece:
    """A point on OpenStreetMap; the type is no longer documented, and may still come."""
    latitude, longitude = _degrees(coordinates.get("lat"), 90), _degrees(coordinates.get("long"), 180)
    if latitude is None or longitude is None:
        return Piece("unknown")
    url = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
    return Piece("location", url, short(found.get("title"), _LONGEST_NAME))


def _degrees(found: Any, most: int) -> str | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return f"{float(found):.6f}" if math.isfinite(found) and abs(found) <= most else None


def _link(found: dict[str, Any], payload: dict[str, Any]) -> Piece | None:
    """A page that was shared; older events have its title and address beside the payload."""
    url = address(payload.get("url")) or address(found.get("url"))
    name = short(payload.get("title"), _LONGEST_NAME) or short(found.get("title"), _LONGEST_NAME)
    return Piece("link", url, name) if url or name else None
