"""A Facebook Page as Meta sees it, its inbox, and the humans who answer there."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.graph_api.credentials import APP_ID, INBOX, INBOX_IN_ECHOES, NAMES, TOKENS
from tests.simulators.graph_api.person import Person
from tests.simulators.graph_api.state import FIELDS, Token

if TYPE_CHECKING:
    from tests.simulators.graph_api.meta import Meta

_FIELD_OF = {
    "postback": "messaging_postbacks", "referral": "messaging_referrals",
    "delivery": "message_deliveries", "read": "message_reads", "reaction": "message_reactions",
    "message_edit": "message_edits", "pass_thread_control": "messaging_handovers",
    "take_thread_control": "messaging_handovers", "request_thread_control": "messaging_handovers",
    "app_roles": "messaging_handovers", "policy_enforcement": "messaging_policy_enforcement",
    "response_feedback": "response_feedback", "optin": "messaging_optins",
    "account_linking": "messaging_account_linking",
}  # fmt: skip


class Page:
    """Tests change its attributes. ``subscribed``: the fields that the application gets, None for none."""

    def __init__(self, meta: "Meta", id: str, *, human_agent: bool) -> None:
        self.meta, self.id, self.name = meta, id, NAMES[id]
        self.token = Token(TOKENS[id])
        self.human_agent = human_agent
        self.subscribed: set[str] | None = set(FIELDS)
        self.restricted = False
        self.has_default_app = True
        self.feature_status: dict[str, Any] = {"hop_v2": True}  # [U]: what it holds is written nowhere
        self.profile: dict[str, Any] = {}
        self.profile_calls: list[datetime] = []
        self.personas: dict[str, dict[str, Any]] = {}
        self.people: dict[str, Person] = {}
        self.failing_since: datetime | None = None
        self.sent_at: list[float] = []

    def person(self, psid: str) -> Person:
        """Somebody under their number on this Page, the same one each time."""
        if psid not in self.people:
            self.people[psid] = Person(self, psid)
        return self.people[psid]

    async def inbox_reply(
        self, person: Person, text: str, *, attachment: dict[str, Any] | None = None, standby: bool = False
    ) -> str:
        """A human answers in the Page inbox, which takes control without a word; the mid.

        Nothing says whether the echo then stands in ``messaging`` or, as ``standby`` asks, in ``standby``.
        """
        mid = self.meta.new_mid()
        person.give_to(INBOX)
        person.receives(mid, "inbox", text)
        message: dict[str, Any] = {"mid": mid, "is_echo": True, "app_id": INBOX_IN_ECHOES}
        if text:
            message["text"] = text
        if attachment is not None:
            message["attachments"] = [attachment]
        await self.meta.tell(self, person, {"message": message}, by_page=True, standby=standby)
        return mid

    async def pass_control(self, person: Person, to: str = APP_ID) -> None:
        """The Page inbox hands a thread over: back to us, or to another application."""
        before = person.holder
        person.give_to(to)
        said = {"previous_owner_app_id": before, "new_owner_app_id": to, "metadata": "from the inbox"}
        if to == APP_ID:
            await self.meta.tell(self, person, {"pass_thread_control": said})

    async def take_control(self, person: Person) -> None:
        """The Page inbox takes a thread from us, and says so."""
        person.give_to(INBOX)
        said = {"previous_owner_app_id": APP_ID, "new_owner_app_id": INBOX, "metadata": ""}
        await self.meta.tell(self, person, {"take_thread_control": said})

    async def request_control(self, person: Person, app: str) -> None:
        """Another application asks for a thread."""
        said = {"requested_owner_app_id": int(app), "metadata": "please"}
        await self.meta.tell(self, person, {"request_thread_control": said})

    async def policy(self, action: str, reason: str = "") -> None:
        """Meta warns, blocks or unblocks the Page."""
        self.restricted = {"block": True, "unblock": False}.get(action, self.restricted)
        said = {"action": action} | ({"reason": reason} if reason else {})
        await self.meta.tell(self, None, {"policy_enforcement": said})

    def hears(self, body: dict[str, Any], standby: bool) -> bool:
        """Whether the application subscribed to what an event is about."""
        if self.subscribed is None:
            return False
        if standby:
            return "standby" in self.subscribed
        if "message" in body:
            return ("message_echoes" if body["message"].get("is_echo") else "messages") in self.subscribed
        known = [_FIELD_OF[key] for key in body if key in _FIELD_OF]
        return not known or known[0] in self.subscribed

    def heard(self, now: datetime, ok: bool, unsubscribe_after: timedelta) -> None:
        """The webhook answered, or failed: after an hour of failures the application is unsubscribed."""
        if ok:
            self.failing_since = None
        elif self.failing_since is None:
            self.failing_since = now
        elif now - self.failing_since >= unsubscribe_after:
            self.subscribed, self.failing_since = None, None
