"""Fetching what people send on Messenger from Meta's servers, whose addresses stop working after a while."""

import asyncio
from datetime import datetime, timedelta

import httpx

from desk.background import tried
from desk.channels.messenger.media_source import MediaRefused, MediaSource, NoMedia
from desk.clock import Clock
from desk.communes.registry import Communes
from desk.conversations.attachments import any_wanted, claim_wanted, fetch_later, settle_wanted
from desk.conversations.hub import Hub
from desk.conversations.media_kinds import UNKNOWN_TYPE, ending_of, kind_of
from desk.conversations.models import Attachment
from desk.db.engine import Database
from desk.log import get_logger
from desk.texts import Texts

SWEEP_SECONDS = 1.0
LEASE = timedelta(minutes=5)
AT_ONCE = 3
"""Files on their way at the same moment: each is held in memory."""

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
OFFICE = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "csv", "txt", "heic", "zip"})
"""Endings that are believed of an address when the bytes say nothing: nothing is opened by itself."""

_BOXES = frozenset({"video/mp4", "video/webm"})


class MediaFetcher:
    """Takes the files that are wanted, one at a time in each of its hands, once among several desks."""

    def __init__(
        self, database: Database, source: MediaSource, communes: Communes, hub: Hub, clock: Clock
    ) -> None:
        self._database = database
        self._source = source
        self._communes = communes
        self._hub = hub
        self._clock = clock

    async def run(self) -> None:
        """Fetch until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._go_on())
        finally:
            await self._source.close()

    async def step(self) -> bool:
        """Fetch what has been wanted longest; whether there was anything."""
        now = self._clock.now()
        async with self._database.read() as session:
            if not await any_wanted(session, now):
                return False  # looking takes no lock
        async with self._database.write() as session:
            wanted = await claim_wanted(session, now, LEASE)
        if wanted is None:
            return False
        try:
            await self._fetch(wanted, now)
        except Exception:  # whatever a file does, it is not asked for ever
            get_logger().exception("media_broken", attachment_id=wanted.id)
            await self._not_come(wanted, NoMedia("unexpected"), now)
        return True

    async def _go_on(self) -> None:
        while True:
            if not await tried(self.step, "media_fetcher_failed"):
                await asyncio.sleep(SWEEP_SECONDS)

    async def _fetch(self, wanted: Attachment, now: datetime) -> None:
        try:
            data = await self._source.fetch(wanted.url or "")
        except NoMedia as error:
            await self._not_come(wanted, error, now)
            return
        texts, found = self._communes[wanted.commune].texts, kind_of(data)
        name = name_of(texts, wanted.name, found, wanted.url or "")
        fetched = media_type_of(wanted.name, found), data
        async with self._database.write() as session:
            await settle_wanted(session, wanted.id, name, fetched)
        self._tell(wanted)

    async def _not_come(self, wanted: Attachment, error: NoMedia, now: datetime) -> None:
        texts = self._communes[wanted.commune].texts
        is_lost = isinstance(error, MediaRefused) or wanted.attempts >= len(RETRIES)
        get_logger().warning("media_not_fetched", attachment_id=wanted.id, code=error.code, given_up=is_lost)
        async with self._database.write() as session:
            if is_lost:
                await settle_wanted(session, wanted.id, _called(texts, wanted.name), None)
            else:
                await fetch_later(session, wanted.id, now + RETRIES[wanted.attempts])
        if is_lost:
            self._tell(wanted)

    def _tell(self, wanted: Attachment) -> None:
        self._hub.replies_stored(wanted.conversation_id, wanted.commune, to_carry=False)


def media_type_of(kind: str, found: str | None) -> str:
    """The media type to keep; ``kind`` (Meta's word) tells a voice from a film that came in the same box."""
    if kind == "audio" and found in _BOXES:
        return found.replace("video", "audio")
    return found or UNKNOWN_TYPE


def name_of(texts: Texts, kind: str, found: str | None, url: str) -> str:
    """``photo.jpg``, ``message-vocal.mp4``: files come without names."""
    family = found.partition("/")[0] if found else kind
    ending = ending_of(found) if found else _ending_in(url)
    called = _called(texts, "audio" if kind == "audio" else family)
    return f"{called}.{ending}" if ending else called


def _called(texts: Texts, kind: str) -> str:
    key = f"fichier.noms.{kind}"
    return texts(key if texts.has(key) else "fichier.noms.file")


def _ending_in(url: str) -> str:
    ending = httpx.URL(url).path.rpartition(".")[2].lower()
    return ending if ending in OFFICE else ""
