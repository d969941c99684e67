"""Conversations kept by the assistant: a row each in SQLite, of constant size, safe from kill -9."""

import json
import os
import sqlite3
from collections import OrderedDict
from pathlib import Path
from typing import Any, Iterable, List, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

LONGEST = 80
"""Events after which a conversation is cut back to its slots and its last turns."""

KEPT_TURNS = 3
CACHED = 2_000


class RowTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Each save rewrites one row: the cost of a message does not grow with the conversation.

    Rasa's own store reads every event of a conversation for every message. The desk holds the full
    history; the assistant only needs the topic in hand, the form in progress and the last turns.
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
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS tracker (sender TEXT PRIMARY KEY, events TEXT NOT NULL)"
        )
        self._cache: "OrderedDict[Text, DialogueStateTracker]" = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the conversation, cut back when it has grown long."""
        await self.stream_events(tracker)
        if len(tracker.events) > LONGEST:
            tracker = self._shortened(tracker)
        body = json.dumps([event.as_dict() for event in tracker.events])
        self._connection.execute("INSERT OR REPLACE INTO tracker VALUES (?, ?)", (tracker.sender_id, body))
        self._remember(tracker)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The conversation, from memory when this process saved it last."""
        known = self._cache.get(sender_id)
        if known is not None:
            return known.copy()
        row = self._connection.execute("SELECT events FROM tracker WHERE sender = ?", (sender_id,)).fetchone()
        if row is None:
            return None
        return self._rebuilt(sender_id, [Event.from_parameters(event) for event in json.loads(row[0])])

    async def keys(self) -> Iterable[Text]:
        """Every sender."""
        return [row[0] for row in self._connection.execute("SELECT sender FROM tracker")]

    async def delete(self, sender_id: Text) -> None:
        """Forget a conversation."""
        self._cache.pop(sender_id, None)
        self._connection.execute("DELETE FROM tracker WHERE sender = ?", (sender_id,))

    def _remember(self, tracker: DialogueStateTracker) -> None:
        self._cache[tracker.sender_id] = tracker.copy()
        self._cache.move_to_end(tracker.sender_id)
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)

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
        return DialogueStateTracker.from_events(sender_id, events, slots=slots, max_event_history=None)
