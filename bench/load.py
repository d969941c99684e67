"""Citizens writing: one after the other for the delays, many at once for the throughput."""

import asyncio
import statistics
import time
from dataclasses import dataclass

import httpx

AT_ONCE = 8


@dataclass
class Load:
    """Delays in milliseconds of single messages; messages a second when several people write at once."""

    p50: float
    p95: float
    per_second: float
    sent: int


async def measure(url: str, key: str, texts: list[str], warm: int = 20) -> Load:
    """Send ``texts`` to a Rasa-compatible REST webhook. Raises when a reply is empty."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(timeout=60, headers=headers, limits=limits) as http:
        for number, text in enumerate(texts[:warm]):
            await _ask(http, url, f"warm-{number}", text)
        delays = []
        for number, text in enumerate(texts):
            started = time.perf_counter()
            await _ask(http, url, f"one-{number}", text)
            delays.append(1000 * (time.perf_counter() - started))
        waiting = list(enumerate(texts))
        started = time.perf_counter()
        await asyncio.gather(*(_drain(http, url, waiting) for _ in range(AT_ONCE)))
        seconds = time.perf_counter() - started
    cuts = statistics.quantiles(delays, n=20)
    return Load(statistics.median(delays), cuts[18], len(texts) / seconds, len(texts))


async def _drain(http: httpx.AsyncClient, url: str, waiting: list[tuple[int, str]]) -> None:
    while waiting:
        number, text = waiting.pop()
        await _ask(http, url, f"many-{number}", text)


async def _ask(http: httpx.AsyncClient, url: str, sender: str, text: str) -> None:
    reply = await http.post(url, json={"sender": sender, "message": text})
    reply.raise_for_status()
    if not reply.json():
        raise RuntimeError("an empty reply was measured")
