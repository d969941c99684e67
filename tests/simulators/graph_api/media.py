"""The files that citizens send, as Meta's own servers would give them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

from tests.simulators.graph_api.http import Answer

PIECE = 64 * 1024


@dataclass
class Medium:
    """``kind``: its content type. ``manner``: plain, endless (no length told), slow (it stops half-way)."""

    data: bytes
    kind: str
    manner: str = "plain"
    location: str = ""


class Media:
    """Every file by its address."""

    def __init__(self) -> None:
        self._kept: dict[str, Medium] = {}
        self.asked: list[str] = []

    def keep(self, medium: Medium) -> str:
        """The path under which it is served."""
        name = uuid4().hex
        self._kept[name] = medium
        return f"/media/{name}"

    def answer(self, path: str) -> Answer:
        """What a GET says; 404 for what is not kept."""
        self.asked.append(path)
        medium = self._kept.get(path.rpartition("/")[2])
        if medium is None:
            return Answer(404, b"URL signature expired", "text/plain")
        if medium.location:
            return Answer(302, b"", medium.kind, {"location": medium.location})
        if medium.manner == "plain":
            return Answer(200, medium.data, medium.kind)
        if medium.manner == "slow":
            length = {"content-length": str(len(medium.data))}
            return Answer(200, medium.data[: len(medium.data) // 2], medium.kind, length, _silence())
        return Answer(200, b"", medium.kind, {}, _pieces(medium.data))


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


async def _silence() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""
