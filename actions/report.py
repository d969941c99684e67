"""The report form: starting it with what is already known, sending it, leaving it."""

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.places import find_place
from actions.tracker import decision_of, payload_topic

PARTS = ("what", "where", "since")


class ActionReportStart(Action):
    """Answers on the topic first, then lets the form ask for what the message did not say."""

    def name(self) -> Text:
        return "action_report_start"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        topic = payload_topic(tracker)
        known: Dict[Text, Any] = dict.fromkeys(PARTS)
        if tracker.latest_message["intent"]["name"] == "signalement":
            text = str(tracker.latest_message.get("text") or "")
            known.update(what=text, where=find_place(text))
            act = {"act": "answer", "topic": topic, "confidence": decision_of(tracker).get("confidence", 1.0)}
            dispatcher.utter_message(json_message=act)
        return [SlotSet("report_topic", topic), *(SlotSet(part, value) for part, value in known.items())]


class ActionReportDone(Action):
    """Hands the whole report to a human."""

    def name(self) -> Text:
        return "action_report_done"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        details = {part: tracker.get_slot(part) for part in PARTS if tracker.get_slot(part)}
        act: Dict[Text, Any] = {"act": "handoff", "reason": "report", "details": details}
        if tracker.get_slot("report_topic"):
            act["topic"] = tracker.get_slot("report_topic")
        dispatcher.utter_message(json_message=act)
        return _forgotten()


class ActionReportLeave(Action):
    """Leaves the form; also heard as a plain "no" when there was none."""

    def name(self) -> Text:
        return "action_report_leave"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        in_form = bool((tracker.active_loop or {}).get("name"))
        dispatcher.utter_message(json_message={"act": "say", "key": "annule" if in_form else "nier"})
        return _forgotten()


class _Ask:
    """One question of the form; an action per slot, because Rasa finds them by their names."""

    slot: Text
    key: Text

    def name(self) -> Text:
        return f"action_ask_report_form_{self.slot}"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        dispatcher.utter_message(json_message={"act": "say", "key": self.key})
        return []


class AskWhat(_Ask, Action):
    slot, key = "what", "signalement_quoi"


class AskWhere(_Ask, Action):
    slot, key = "where", "signalement_ou"


class AskSince(_Ask, Action):
    slot, key = "since", "signalement_quand"


def _forgotten() -> List[Dict[Text, Any]]:
    return [SlotSet(name, None) for name in (*PARTS, "report_topic")]
