"""A server on loopback that speaks Rasa's desk channel and says whatever a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RasaServer:
    """What it answers next (a function makes it of what was asked), and what it was asked."""

    body: Any = field(default_factory=list)
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    hangs_up: bool = False
    """Close the connection after each reply, without having said so."""
    silent: asyncio.Event | None = None
    """When set, a reply waits for it: the server is slow."""
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = head.partition("content-length: ")[2].partition("\r\n")[0] or "0"
                sent = await reader.readexactly(int(length))
                if sent:
                    self.asked.append({"path": head.split()[1], **json.loads(sent)})
                if self.silent is not None:
                    await self.silent.wait()
                body = self.body(json.loads(sent or b"{}")) if callable(self.body) else self.body
                said = body if isinstance(body, bytes) else json.dumps(body).encode()
                writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: {len(said)}\r\n\r\n".encode())
                writer.write(said)
                await writer.drain()
                if self.hangs_up:
                    break
        writer.close()


@asynccontextmanager
async def rasa_server() -> AsyncIterator[RasaServer]:
    """A server on a free port."""
    rasa = RasaServer()
    server = await asyncio.start_server(rasa.serve, "127.0.0.1", 0)
    rasa.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield rasa
    if rasa.silent is not None:
        rasa.silent.set()
    server.close()
