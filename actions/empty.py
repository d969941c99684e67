"""A message with nothing in it: ask again once, then let a human see."""

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.tracker import earlier_decisions

EMPTY = "vide"


class ActionEmpty(Action):
    """``?``, ``hein``: rephrase, please; the second time in a row, a ticket."""

    def name(self) -> Text:
        return "action_empty"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        before = next(iter(earlier_decisions(tracker)), {})
        if before.get("intent") == EMPTY:
            dispatcher.utter_message(json_message={"act": "handoff", "reason": "not_understood"})
        else:
            dispatcher.utter_message(json_message={"act": "say", "key": "reformuler"})
        return []
