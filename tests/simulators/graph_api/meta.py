"""The whole of it: Pages and people, what was asked of them, what is to go wrong."""

import asyncio
import json
import secrets
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from random import Random
from typing import Any, Self
from urllib.parse import urlsplit

from desk.clock import Clock
from tests.simulators.graph_api.credentials import APP_SECRET, PAGE, VALBREUIL, VERIFY_TOKEN
from tests.simulators.graph_api.errors import TRANSIENT
from tests.simulators.graph_api.http import Server
from tests.simulators.graph_api.media import Media, Medium
from tests.simulators.graph_api.page import Page
from tests.simulators.graph_api.person import Person
from tests.simulators.graph_api.phone import Phone
from tests.simulators.graph_api.routes import Routes
from tests.simulators.graph_api.state import Call, Failure, Token
from tests.simulators.graph_api.webhooks import Event, Habits, Posted, Webhooks, milliseconds, signature

_UNKNOWN_FIELD = {"client_hints": {"surface": "android", "beta": [1, None]}}


class Meta:
    """Meta, on a free port of loopback (or ``port``), for as long as its block lasts.

    ``errors``, ``lost_answers``: the share of messages refused for a passing reason (one of
    ``error_kinds``), or done without an answer. ``reads_at_once``: telephones are always being looked at.
    ``per_second``: messages that a Page may send, None for no limit. ``echo_first``: the echo comes before
    the answer. ``other_app_error``: the code and subcode of a thread that is elsewhere; Meta's table gives
    the number alone.
    """

    def __init__(
        self, clock: Clock, *, seed: int = 1, duplicates: float = 0.0, shuffles: float = 0.0,
        errors: float = 0.0, lost_answers: float = 0.0, retry_seconds: float = 0.05,
        unsubscribe_after: timedelta = timedelta(hours=1), reads_at_once: bool = False,
        overtaking: bool = False, error_kinds: tuple[tuple[int, int, int], ...] = TRANSIENT, port: int = 0,
    ) -> None:  # fmt: skip
        self.clock, self.luck = clock, Random(seed)
        self.errors, self.lost_answers, self.error_kinds = errors, lost_answers, error_kinds
        self.reads_at_once = reads_at_once
        self.per_second: float | None = None
        self.echo_first = False
        self.delivery_names_mids = True
        self.handovers_field = "messaging_handovers"
        self.other_app_error = (2018300, 0)
        self.url = ""
        self.calls: list[Call] = []
        self.refused: list[Call] = []
        self.failures: list[Failure] = []
        self.media_server = Media()
        self._port, self._held = port, False
        self._held_back: list[tuple[Page, Person, dict[str, Any]]] = []
        habits = Habits(duplicates, shuffles, retry_seconds, unsubscribe_after, overtaking)
        self._webhooks = Webhooks(clock, Random(seed + 1), habits)
        self.pages = {
            PAGE: Page(self, PAGE, human_agent=True), VALBREUIL: Page(self, VALBREUIL, human_agent=False)
        }  # fmt: skip
        self._phone = Phone(self)
        self._server = Server(Routes(self, self._phone).answer)

    async def __aenter__(self) -> Self:
        self.url = f"http://127.0.0.1:{await self._server.start(self._port)}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._phone.close()
        await self._webhooks.close()
        await self._server.close()

    # Where events go

    def connect(self, url: str) -> None:
        """Where events are POSTed from now on."""
        self._webhooks.url = url

    @property
    def application(self) -> str:
        """Where the desk is, without a path."""
        parts = urlsplit(self._webhooks.url)
        return f"{parts.scheme}://{parts.netloc}"

    async def disconnect(self) -> None:
        """POST nothing any more: the desk goes away."""
        await self._webhooks.forget()

    async def verify(self, token: str = VERIFY_TOKEN, challenge: str = "1158201444") -> bool:
        """Ask the webhook to prove itself, as Meta does when its address is typed in."""
        query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        reply = await self._webhooks.get(query)
        return reply.status_code == 200 and reply.text == challenge

    async def post(self, body: Any, header: str | None = "") -> int:
        """POST an object, or raw bytes, as they are: the status. ``header`` "" signs, None does not."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=True).encode()
        return await self._webhooks.post(raw, self.sign(raw) if header == "" else header)

    def sign(self, raw: bytes, secret: str = APP_SECRET) -> str:
        """The signature's header over these bytes."""
        return signature(raw, secret)

    @property
    def posted(self) -> list[Posted]:
        """Every POST to the webhook, with its status and how long it took."""
        return self._webhooks.posted

    def batch(self) -> AbstractAsyncContextManager[None]:
        """What happens inside goes in one POST, one entry each, sent when the block ends."""
        return self._webhooks.batch()

    async def together[T](self, *doings: Coroutine[Any, Any, T]) -> list[T]:
        """Several things that happen in one POST: ``await meta.together(lea.says("a"), paul.says("b"))``."""
        async with self.batch():
            return [await doing for doing in doings]

    async def settled(self) -> None:
        """Wait until every event that is owed was acknowledged."""
        await self._webhooks.settled()

    # Pages and people

    def page(self, page_id: str = PAGE) -> Page:
        return self.pages[page_id]

    def token(self, page: str | Page) -> Token:
        """The token of a Page, to change what it is worth."""
        return page.token if isinstance(page, Page) else self.pages[page].token

    def media(self, data: bytes, kind: str = "image/jpeg", manner: str = "plain") -> str:
        """The address of a file: plain, endless (no length told) or slow (it stops half-way)."""
        return self.url + self.media_server.keep(Medium(data, kind, manner))

    def big_media(self, size: int, kind: str = "video/mp4", manner: str = "plain") -> str:
        """A file of so many bytes, zeros behind the first ones of a film."""
        head = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
        return self.media(head + bytes(size - len(head)), kind, manner)

    def missing_media(self) -> str:
        """An address at which there is nothing any more."""
        return f"{self.url}/media/missing"

    def moved_media(self, to: str) -> str:
        """An address that leads to another."""
        return self.url + self.media_server.keep(Medium(b"", "text/plain", location=to))

    # What goes wrong

    def fail(
        self, code: int, subcode: int = 0, times: int = 1, psid: str | None = None, status: int = 400,
        on: str = "messages",
    ) -> None:  # fmt: skip
        """The next messages are refused so; with ``on``, the next calls whose path ends with it."""
        self.failures.append(Failure("refuse", times, on, psid, code, subcode, status))

    def http(self, status: int, times: int = 1, on: str = "messages") -> None:
        """The next messages get an error page that is not Meta's JSON."""
        self.failures.append(Failure("http", times, on, status=status))

    def time_out_but_send(self, times: int = 1, psid: str | None = None) -> None:
        """The next messages arrive, and the sender never hears so."""
        self.failures.append(Failure("lose", times, psid=psid))

    def time_out(self, times: int = 1, psid: str | None = None, on: str = "messages") -> None:
        """The next messages are lost without a word."""
        self.failures.append(Failure("ignore", times, on, psid))

    def works_again(self) -> None:
        """Whatever was still to fail no longer does."""
        self.failures.clear()

    def hold_echoes(self) -> None:
        """Keep echoes and receipts back."""
        self._held = True

    async def release_echoes(self) -> None:
        """Let them go, and wait until they were heard."""
        self._held, held = False, self._held_back
        self._held_back = []
        await asyncio.gather(*(self.tell(page, person, event, by_page=True) for page, person, event in held))

    # For the parts

    def new_mid(self) -> str:
        """A message's identifier, as long as Meta's; it is new after a restart too."""
        return "m_" + secrets.token_urlsafe(64)

    def may_hold(self, page: Page, person: Person, event: dict[str, Any]) -> Event | None:
        """Have an echo or a receipt carried, unless they are being held."""
        if self._held:
            self._held_back.append((page, person, event))
            return None
        return self._owe(page, person, event, by_page=True)

    async def tell(
        self, page: Page, person: Person | None, event: dict[str, Any], *, by_page: bool = False,
        at: datetime | None = None, standby: bool = False,
    ) -> None:  # fmt: skip
        """Have an event carried, and wait until the webhook has answered 200."""
        await self._owe(page, person, event, by_page=by_page, at=at, standby=standby).told

    def _owe(
        self, page: Page, person: Person | None, event: dict[str, Any], *, by_page: bool,
        at: datetime | None = None, standby: bool = False,
    ) -> Event:  # fmt: skip
        """Give an event its envelope. Receipts have no time of their own in Meta's samples."""
        the_page = {"id": page.id}
        whose: dict[str, Any] = {"recipient": the_page}
        if person is not None:
            the_person = {"id": person.psid}
            from_page = by_page and "delivery" not in event and "read" not in event
            sender, recipient = (the_page, the_person) if from_page else (the_person, the_page)
            whose = {"sender": sender, "recipient": recipient}
        if "delivery" not in event:
            whose["timestamp"] = milliseconds(at or self.clock.now())
        psid = person.psid if person else ""
        return self._webhooks.owe(page, psid, whose | event | _UNKNOWN_FIELD, standby=standby)
