"""What came with a message beside its words, as the conversation shows it."""

from dataclasses import dataclass
from typing import Any

from desk.conversations.media_kinds import PICTURES
from desk.conversations.models import Message
from desk.staff.labels import label

SAFE = ("https://", "http://")
"""What a link of a citizen's may begin with."""

SAVED = ("audio/", "video/")


@dataclass(frozen=True)
class ShownFile:
    """``href`` is empty for what cannot be opened; ``kind``: picture, saved (downloaded), file, link…"""

    kind: str
    name: str
    href: str = ""
    size: int = 0
    state: str = ""


def shown_files(message: Message, reference: str) -> list[ShownFile]:
    """The attachments of a message, opened from the page of the ticket ``reference``."""
    return [_shown(entry, reference) for entry in message.attachments if isinstance(entry, dict)]


def _shown(entry: dict[str, Any], reference: str) -> ShownFile:
    kind = str(entry.get("kind") or "file")
    name = str(entry.get("name") or "")
    if kind != "file":
        url = str(entry.get("url") or "")
        opens = kind in ("location", "link") and url.startswith(SAFE)
        return ShownFile(kind, _called(kind, name, url), url if opens else "")
    state = str(entry.get("state") or "kept")
    if state in ("wanted", "lost"):
        # until it has come, it is called by the platform's word for its kind
        return ShownFile(kind, label("file_name", name), state=label("file_state", state))
    media = str(entry.get("media_type") or "")
    kind = "picture" if media in PICTURES else "saved" if media.startswith(SAVED) else "file"
    href = f"/staff/tickets/{reference}/attachments/{entry.get('id')}"
    return ShownFile(kind, name, href, round(int(entry.get("size") or 0) / 1024))


def _called(kind: str, name: str, url: str) -> str:
    """« Lien : Horaires d’ouverture »; a kind that nobody knows is called unknown."""
    what = label("file_kind", kind) if label("file_kind", kind) != kind else label("file_kind", "unknown")
    about = name if name or kind != "link" else url
    return f"{what}\u00a0: {about}" if about else what
