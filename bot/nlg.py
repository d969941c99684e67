"""Acts made in process: the domain's response says which act, the parse data fills it."""

from typing import Any, Dict, Optional, Text

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.parse import DECISION


class ActGenerator(TemplatedNaturalLanguageGenerator):
    """Rasa's template generator, whose acts also carry what was understood of the last message."""

    def __init__(
        self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None
    ) -> None:
        super().__init__(domain.responses if domain else {})

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """The response of ``utter_action``, its act completed; None when the domain has none."""
        response = await super().generate(utter_action, tracker, output_channel, **kwargs)
        act = (response or {}).get("custom")
        latest = tracker.latest_message
        if response is None or not isinstance(act, dict) or latest is None:
            return response
        decision = (latest.parse_data or {}).get(DECISION) or {}
        return {**response, "custom": complete(act, decision)}


def complete(act: Dict[str, Any], decision: Dict[str, Any]) -> Dict[str, Any]:
    """The act with what only this message knows: confidence, details, topics, language."""
    done = dict(act)
    if done.get("act") == "answer":
        done["confidence"] = round(float(decision.get("confidence") or 1.0), 4)
        if decision.get("details"):
            done["details"] = decision["details"]
        if decision.get("more"):
            done["more"] = decision["more"]
    elif done.get("act") == "clarify":
        done["topics"] = decision.get("topics") or done.get("topics") or []
    elif done.get("act") == "say" and decision.get("intent") == "langue":
        done["key"] = f"langue_{decision['details']['langue']}"
    elif done.get("act") == "handoff":
        done.update({name: decision[name] for name in ("topic", "candidates") if decision.get(name)})
    return done
