"""Who is watching what: pages and sockets wait here for news."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

type Notice = dict[str, Any]

QUEUE_LIMIT = 256

WORK = "work"
"""Subject: a conversation has a message that nobody answered yet."""

THINKING = "thinking"
"""Subject: the assistant is being asked about a ``conversation``'s message, on a ``channel`` to be told."""

OUTBOX = "outbox"
"""Subject: a stored reply waits to be delivered."""


class Hub:
    """Publishes small notices by subject; a watcher that stops reading loses the oldest.

    Notices only say that something happened: watchers read the database for what it was, so a lost
    one costs a refresh and never a word.
    """

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[Notice]]] = defaultdict(set)
        self.relay: Callable[[Notice], None] | None = None

    @contextmanager
    def watch(self, *subjects: str) -> Iterator[asyncio.Queue[Notice]]:
        """A queue of notices on ``subjects`` while the block lasts."""
        queue: asyncio.Queue[Notice] = asyncio.Queue(QUEUE_LIMIT)
        for subject in subjects:
            self._watchers[subject].add(queue)
        try:
            yield queue
        finally:
            for subject in subjects:
                self._watchers[subject].discard(queue)
                if not self._watchers[subject]:
                    del self._watchers[subject]

    def publish(self, subject: str, **details: Any) -> None:
        """Tell whoever watches ``subject``, here and in the other desks on the same database."""
        notice = {"subject": subject, **details}
        self.deliver(notice)
        if self.relay is not None and subject != OUTBOX:  # each desk empties the outbox it filled
            self.relay(notice)

    def deliver(self, notice: Notice) -> None:
        """Tell whoever watches the notice's subject in this process."""
        for queue in self._watchers.get(notice["subject"], ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(notice)

    def replies_stored(self, conversation_id: str, commune: str, *, to_carry: bool = True) -> None:
        """Wake whoever shows, lists or carries what was just written in a conversation."""
        if to_carry:
            self.publish(OUTBOX)
        self.publish(conversation_subject(conversation_id), kind="message")
        self.publish(queue_subject(commune), kind="changed", conversation=conversation_id)


def conversation_subject(conversation_id: str) -> str:
    return f"conversation:{conversation_id}"


def answered_subject(message_id: int) -> str:
    """Where the process that answers a message tells its own, with the ``replies``."""
    return f"answered:{message_id}"


def queue_subject(commune: str) -> str:
    return f"queue:{commune}"
