"""Rasa's message processor without the work it only does for its debug log."""

from typing import Any, Dict, List, Optional, Text

from rasa.core.actions.action import Action
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.constants import DEFAULT_SENDER_ID
from rasa.shared.core.constants import ACTION_EXTRACT_SLOTS
from rasa.shared.core.events import ActionExecutionRejected, Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot.serving.tracker import Conversation

FIRST_WORDS = "bonjour"


class LightProcessor(MessageProcessor):
    """Three steps of Rasa's, doing the same to the tracker.

    Rasa deep-copies events for debug lines that nobody asked for, and builds a domain for each message to
    compare its own with.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._intents = frozenset(self.domain.intents)
        self._entities = frozenset(self.domain.entities)
        # What is made at the first message takes two seconds, which no citizen is to wait for.
        self._parse_message_with_graph(
            UserMessage(FIRST_WORDS), Conversation(DEFAULT_SENDER_ID, self.domain.slots)
        )

    def _check_for_unseen_features(self, parse_data: Dict[Text, Any]) -> None:
        named = {element["entity"] for element in parse_data["entities"] or []}
        if parse_data["intent"]["name"] not in self._intents or not named <= self._entities:
            super()._check_for_unseen_features(parse_data)

    async def get_tracker(self, conversation_id: Text) -> DialogueStateTracker:
        """The conversation; a new one is stored with its first message, not before."""
        sender = conversation_id or DEFAULT_SENDER_ID
        tracker = await self.tracker_store.retrieve(sender)
        tracker = Conversation(sender, self.domain.slots) if tracker is None else tracker
        tracker.model_id = self.model_metadata.model_id
        tracker.assistant_id = tracker.assistant_id or self.model_metadata.assistant_id
        return tracker

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Fill the slots from the message, on the tracker itself."""
        events = await self._get_action(ACTION_EXTRACT_SLOTS).run(
            output_channel, self.nlg, tracker, self.domain
        )
        await self._send_bot_messages(events, tracker, output_channel)
        tracker.update_with_events(events, self.domain)
        return tracker

    def _log_action_on_tracker(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: Optional[List[Event]],
        prediction: PolicyPrediction,
    ) -> None:
        events = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)
