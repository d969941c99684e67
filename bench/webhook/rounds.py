"""What is asked of the desk, each in turn, so that what else the machine does falls on all alike."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

from bench.webhook.line import Line, look, post
from bench.webhook.look import STORED, Look
from tests.simulators.graph_api import PAGE

CROWD = 60
SINGLES = 20
FIRST = 7_000_000
ALIVE = look("/healthz")

DISK = "the disk alone: 4 KB written and waited for"
ONE_FLOOR = "GET /healthz"
MANY_FLOOR = "GET /healthz, 60 at once"
AT_REST = "one message, the desk at rest"
BUSY = "one message after the other"
RECEIPT = "one receipt after the other"
RECEIPTS = "one POST of 60 receipts"
BATCH_KNOWN, BATCH_NEW = "one POST of 60 messages", "one POST of 60 messages, of people it has not met"
MANY_KNOWN, MANY_NEW = "60 POSTs at once", "60 POSTs at once, of people it has not met"
FLOORS = {MANY_KNOWN: MANY_FLOOR, MANY_NEW: MANY_FLOOR}
"""What a case is compared with, when it is not the one request."""

CASES = (DISK, ONE_FLOOR, AT_REST, BUSY, RECEIPT, RECEIPTS, BATCH_KNOWN, BATCH_NEW, MANY_FLOOR, MANY_KNOWN,
         MANY_NEW)  # fmt: skip


def people_for(rounds: int) -> int:
    """How many write in so many rounds."""
    return CROWD + 2 * CROWD * rounds


@dataclass
class Rounds:
    """The client. ``took``: milliseconds by case."""

    lines: list[Line]
    look: Look
    folder: Path
    took: dict[str, list[float]] = field(default_factory=lambda: {case: [] for case in CASES})
    sent: int = 0
    _numbers: Iterator[int] = field(default_factory=count)
    _people: Iterator[int] = field(default_factory=lambda: count(FIRST))

    def __post_init__(self) -> None:
        self.known = self._new()

    async def begin(self) -> None:
        """Those whom the desk knows have written once."""
        await self.lines[0].ask(post([self._says(psid) for psid in self.known]))
        self._settle()

    async def go(self) -> None:
        """Every case once; those of one request, a few times."""
        await self._singles()
        mids = self.look.last_mids()
        receipts = [self._has_read(psid, mids[str(psid)]) for psid in self.known]
        for one in receipts[:SINGLES]:
            await self._one(RECEIPT, post([one]))
        await self._one(RECEIPTS, post(receipts))
        for case, people in ((BATCH_KNOWN, self.known), (BATCH_NEW, self._new())):
            await self._one(case, post([self._says(psid) for psid in people]))
            self._settle()
        await self._many(MANY_FLOOR, [ALIVE] * CROWD)
        for case, people in ((MANY_KNOWN, self.known), (MANY_NEW, self._new())):
            await self._many(case, [post([self._says(psid)]) for psid in people])
            self._settle()

    async def _singles(self) -> None:
        for psid in self.known[:SINGLES]:
            self.took[DISK].append(_write_to(self.folder / "probe"))
            await self._one(ONE_FLOOR, ALIVE)
            await self._one(AT_REST, post([self._says(psid)]))
            self._settle()
        for psid in self.known[:SINGLES]:
            await self._one(BUSY, post([self._says(psid)]))
        self._settle()

    async def _one(self, case: str, request: bytes) -> None:
        self.took[case].append(await self.lines[0].ask(request))
        self._check()

    async def _many(self, case: str, requests: list[bytes]) -> None:
        asked = zip(self.lines, requests, strict=True)
        self.took[case] += await asyncio.gather(*(line.ask(request) for line, request in asked))
        self._check()

    def _check(self) -> None:
        """Answered 200, so stored."""
        stored = self.look.count(STORED)
        if stored != self.sent:
            raise RuntimeError(f"{stored} messages are stored, {self.sent} were answered 200")

    def _settle(self) -> None:
        self._check()
        self.look.until_at_rest()

    def _new(self) -> list[int]:
        return list(islice(self._people, CROWD))

    def _says(self, psid: int) -> dict[str, Any]:
        self.sent += 1
        number = next(self._numbers)
        text = f"Bonjour, la piscine est-elle ouverte le {number} ?"
        return _entry(psid, timestamp=_now(), message={"mid": f"m_{number:08}" + "x" * 80, "text": text})

    def _has_read(self, psid: int, mid: str) -> dict[str, Any]:
        """In turn that the last answer came, and that it was read."""
        if psid % 2:
            return _entry(psid, delivery={"mids": [mid], "watermark": _now()})
        return _entry(psid, read={"watermark": _now()})


def _entry(psid: int, **event: Any) -> dict[str, Any]:
    whose = {"sender": {"id": str(psid)}, "recipient": {"id": PAGE}}
    return {"id": PAGE, "time": _now(), "messaging": [whose | event]}


def _now() -> int:
    return time.time_ns() // 1_000_000


def _write_to(file: Path) -> float:
    """Milliseconds for a page of a database to be on the disk."""
    started = time.perf_counter()
    with file.open("wb", buffering=0) as probe:
        probe.write(b"x" * 4096)
        os.fsync(probe.fileno())
    return 1000 * (time.perf_counter() - started)
