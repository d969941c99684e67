"""Downloading from Meta's servers, and from nowhere else."""

import asyncio
import logging

import httpx

from desk.settings import Settings

MAX_BYTES = 25 * 1024 * 1024
LONGEST_SECONDS = 60.0
CONNECT_SECONDS = 5.0
MOST_REDIRECTS = 3
LOOPBACK = "127.0.0.1"

# It writes the addresses it asks, and Meta's hold keys.
logging.getLogger("httpx").setLevel(logging.WARNING)


class NoMedia(Exception):
    """The file did not come; another time it may. ``code`` says why, never from where."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MediaRefused(NoMedia):
    """The file is not one that is ever fetched: trying again would not help."""


class MediaSource:
    """One client for all downloads.

    An address is asked only over HTTPS and only at the hosts of ``messenger_media_hosts``; so is each
    redirection. That list is what keeps the desk from being sent round its own network: nobody but Meta gives
    out names below Meta's domains, and what the webhook brings is signed by Meta in the first place.
    """

    def __init__(self, settings: Settings, longest_seconds: float = LONGEST_SECONDS) -> None:
        self._hosts = [
            one.strip().lower() for one in settings.messenger_media_hosts.split(",") if one.strip()
        ]
        timeout = httpx.Timeout(settings.messenger_timeout, connect=CONNECT_SECONDS)
        self._client = httpx.AsyncClient(timeout=timeout, headers={"accept-encoding": "identity"})
        self._longest = longest_seconds

    async def fetch(self, url: str) -> bytes:
        """The whole file. Raises NoMedia."""
        try:
            async with asyncio.timeout(self._longest):
                for _ in range(MOST_REDIRECTS + 1):
                    found = await self._ask(url)
                    if isinstance(found, bytes):
                        return found
                    url = found
        except TimeoutError as error:
            raise NoMedia("too_slow") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoMedia("no_answer") from error
        raise MediaRefused("redirected")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _ask(self, url: str) -> bytes | str:
        """The file, or the address to ask instead."""
        if not is_allowed(url, self._hosts):
            raise MediaRefused("host")
        async with self._client.stream("GET", url) as reply:
            if reply.has_redirect_location:
                return str(reply.url.join(reply.headers["location"]))
            if reply.status_code != httpx.codes.OK:
                raise NoMedia(f"status_{reply.status_code}")
            return await _body(reply)


def is_allowed(url: str, hosts: list[str]) -> bool:
    """Whether a file may be fetched there. ``.fbcdn.net`` allows what is below it; other names themselves.

    Plain HTTP is for a simulator on this very machine.
    """
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    listed = any(parts.host.endswith(host) if host.startswith(".") else parts.host == host for host in hosts)
    if not listed or parts.userinfo:
        return False
    if parts.scheme == "http":
        return parts.host == LOOPBACK
    return parts.scheme == "https" and parts.port is None


async def _body(reply: httpx.Response) -> bytes:
    told = reply.headers.get("content-length", "")
    if told.isdigit() and int(told) > MAX_BYTES:
        raise MediaRefused("too_large")
    data = bytearray()
    async for piece in reply.aiter_raw():
        data += piece
        if len(data) > MAX_BYTES:
            raise MediaRefused("too_large")
    if not data:
        raise NoMedia("empty")
    return bytes(data)
