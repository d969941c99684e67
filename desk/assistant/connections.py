"""HTTP to the assistant over connections kept open: a request and its reply, nothing else.

A general client spends more on one question over loopback than the desk on the rest of the message.
"""

import asyncio
import base64
import ssl
from contextlib import suppress
from typing import cast
from urllib.parse import SplitResult, unquote, urlsplit

import httptools

MOST_IDLE = 32
"""Connections kept open while nobody asks."""


class BadReply(ValueError):
    """What came back is not HTTP, or not a success."""


class Connections:
    """Asks one server; each question has a connection of its own while it lasts."""

    def __init__(self, base_url: str) -> None:
        self._url = urlsplit(base_url)
        self._ssl = ssl.create_default_context() if self._url.scheme == "https" else None
        self._fixed = _fixed_headers(self._url)
        self._idle: list[_Connection] = []

    async def ask(self, path: str, body: bytes | None = None, *, within: float) -> bytes:
        """The body of the reply to a POST of JSON, or to a GET when there is no ``body``.

        Raises OSError, BadReply when it is not a success, TimeoutError after ``within`` seconds in all.
        """
        method = "GET" if body is None else "POST"
        head = f"{method} {self._url.path.rstrip('/')}{path} HTTP/1.1\r\n{self._fixed}".encode()
        if body is not None:
            head += b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
        async with asyncio.timeout(within):
            return await self._ask(head + b"\r\n" + (body or b""))

    async def _ask(self, request: bytes) -> bytes:
        while self._idle:
            connection = self._idle.pop()
            with suppress(ConnectionError):  # closed by the server just now, before it read us: asked afresh
                return await self._reply(connection, request)
        return await self._reply(await self._connect(), request)

    async def _connect(self) -> "_Connection":
        port = self._url.port or (443 if self._ssl else 80)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            _Connection, self._url.hostname or "", port, ssl=self._ssl
        )
        return connection

    async def _reply(self, connection: "_Connection", request: bytes) -> bytes:
        try:
            status, body = await connection.exchange(request)
        except BaseException:
            connection.close()  # also when nobody waits any more: this reply must not pass for the next
            raise
        if connection.reusable and len(self._idle) < MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        if not 200 <= status < 300:
            raise BadReply(str(status))
        return body

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time. The methods ``on_…`` are the parser's."""

    def __init__(self) -> None:
        self.reusable = False
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. Raises ConnectionError, BadReply."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        self._parser, self._body, self.reusable = httptools.HttpResponseParser(self), [], False
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is not a subclass

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(BadReply(type(error).__name__))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._fail(error if isinstance(error, ConnectionError) else ConnectionResetError())

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self.reusable = self._parser.should_keep_alive()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result((self._parser.get_status_code(), b"".join(self._body)))

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


def _fixed_headers(url: SplitResult) -> str:
    host = url.netloc.rpartition("@")[2]
    headers = f"host: {host}\r\naccept: application/json\r\n"
    if url.username is not None:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
        headers += f"authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
    return headers
