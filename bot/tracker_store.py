"""Conversations kept by the assistant: a row each in SQLite, of bounded size, safe from kill -9."""

import json
import os
import random
import sqlite3
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import is_
from pathlib import Path
from typing import Any, Iterable, List, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.serving.tracker import Conversation

LONGEST = 80
"""Events after which a conversation is cut back to its slots and its last turns."""

KEPT_TURNS = 3
CACHED = 1_000
TABLE = """CREATE TABLE IF NOT EXISTS tracker
    (sender TEXT PRIMARY KEY, events TEXT NOT NULL, stamp INTEGER NOT NULL DEFAULT 0)"""


@dataclass
class Saved:
    """A conversation as this process wrote it: its row's stamp, and its events written as JSON."""

    stamp: int
    tracker: DialogueStateTracker
    written: List[Text]


class RowTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Each save rewrites one row: the cost of a message does not grow with the conversation.

    Rasa's own store reads every event of a conversation for every message. The desk holds the full
    history; the assistant only needs the topic in hand, the form in progress and the last turns.

    Each save stamps its row anew. What a process remembers is used while the stamp is still the row's, so
    that several processes can share a file.
    """

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        path: Text = "var/assistant.db",
        host: Optional[Text] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        path = os.environ.get("BEFFROI_TRACKER_FILE", path)
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        with suppress(sqlite3.OperationalError):  # another process is switching this new file right now
            self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._prepare_table()
        self._cache: "OrderedDict[Text, Saved]" = OrderedDict()

    def _prepare_table(self) -> None:
        with self._connection:  # commits
            self._connection.execute("BEGIN IMMEDIATE")  # another process may be starting as well
            self._connection.execute(TABLE)
            columns = [row[1] for row in self._connection.execute("PRAGMA table_info(tracker)")]
            if "stamp" not in columns:  # a file of an earlier version
                self._connection.execute("ALTER TABLE tracker ADD stamp INTEGER NOT NULL DEFAULT 0")

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the conversation, cut back when it has grown long."""
        await self.stream_events(tracker)
        if len(tracker.events) > LONGEST:
            tracker = self._shortened(tracker)
        saved = Saved(random.getrandbits(62), tracker.copy(), self._written(tracker))
        self._connection.execute(
            "INSERT OR REPLACE INTO tracker (sender, events, stamp) VALUES (?, ?, ?)",
            (tracker.sender_id, f"[{','.join(saved.written)}]", saved.stamp),
        )
        self._cache[tracker.sender_id] = saved
        self._cache.move_to_end(tracker.sender_id)
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The conversation, from memory when nobody else saved it since this process did."""
        known = self._cache.get(sender_id)
        if known is not None and self._one("stamp", sender_id) == known.stamp:
            return known.tracker.copy()
        events = self._one("events", sender_id)
        if events is None:
            return None
        return self._rebuilt(sender_id, [Event.from_parameters(event) for event in json.loads(events)])

    async def keys(self) -> Iterable[Text]:
        """Every sender."""
        return [row[0] for row in self._connection.execute("SELECT sender FROM tracker")]

    async def delete(self, sender_id: Text) -> None:
        """Forget a conversation."""
        self._cache.pop(sender_id, None)
        self._connection.execute("DELETE FROM tracker WHERE sender = ?", (sender_id,))

    def _one(self, column: Text, sender_id: Text) -> Any:
        row = self._connection.execute(
            f"SELECT {column} FROM tracker WHERE sender = ?",  # noqa: S608 - our own column names
            (sender_id,),
        ).fetchone()
        return row and row[0]

    def _written(self, tracker: DialogueStateTracker) -> List[Text]:
        """Each event as JSON; those of the last save as they were, since what happened does not change."""
        known = self._cache.get(tracker.sender_id)
        before: List[Text] = []
        grown = known is not None and len(known.written) <= len(tracker.events)
        if known and grown and all(map(is_, known.tracker.events, tracker.events)):
            before = known.written
        return before + [json.dumps(event.as_dict()) for event in islice(tracker.events, len(before), None)]

    def _shortened(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        """The slots and the running form first, then the last turns as they happened."""
        events = list(tracker.events)
        starts = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
        cut = starts[-KEPT_TURNS] if len(starts) >= KEPT_TURNS else 0
        before = self._rebuilt(tracker.sender_id, events[:cut])
        head: List[Event] = [
            SlotSet(name, value) for name, value in before.current_slot_values().items() if value is not None
        ]
        if before.active_loop:
            head.append(ActiveLoop(before.active_loop_name))
        return self._rebuilt(tracker.sender_id, [*head, *events[cut:]])

    def _rebuilt(self, sender_id: Text, events: List[Event]) -> DialogueStateTracker:
        slots = self.domain.slots if self.domain else []
        return Conversation.from_events(sender_id, events, slots=slots, max_event_history=None)
