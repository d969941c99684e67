"""What to do about a message, decided from probabilities: pure, so that each rule can be read and tried."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from bot.details import find_details
from bot.followup import is_followup
from bot.model.thresholds import FAQ, Thresholds
from bot.reports import is_only_place, is_report, says_cancel
from bot.safety import danger

OUT_OF_SCOPE = "hors_perimetre"
CHOICES = 3
LEAST_CHOICE = 0.08
"""A topic less likely than this is not worth a button."""

LEAST_DIALOGUE = 0.5
"""A greeting, a thank-you or a "no" is taken for one from this probability on."""

LEAST_DECLINE = 0.6
LEAST_SECOND = 0.75
"""Each of two requests in one message must be this sure by itself."""

LIGHT = ("saluer", "remercier", "au_revoir", "affirmer", "nier")
"""Courtesies: a message that also asks something is answered on what it asks."""

SURE_DESPITE_PLACE = 0.9
"""A bare street name is no question, unless the classifier is this sure."""

SHORTEST_QUESTION = 2
"""Words below which a message that was not understood is asked again instead of handed over."""


@dataclass
class Decision:
    """The intent that rules see, and what the act needs to know."""

    intent: str
    confidence: float
    topic: Optional[str] = None
    more: Optional[str] = None
    topics: List[str] = field(default_factory=list)
    details: Dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> Dict[str, Any]:
        """For the parse data, JSON-serialisable."""
        return dict(vars(self))


Ranking = List[Tuple[str, float]]


def decide(normal: str, ranking: Ranking, parts: List[Tuple[str, Ranking]], limits: Thresholds) -> Decision:
    """The decision on a normalised message.

    ``ranking``: labels and probabilities, best first. ``parts``: the same for each half of a message that
    may hold two requests (see bot.doubles).
    """
    peril = danger(normal)
    if peril:
        return Decision(peril, 1.0)
    if says_cancel(normal):
        return Decision("annuler", 1.0)
    whole = _decide_alone(normal, ranking, limits)
    if is_only_place(normal) and whole.confidence < SURE_DESPITE_PLACE:
        return Decision("lieu", whole.confidence)
    if is_followup(normal) and whole.intent not in _DIALOGUE_FIRST:
        return Decision("suite", whole.confidence, whole.topic, topics=whole.topics, details=whole.details)
    double = _two_requests(parts, limits)
    if double is not None:
        return double
    return whole


_DIALOGUE_FIRST = {*LIGHT, "robot", "capacites", "parler_humain", "suivi_ticket", "insulte"}


def _decide_alone(normal: str, ranking: Ranking, limits: Thresholds) -> Decision:
    label, confidence = ranking[0]
    details = find_details(normal)
    topics = [(name[len(FAQ) :], value) for name, value in ranking if name.startswith(FAQ)]
    if label.startswith(FAQ) and confidence >= limits.answer:
        intent = "signalement" if is_report(normal, topics[0][0]) else "faq"
        return Decision(intent, confidence, topics[0][0], details=details)
    if label == OUT_OF_SCOPE and confidence >= LEAST_DECLINE:
        return Decision(OUT_OF_SCOPE, confidence)
    if not label.startswith(FAQ) and label != OUT_OF_SCOPE and confidence >= LEAST_DIALOGUE:
        return Decision(label, confidence)
    choices = [(topic, value) for topic, value in topics[:CHOICES] if value >= LEAST_CHOICE]
    if len(choices) > 1 and sum(value for _, value in choices) >= limits.clarify:
        return Decision("preciser", confidence, topics=[topic for topic, _ in choices], details=details)
    if len(normal.split()) < SHORTEST_QUESTION:
        return Decision("vide", confidence)
    likely = topics[0][0] if topics and topics[0][1] >= LEAST_CHOICE else None
    return Decision("incompris", confidence, likely)


def _two_requests(parts: List[Tuple[str, Ranking]], limits: Thresholds) -> Optional[Decision]:
    """Both topics, when each half is sure of its own and they differ."""
    if len(parts) != 2:
        return None
    found = []
    for normal, ranking in parts:
        label, confidence = ranking[0]
        if not label.startswith(FAQ) or confidence < max(LEAST_SECOND, limits.answer):
            return None
        found.append((label[len(FAQ) :], confidence, normal))
    (first, sure, normal), (second, also_sure, _) = found
    if first == second:
        return None
    return Decision("faq", min(sure, also_sure), first, more=second, details=find_details(normal))
