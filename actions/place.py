"""A street and nothing else: the same question, for that street."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Text

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.places import find_place
from actions.tracker import decision_of

LEXICON = Path(__file__).resolve().parent.parent / "data" / "lexicon" / "details.yml"


class ActionPlace(Action):
    """Answers again when the topic in hand depends on the place; else a human sees what is meant."""

    def name(self) -> Text:
        return "action_place"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        text = str(tracker.latest_message.get("text") or "")
        place = (decision_of(tracker).get("details") or {}).get("place") or find_place(text)
        act = answer_for(tracker.get_slot("topic"), place)
        dispatcher.utter_message(json_message=act)
        return []


def answer_for(topic_in_hand: Any, place: Any) -> Dict[Text, Any]:
    """The act for a place named alone."""
    if place and topic_in_hand in _by_place():
        return {"act": "answer", "topic": topic_in_hand, "confidence": 1.0, "details": {"place": place}}
    return {"act": "handoff", "reason": "not_understood"}


@lru_cache(maxsize=1)
def _by_place() -> FrozenSet[Text]:
    return frozenset(yaml.safe_load(LEXICON.read_text(encoding="utf-8"))["by_place"])
