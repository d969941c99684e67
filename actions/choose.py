"""Buttons that name a topic, or none of those offered."""

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.tracker import earlier_decisions, payload_topic


class ActionChoose(Action):
    """Answers the topic of the button."""

    def name(self) -> Text:
        return "action_choose"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        topic = payload_topic(tracker)
        if topic is None:
            dispatcher.utter_message(json_message={"act": "say", "key": "reformuler"})
            return []
        act: Dict[Text, Any] = {"act": "answer", "topic": topic, "confidence": 1.0}
        asked = next(iter(earlier_decisions(tracker)), {})
        if topic in (asked.get("topics") or []) and asked.get("details"):
            act["details"] = asked["details"]
        dispatcher.utter_message(json_message=act)
        return [SlotSet("topic", topic)]


class ActionNoneOfThese(Action):
    """Hands over the question that the choices did not fit."""

    def name(self) -> Text:
        return "action_none_of_these"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        dispatcher.utter_message(json_message={"act": "handoff", "reason": "not_understood"})
        return []
