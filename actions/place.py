"""A street and nothing else: the same question, for that street."""

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.lexicon import load_lexicon
from actions.tracker import decision_of


class ActionPlace(Action):
    """Answers again when the topic in hand depends on the place; else a human sees what is meant."""

    def name(self) -> Text:
        return "action_place"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        place = (decision_of(tracker).get("details") or {}).get("place")
        act = answer_for(tracker.get_slot("topic"), place)
        dispatcher.utter_message(json_message=act)
        return []


def answer_for(topic_in_hand: Any, place: Any) -> Dict[Text, Any]:
    """The act for a place named alone."""
    if place and topic_in_hand in load_lexicon("details")["by_place"]:
        return {"act": "answer", "topic": topic_in_hand, "confidence": 1.0, "details": {"place": place}}
    return {"act": "handoff", "reason": "not_understood"}
