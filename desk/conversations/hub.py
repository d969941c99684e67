"""Who is watching what, in this process: pages and sockets wait here for news."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

QUEUE_LIMIT = 256

WORK = "work"
"""Subject: a conversation has a message that nobody answered yet."""

OUTBOX = "outbox"
"""Subject: a stored reply waits to be delivered."""


class Hub:
    """Publishes small notices by subject; a watcher that stops reading loses the oldest.

    Notices only say that something happened: watchers read the database for what it was, so a lost
    one costs a refresh and never a word.
    """

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[dict[str, Any]]]] = defaultdict(set)

    @contextmanager
    def watch(self, *subjects: str) -> Iterator[asyncio.Queue[dict[str, Any]]]:
        """A queue of notices on ``subjects`` while the block lasts."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_LIMIT)
        for subject in subjects:
            self._watchers[subject].add(queue)
        try:
            yield queue
        finally:
            for subject in subjects:
                self._watchers[subject].discard(queue)
                if not self._watchers[subject]:
                    del self._watchers[subject]

    def publish(self, subject: str, **notice: Any) -> None:
        """Tell whoever watches ``subject``."""
        for queue in self._watchers.get(subject, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait({"subject": subject, **notice})

    def replies_stored(self, conversation_id: str, commune: str) -> None:
        """Wake whoever shows, lists or delivers a conversation that was just written to."""
        self.publish(OUTBOX)
        self.publish(conversation_subject(conversation_id), kind="message")
        self.publish(queue_subject(commune), kind="changed", conversation=conversation_id)


def conversation_subject(conversation_id: str) -> str:
    return f"conversation:{conversation_id}"


def queue_subject(commune: str) -> str:
    return f"queue:{commune}"
