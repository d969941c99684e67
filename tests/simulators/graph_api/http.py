"""Just enough of HTTP/1.1 on loopback, with what a framework would not allow: hanging up without a word."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

LONGEST_BODY = 30 * 1024 * 1024
HEAD = 64 * 1024


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What is said back. ``stream`` is sent after ``body``, piece by piece, without a length."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None


type Answering = Callable[[Request], Awaitable[Answer | None]]
"""None: hang up."""


def json_answer(found: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(found).encode())


class Server:
    """Serves until closed."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> int:
        """The port that it listens on."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, limit=HEAD)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether another may follow."""
        request = await _read(reader)
        answer = await self._answering(request)
        if answer is None:
            writer.transport.abort()
            return False
        headers = {"content-type": answer.kind, **answer.headers}
        if answer.stream is None:
            headers.setdefault("content-length", str(len(answer.body)))
        else:
            headers["connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} x", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body)
        await writer.drain()
        if answer.stream is None:
            return True
        async for piece in answer.stream:
            writer.write(piece)
            await writer.drain()
        return False


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(min(int(headers.get("content-length") or 0), LONGEST_BODY))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)
