"""The decision written where Rasa's rules, slots and responses look for it."""

from typing import Any, Dict, List

from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.decision import SURE_OF_TOPIC, Decision, Ranking

DECISION = "beffroi"
SELECTOR = "response_selector"
EXTRACTOR = "TopicClassifier"


def write_decision(message: Message, decision: Decision, ranking: Ranking) -> None:
    """Set intent, ranking, the topic in hand (an entity) and the data the acts are made of."""
    message.set(INTENT, {"name": decision.intent, "confidence": decision.confidence}, add_to_output=True)
    ranked = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    message.set(INTENT_RANKING_KEY, ranked, add_to_output=True)
    message.set(DECISION, decision.as_dict(), add_to_output=True)
    if decision.intent in SURE_OF_TOPIC and decision.topic:
        message.set(ENTITIES, _topic_entity(message, decision.topic), add_to_output=True)
    message.set(SELECTOR, _selector(decision), add_to_output=True)


def _topic_entity(message: Message, topic: str) -> List[Dict[str, Any]]:
    """The slot ``topic`` is filled from it, by Rasa's own slot mapping."""
    length = len(str(message.get("text") or ""))
    return [{"entity": "topic", "value": topic, "start": 0, "end": length, "extractor": EXTRACTOR}]


def _selector(decision: Decision) -> Dict[str, Any]:
    """What Rasa's retrieval action reads to pick ``utter_faq/<topic>``, in process."""
    chosen = f"faq/{decision.topic}"
    response = {
        "responses": [],
        "confidence": decision.confidence,
        "intent_response_key": chosen,
        "utter_action": f"utter_{chosen}",
    }
    return {"all_retrieval_intents": ["faq"], "faq": {"response": response, "ranking": []}}
