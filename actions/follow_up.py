"""A short message that leans on the topic in hand: "et pour un mineur ?"."""

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.tracker import decision_of, earlier_decisions


class ActionFollowUp(Action):
    """Answers on the topic in hand; without one, on what the words alone suggest."""

    def name(self) -> Text:
        return "action_follow_up"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        before = next(iter(earlier_decisions(tracker)), {})
        act = follow_up(tracker.get_slot("topic"), decision_of(tracker), before)
        dispatcher.utter_message(json_message=act)
        return []


def follow_up(topic_in_hand: Any, decision: Dict[Text, Any], before: Dict[Text, Any]) -> Dict[Text, Any]:
    """The act for a follow-up; ``before`` is what was understood of the message it follows."""
    if before.get("intent") == "preciser" and before.get("topics"):
        return {"act": "clarify", "topics": before["topics"]}  # they have not chosen yet
    topic = topic_in_hand or decision.get("topic")
    if topic:
        act = {"act": "answer", "topic": topic, "confidence": round(decision.get("confidence") or 0.0, 4)}
        return {**act, "details": decision["details"]} if decision.get("details") else act
    if len(decision.get("topics") or []) > 1:
        return {"act": "clarify", "topics": decision["topics"]}
    return {"act": "say", "key": "reformuler"}
