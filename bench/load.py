"""Citizens writing: one after the other for the delays, many at once for the throughput.

The client shares the machine with what it measures: it is made of the standard library's plainest parts.
"""

import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

AT_ONCE = 8
PATIENCE = 60


@dataclass
class Load:
    """Delays in milliseconds of single messages; messages a second when several people write at once."""

    p50: float
    p95: float
    per_second: float
    sent: int


def measure(url: str, key: str, texts: list[str], warm: int = 20) -> Load:
    """Send ``texts`` to a Rasa-compatible REST webhook. Raises when a reply is empty."""
    with _citizen(url, key) as citizen:
        for number, text in enumerate(texts[:warm]):
            citizen.ask(f"warm-{number}", text)
        delays = [citizen.ask(f"one-{number}", text) for number, text in enumerate(texts)]
    waiting = list(enumerate(texts))
    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        for done in [crowd.submit(_drain, url, key, waiting) for _ in range(AT_ONCE)]:
            done.result()
    seconds = time.perf_counter() - started
    cuts = statistics.quantiles(delays, n=20)
    return Load(statistics.median(delays), cuts[18], len(texts) / seconds, len(texts))


def _drain(url: str, key: str, waiting: list[tuple[int, str]]) -> None:
    with _citizen(url, key) as citizen, suppress(IndexError):  # somebody else took the last one
        while True:
            number, text = waiting.pop()
            citizen.ask(f"many-{number}", text)


class _Citizen:
    def __init__(self, url: str, key: str) -> None:
        address = urlsplit(url)
        self._path = address.path
        self._headers = {"content-type": "application/json"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self.connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)

    def ask(self, sender: str, text: str) -> float:
        """Milliseconds until the reply is read."""
        started = time.perf_counter()
        self.connection.request(
            "POST", self._path, json.dumps({"sender": sender, "message": text}), self._headers
        )
        reply = self.connection.getresponse()
        body = reply.read()
        taken = 1000 * (time.perf_counter() - started)
        if reply.status != 200 or not json.loads(body):
            raise RuntimeError(f"a failed or empty reply was measured: {reply.status}")
        return taken


@contextmanager
def _citizen(url: str, key: str) -> Iterator[_Citizen]:
    citizen = _Citizen(url, key)
    try:
        yield citizen
    finally:
        citizen.connection.close()
