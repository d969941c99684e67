"""What Meta POSTs to the application: signed, escaped, in turn for each person, until it hears 200."""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from desk.clock import Clock
from tests.simulators.graph_api.credentials import APP_SECRET

if TYPE_CHECKING:
    from tests.simulators.graph_api.page import Page

PATIENCE = 5.0
HELD_SECONDS = 0.3
AT_ONCE = 50
"""POSTs that are on their way at the same moment; the others wait, and their seconds are not counted."""


@dataclass
class Event:
    """One event of a person on a Page. ``told``: its maker may go on; ``done``: it was acknowledged."""

    page: "Page"
    person: str
    body: dict[str, Any]
    standby: bool
    ms: int
    told: asyncio.Future[None]
    done: asyncio.Future[None]

    def entry(self) -> dict[str, Any]:
        """As it stands in a POST, beside a field that nobody announced."""
        name = "standby" if self.standby else "messaging"
        return {"id": self.page.id, "time": self.ms, name: [self.body], "hop_context": [{"source": "inbox"}]}

    def settle(self) -> None:
        for future in (self.told, self.done):
            if not future.done():
                future.set_result(None)


@dataclass
class Lane:
    """A person's events that have not left."""

    events: deque[Event] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    worker: asyncio.Task[None] | None = None


@dataclass
class Posted:
    """One POST to the webhook; status 0 when nobody answered."""

    body: bytes
    status: int
    seconds: float


@dataclass
class Habits:
    """How often things go wrong on the way, as a share of the events; times are real seconds.

    ``overtaking``: what failed no longer holds back what the same person does next.
    """

    duplicates: float = 0.0
    shuffles: float = 0.0
    retry_seconds: float = 0.05
    unsubscribe_after: timedelta = timedelta(hours=1)
    overtaking: bool = False


def milliseconds(moment: datetime) -> int:
    """A moment as Meta writes it."""
    return round(moment.timestamp() * 1000)


def encode(found: Any) -> bytes:
    """JSON as Meta writes it: only ASCII, and slashes escaped."""
    return json.dumps(found, ensure_ascii=True).replace("/", "\\/").encode()


def signature(raw: bytes, secret: str = APP_SECRET) -> str:
    """The header over these very bytes."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


class Webhooks:
    """Carries events to the application, if there is one."""

    def __init__(self, clock: Clock, luck: Random, habits: Habits) -> None:
        self._clock, self._luck, self._habits = clock, luck, habits
        self._client = _client()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._lanes: dict[tuple[str, str], Lane] = defaultdict(Lane)
        self._owed: set[asyncio.Future[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._batch: ContextVar[list[Event] | None] = ContextVar("batch", default=None)
        self.url = ""
        self.posted: list[Posted] = []

    def owe(self, page: "Page", person: str, body: dict[str, Any], *, standby: bool = False) -> Event:
        """Have an event carried; nobody waits when nobody is subscribed."""
        loop = asyncio.get_running_loop()
        ms = milliseconds(self._clock.now())
        event = Event(page, person, body, standby, ms, loop.create_future(), loop.create_future())
        batch = self._batch.get()
        if batch is not None:
            event.told.set_result(None)
            batch.append(event)
            return event
        self._owes(event)
        lane = self._lanes[page.id, person]
        lane.events.append(event)
        lane.news.set()
        if lane.worker is None or lane.worker.done():
            lane.worker = self._start(self._work(lane))
        return event

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[None]:
        """What the caller makes happen inside goes in one POST, an entry each."""
        events: list[Event] = []
        token = self._batch.set(events)
        try:
            yield
        finally:
            self._batch.reset(token)
        for event in events:
            self._owes(event)
        if events:
            await self._until_heard(events)
        for event in events:
            event.settle()

    async def settled(self) -> None:
        """Wait until everything that is owed was acknowledged, or given up."""
        while self._owed:
            await asyncio.wait(set(self._owed))

    async def post(self, raw: bytes, header: str | None) -> int:
        """One POST of any bytes: the status, 0 for no answer within five seconds."""
        headers = {"content-type": "application/json", "user-agent": "facebookexternalua"}
        if header is not None:
            headers["x-hub-signature-256"] = header
        async with self._room:
            began, status = asyncio.get_running_loop().time(), 0
            with suppress(httpx.HTTPError):
                status = (await self._client.post(self.url, content=raw, headers=headers)).status_code
            seconds = asyncio.get_running_loop().time() - began
        self.posted.append(Posted(raw, status, seconds))
        return status

    async def get(self, query: dict[str, str]) -> httpx.Response:
        """Meta's question when the address is typed in its console."""
        return await self._client.get(self.url, params=query)

    async def forget(self) -> None:
        """Carry nothing any more, hang up, and let those who wait go on."""
        self.url = ""
        line, self._client = self._client, _client()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for future in list(self._owed):
            if not future.done():
                future.set_result(None)
        for lane in self._lanes.values():
            for event in lane.events:
                event.settle()
            lane.events.clear()
        await line.aclose()

    async def close(self) -> None:
        await self.forget()
        await self._client.aclose()

    def _owes(self, event: Event) -> None:
        self._owed.add(event.done)
        event.done.add_done_callback(self._owed.discard)

    def _start(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _draws(self, share: float) -> bool:
        return share > 0 and self._luck.random() < share

    async def _work(self, lane: Lane) -> None:
        while lane.events:
            event = lane.events.popleft()
            if self._draws(self._habits.shuffles):
                event.told.set_result(None)
                later = await self._next(lane)
                if later is not None:
                    await self._carry(later)
            await self._carry(event)

    async def _next(self, lane: Lane) -> Event | None:
        """The event that overtakes: it comes within a moment, or not at all."""
        if not lane.events:
            lane.news.clear()
            try:
                await asyncio.wait_for(lane.news.wait(), HELD_SECONDS)
            except TimeoutError:
                return None
        return lane.events.popleft() if lane.events else None

    async def _carry(self, event: Event) -> None:
        first = None
        if self._habits.overtaking:
            first = await self._try([event])
            if not first:
                self._start(self._carry_alone(event))
                return
        await self._carry_alone(event, heard=bool(first))

    async def _carry_alone(self, event: Event, *, heard: bool = False) -> None:
        """Once, or twice at the same moment, or twice one after the other."""
        try:
            if self._draws(self._habits.duplicates):
                if self._draws(0.5):
                    await asyncio.gather(self._until_heard([event]), self._until_heard([event]))
                else:
                    await self._until_heard([event])
                    await self._until_heard([event])
            elif not heard:
                await self._until_heard([event])
        finally:
            event.settle()

    async def _until_heard(self, events: list[Event]) -> None:
        while not await self._try(events):  # noqa: ASYNC110 (Meta tries again by the clock)
            await asyncio.sleep(self._habits.retry_seconds)

    async def _try(self, events: list[Event]) -> bool:
        """Whether nothing is left to do: heard, or nobody wants to hear it any more."""
        wanted = [event for event in events if self.url and event.page.hears(event.body, event.standby)]
        if not wanted:
            return True
        raw = encode({"object": "page", "entry": [event.entry() for event in wanted]})
        status = await self.post(raw, signature(raw))
        now = self._clock.now()
        for page in {event.page.id: event.page for event in wanted}.values():
            page.heard(now, status == 200, self._habits.unsubscribe_after)
        return status == 200


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE)
