"""What Meta knows: tokens, what a person received, what was asked of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulators.graph_api.credentials import APP_ID

SCOPES = ["pages_messaging", "pages_manage_metadata", "pages_show_list", "pages_read_engagement"]
FIELDS = [
    "messages", "messaging_postbacks", "messaging_referrals", "message_echoes", "message_deliveries",
    "message_reads", "message_reactions", "message_edits", "messaging_handovers", "standby",
    "messaging_policy_enforcement",
]  # fmt: skip
OTHER_FIELDS = {"messaging_optins", "messaging_account_linking", "response_feedback", "feed"}


@dataclass
class Token:
    """A Page's token; tests change it. The two ends are seconds since 1970, 0 for never."""

    value: str
    app_id: str = APP_ID
    is_valid: bool = True
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    expires_at: int = 0
    data_access_expires_at: int = 0


@dataclass
class Received:
    """A message of the Page on somebody's telephone. ``template`` is the template's payload."""

    mid: str
    text: str
    buttons: list[dict[str, Any]]
    quick_replies: list[dict[str, Any]]
    template: dict[str, Any] | None
    tag: str | None
    messaging_type: str
    persona_id: str | None
    metadata: str | None
    at: datetime

    @classmethod
    def from_body(cls, mid: str, body: dict[str, Any], at: datetime) -> "Received":
        """What the Send API's request shows."""
        message = body["message"]
        attachment = message.get("attachment") or {}
        template = attachment.get("payload") if attachment.get("type") == "template" else None
        return cls(
            mid, message.get("text") or (template or {}).get("text", ""), (template or {}).get("buttons", []),
            message.get("quick_replies", []), template, body.get("tag"), body["messaging_type"],
            body.get("persona_id"), message.get("metadata"), at,
        )  # fmt: skip


@dataclass
class Call:
    """A call of the Graph API. ``path`` has no version: ``/100000000000001/messages``.

    ``error`` says why Meta's own rules refused it ("" otherwise); a failure that a test asked for is none.
    """

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]
    error: str = ""


@dataclass
class Failure:
    """What happens to the next ``times`` calls whose path ends with ``on``, of one person or of anybody.

    ``does``: refuse, http (an error page), lose (done, and no answer) or ignore (not done, no answer).
    """

    does: str
    times: int
    on: str = "messages"
    psid: str | None = None
    code: int = 0
    subcode: int = 0
    status: int = 400
