"""What actions read of a conversation."""

from typing import Any, Dict, List, Optional, Text

from rasa_sdk import Tracker

DECISION = "beffroi"


def decision_of(tracker: Tracker) -> Dict[Text, Any]:
    """What was understood of the last message (bot/parse.py writes it), empty for a button."""
    return tracker.latest_message.get(DECISION) or {}


def payload_topic(tracker: Tracker) -> Optional[Text]:
    """The topic of the button that was clicked."""
    found = [
        entity["value"]
        for entity in tracker.latest_message.get("entities") or []
        if entity["entity"] == "topic"
    ]
    return found[0] if found else None


def earlier_decisions(tracker: Tracker) -> List[Dict[Text, Any]]:
    """What was understood of the messages before the last one, newest first."""
    users = [event for event in tracker.events if event.get("event") == "user"]
    return [(event.get("parse_data") or {}).get(DECISION) or {} for event in reversed(users[:-1])]
