"""A kept connection to the desk. The client shares the machine with what it measures: it only moves bytes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.simulators.graph_api.webhooks import encode, signature

PATIENCE = 60
WEBHOOK = "/webhooks/messenger"


class Line:
    """One connection, with one request at a time on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, request: bytes) -> float:
        """Milliseconds until the answer is read. Raises RuntimeError for any but 200."""
        started = time.perf_counter()
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length))
        taken = 1000 * (time.perf_counter() - started)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"what failed was measured: {head.decode()}")
        return taken


@asynccontextmanager
async def lines(url: str, count: int) -> AsyncIterator[list[Line]]:
    """So many connections, open."""
    where = urlsplit(url)
    pairs = [await asyncio.open_connection(where.hostname, where.port) for _ in range(count)]
    try:
        yield [Line(*pair) for pair in pairs]
    finally:
        for _, writer in pairs:
            writer.close()


def look(path: str) -> bytes:
    """A GET, as it travels."""
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


def post(entries: list[dict[str, object]]) -> bytes:
    """What Meta POSTs, signed, as it travels."""
    body = encode({"object": "page", "entry": entries})
    head = (f"POST {WEBHOOK} HTTP/1.1\r\nhost: localhost\r\nuser-agent: facebookexternalua\r\n"
            f"content-type: application/json\r\nx-hub-signature-256: {signature(body)}\r\n"
            f"content-length: {len(body)}\r\n\r\n")  # fmt: skip
    return head.encode() + body
