"""A conversation that is cheap to copy and to read back."""

import copy
import dataclasses
from collections import deque
from typing import List, TypeVar

from rasa.shared.core.events import (
    ActionReverted,
    ActiveLoop,
    Event,
    LegacyForm,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker

Object = TypeVar("Object")
STARTS = frozenset({Restarted, SessionStarted})
UNDOING = frozenset({ActionReverted, UserUtteranceReverted, ActiveLoop, LegacyForm})
"""Events after which Rasa may leave out some of those before them."""


class Conversation(DialogueStateTracker):
    """Rasa's tracker, with the same answers.

    Rasa copies the tracker for each action it runs, by replaying all its events: we copy the outcome.
    """

    def copy(self) -> "Conversation":
        """The same state, whose changes stay its own; events are shared, as in Rasa's copies."""
        twin = _shallow(self)
        twin.events = copy.copy(self.events)
        twin.slots = {name: _shallow(slot) for name, slot in self.slots.items()}
        twin.active_loop = self.active_loop and dataclasses.replace(self.active_loop)
        twin.model_id = twin.assistant_id = None
        return twin

    def init_copy(self) -> "Conversation":
        """The same conversation before anything was said."""
        twin = self.copy()
        twin.events = deque(maxlen=self._max_event_history)
        twin._reset()
        return twin

    def applied_events(self) -> List[Event]:
        """The events since the session started, less what was undone."""
        kinds = list(map(type, self.events))
        if not UNDOING.isdisjoint(kinds):
            return super().applied_events()
        start = len(kinds)
        while start and kinds[start - 1] not in STARTS:
            start -= 1
        return list(self.events)[start:]


def _shallow(original: Object) -> Object:
    """As ``copy.copy`` of a plain object, several times faster."""
    twin: Object = object.__new__(type(original))
    twin.__dict__.update(original.__dict__)
    return twin
