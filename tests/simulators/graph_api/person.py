"""A citizen with Messenger on their telephone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.graph_api.credentials import APP_ID
from tests.simulators.graph_api.state import Received
from tests.simulators.graph_api.webhooks import milliseconds

if TYPE_CHECKING:
    from tests.simulators.graph_api.page import Page

PATIENCE = 20
IDLE = timedelta(hours=24)
MOST_EDITS = 5
LIKE = {
    "type": "sticker",
    "payload": {"url": "https://scontent.example/like.png", "sticker_id": 369239263222822},
}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c6390"
    "f2e90600017500f20fa8c2db0000000049454e44ae426082"
)


@dataclass
class Line:
    """What the telephone shows, whoever wrote it: person, page or inbox.

    ``state`` of the person's own lines: "" on its way, delivered, seen.
    """

    mid: str
    author: str
    text: str
    at: datetime
    more: dict[str, Any] = field(default_factory=dict)
    state: str = ""


class Person:
    """``inbox`` is what the Page sent, ``actions`` its typing bubbles; the rest is what a test may change.

    ``opened_at``: their last act that lets the Page write. ``has_no_name``: an account that shows none.
    """

    def __init__(self, page: "Page", psid: str) -> None:
        self.page, self.psid = page, psid
        self.first_name = "Léa"
        self.inbox: list[Received] = []
        self.actions: list[str] = []
        self.talk: list[Line] = []
        self.version = 0
        self.is_typed_to = False
        self.opened_at: datetime | None = None
        self.is_blocked = False
        self.has_no_name = False
        self._holder: tuple[str, datetime] | None = None
        self._edits: dict[str, int] = {}
        self._changed = asyncio.Event()

    @property
    def holder(self) -> str | None:
        """The application that controls the thread; None once it was idle for a day."""
        if self._holder is None or self.page.meta.clock.now() >= self._holder[1]:
            return None
        return self._holder[0]

    @property
    def holder_until(self) -> datetime | None:
        return self._holder[1] if self.holder and self._holder else None

    @property
    def is_elsewhere(self) -> bool:
        """Whether another application answers them: ours only hears it in standby."""
        return self.holder not in {None, APP_ID}

    def give_to(self, app: str | None, idle: timedelta = IDLE) -> None:
        """Who controls the thread from now on; None for nobody."""
        self._holder = (app, self.page.meta.clock.now() + idle) if app else None

    async def says(
        self, text: str, *, at: datetime | None = None, reply_to: str | None = None, **more: Any
    ) -> str:
        """Write; the mid, once the webhook has answered 200. ``at`` when Meta says another time than now."""
        return await self._writes({"text": text} | _answering(reply_to) | more, at)

    async def quick_reply(self, title: str, payload: str) -> str:
        """Tap a quick reply."""
        return await self._writes({"text": title, "quick_reply": {"payload": payload}})

    async def sends(self, *attachments: dict[str, Any], text: str | None = None) -> str:
        """Send attachments: Meta's own objects, or ``{"type": …, "url": …}``."""
        written: dict[str, Any] = {"attachments": [_attachment(one) for one in attachments]}
        return await self._writes(written | ({} if text is None else {"text": text}))

    async def sends_image(self, data: bytes = PIXEL, text: str | None = None) -> str:
        """Send a photo that the simulator keeps and serves."""
        return await self.sends({"type": "image", "url": self.page.meta.media(data, "image/png")}, text=text)

    async def sends_like(self) -> str:
        """The thumb."""
        return await self.sends(LIKE)

    async def taps(self, title: str, payload: str, referral: dict[str, Any] | None = None) -> str:
        """Tap a button, or an item of the menu; the postback's mid."""
        mid = self.page.meta.new_mid()
        self._opens()
        line = Line(mid, "person", title, self.page.meta.clock.now())
        self._shows(line)
        postback: dict[str, Any] = {"mid": mid, "title": title, "payload": payload}
        if referral:
            postback["referral"] = referral
        if self.is_elsewhere:
            del postback["payload"]
        await self._tells({"postback": postback}, standby=self.is_elsewhere)
        self._arrived(line)
        return mid

    async def get_started(self, ref: str | None = None) -> str:
        """Tap the first button, perhaps at the end of a link."""
        payload = self.page.profile.get("get_started", {}).get("payload", "GET_STARTED")
        return await self.taps("Démarrer", payload, _referral(ref) if ref else None)

    async def opens_link(self, ref: str) -> None:
        """Follow an m.me link into a thread that exists."""
        self._opens()
        await self._tells({"referral": _referral(ref)})

    async def reacts(self, mid: str, emoji: str) -> None:
        """Put an emoji under a message."""
        self._opens()
        self._mark(mid, emoji)
        name = {"❤️": "love", "❤": "love", "👍": "like", "👎": "dislike"}.get(emoji, "other")
        await self._tells({"reaction": {"reaction": name, "emoji": emoji, "action": "react", "mid": mid}})

    async def unreacts(self, mid: str) -> None:
        """Take it away."""
        self._mark(mid, None)
        await self._tells({"reaction": {"action": "unreact", "mid": mid}})

    async def edits(self, mid: str, text: str) -> None:
        """Change a message of theirs; five times at most."""
        number = self._edits.get(mid, 0) + 1
        assert number <= MOST_EDITS, "Messenger allows five edits"
        self._edits[mid] = number
        for line in self.talk:
            if line.mid == mid:
                line.text = text
        await self._tells({"message_edit": {"mid": mid, "text": text, "num_edit": number}})

    async def reads(self) -> None:
        """See everything that came up to now."""
        watermark = milliseconds(self.page.meta.clock.now())
        await self._tells({"read": {"watermark": watermark}}, standby=self.is_elsewhere)

    async def emits(
        self, event: dict[str, Any], *, at: datetime | None = None, standby: bool = False
    ) -> None:
        """Any event at all, from them to the Page."""
        await self._tells(event, at=at, standby=standby)

    async def hears(self, count: int = 1) -> list[Received]:
        """Their inbox, once it holds ``count`` messages at least."""
        await self.until(lambda: len(self.inbox) >= count)
        return self.inbox

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the telephone shows what is expected."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await self.change()
        except TimeoutError:
            shown = [received.text for received in self.inbox]
            raise AssertionError(f"the telephone still shows {shown!r} {self.actions!r}") from None

    async def change(self) -> None:
        """Wait for the next thing that shows."""
        await self._changed.wait()

    def receives(self, mid: str, author: str, text: str, **more: Any) -> None:
        """A message of the Page, or of a human in its inbox, arrives."""
        self._are_seen()
        self.is_typed_to = False
        self._shows(Line(mid, author, text, self.page.meta.clock.now(), more))

    def sees_action(self, action: str) -> None:
        """The Page types, or has seen."""
        self.actions.append(action)
        self.is_typed_to = action == "typing_on"
        if action == "mark_seen":
            self._are_seen()
        self._moves()

    async def _writes(self, message: dict[str, Any], at: datetime | None = None) -> str:
        mid = self.page.meta.new_mid()
        self._opens()
        more = {"attachments": message["attachments"]} if "attachments" in message else {}
        line = Line(mid, "person", message.get("text", ""), self.page.meta.clock.now(), more)
        self._shows(line)
        await self._tells({"message": {"mid": mid} | message}, at=at, standby=self.is_elsewhere)
        self._arrived(line)
        return mid

    async def _tells(
        self, event: dict[str, Any], *, at: datetime | None = None, standby: bool = False
    ) -> None:
        await self.page.meta.tell(self.page, self, event, at=at, standby=standby)

    def _opens(self) -> None:
        self.opened_at = self.page.meta.clock.now()

    def _shows(self, line: Line) -> None:
        self.talk.append(line)
        self._moves()

    def _arrived(self, line: Line) -> None:
        line.state = line.state or "delivered"
        self._moves()

    def _are_seen(self) -> None:
        for line in self.talk:
            if line.author == "person":
                line.state = "seen"

    def _mark(self, mid: str, emoji: str | None) -> None:
        for line in self.talk:
            if line.mid == mid:
                line.more["reaction"] = emoji
        self._moves()

    def _moves(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()


def _answering(mid: str | None) -> dict[str, Any]:
    return {"reply_to": {"mid": mid, "is_self_reply": False}} if mid else {}


def _referral(ref: str) -> dict[str, Any]:
    return {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}


def _attachment(given: dict[str, Any]) -> dict[str, Any]:
    if "payload" in given or "url" not in given:
        return given
    return {"type": given["type"], "payload": {"url": given["url"]}}
