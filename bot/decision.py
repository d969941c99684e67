"""What to do about a message, decided from probabilities: pure, so that each rule can be read and tried."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Dict, Iterable, List, Optional, Tuple

from bot.details import find_details
from bot.followup import is_followup
from bot.labels import FAQ, OUT_OF_SCOPE
from bot.model.thresholds import Thresholds
from bot.reports import can_be_reported, is_only_place, is_question, is_report, says_cancel
from bot.safety import danger, foreign_danger

CHOICES = 3
LEAST_LIKELY = 0.08
"""A topic less likely than this is no hint for the human who takes over."""

LEAST_CANDIDATE = 0.02
"""A topic less likely than this is not shown to the human who looks for an answer."""

LEAST_DIALOGUE = 0.5
"""A greeting, a thank-you or a "no" is taken for one from this probability on."""

SURE_DIALOGUE = 0.9
"""Below it, a message made only of small words follows up on the topic in hand ("c'est combien ?")."""

LEAST_DECLINE = 0.8
"""Below it, what looks out of scope is asked about when topics are near enough."""

LEAST_SECOND = 0.95
"""Each of two requests in one message must be this sure by itself."""

LEAST_HINTED = 0.7
HINT = 0.005
"""Less is enough when each asks something and the whole message gives both topics at least this hint."""

LEAST_SHARE = 0.1
"""What the whole message must give to the second topic when its first half asks nothing."""

LIGHT = ("saluer", "remercier", "au_revoir", "affirmer", "nier")
"""Courtesies: a message that also asks something is answered on what it asks."""

SURE_OF_TOPIC = ("faq", "signalement", "constat")
"""Decisions that answer a topic."""

NOTHING = ("vide", "incompris")
"""Decisions that understood nothing."""

HEARD_ANYWAY = ("urgence_vitale", "detresse", "parler_humain", "remercier", "insulte")
"""Decisions that stand in any language ("can I talk to a human please")."""

SURE_DESPITE_PLACE = 0.98
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
    candidates: List[str] = field(default_factory=list)
    details: Dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> Dict[str, Any]:
        """For the parse data, JSON-serialisable."""
        return dict(vars(self))


Ranking = List[Tuple[str, float]]


@dataclass
class Heard:
    """A message, or half of one: as written, normalised, and the labels it may have, best first."""

    text: str
    normal: str
    ranking: Ranking

    @cached_property
    def details(self) -> Dict[str, str]:
        """What changes its answer, looked for once and only when it counts."""
        return find_details(self.normal, self.text)


@dataclass
class Halves:
    """Two parts that may each be a request; ``both_ask``: each is one by itself (bot.doubles)."""

    first: Heard
    second: Heard
    both_ask: bool = True


def decide(heard: Heard, limits: Thresholds, cuts: Iterable[Halves] = ()) -> Decision:
    """The decision on a message; ``cuts``: the ways it may hold two requests, the likeliest first."""
    peril = danger(heard.normal) or foreign_danger(heard.text)
    if peril:
        return Decision(peril, 1.0)
    if says_cancel(heard.normal):
        return Decision("annuler", 1.0)
    whole = _decide_alone(heard, limits)
    if is_only_place(heard.normal) and whole.confidence < SURE_DESPITE_PLACE:
        return Decision("lieu", whole.confidence, details=heard.details)
    if is_followup(heard.normal) and not _is_plain_dialogue(heard, whole):
        return _follow_up(heard, whole)
    doubles = (_two_requests(heard, cut) for cut in cuts)
    return next((double for double in doubles if double), whole)


def _follow_up(heard: Heard, whole: Decision) -> Decision:
    sure = whole.topic if whole.intent == "faq" else None
    return Decision("suite", whole.confidence, sure, topics=whole.topics, details=heard.details)


def _is_plain_dialogue(heard: Heard, decision: Decision) -> bool:
    """Whether a message made of small words is surely a thank-you, a "no", a question about the assistant."""
    if heard.details:
        return False
    return decision.intent in LIGHT or (decision.intent in _DIALOGUE and decision.confidence >= SURE_DIALOGUE)


_DIALOGUE = {"robot", "capacites", "parler_humain", "suivi_ticket", "insulte"}


def _decide_alone(heard: Heard, limits: Thresholds) -> Decision:
    label, confidence = heard.ranking[0]
    topics = [(name[len(FAQ) :], value) for name, value in heard.ranking if name.startswith(FAQ)]
    if label.startswith(FAQ) and confidence >= limits.answer:
        topic = topics[0][0]
        return Decision(_topic_intent(heard, topic), confidence, topic, details=heard.details)
    if label == OUT_OF_SCOPE and confidence >= LEAST_DECLINE:
        return Decision(OUT_OF_SCOPE, confidence)
    if not label.startswith(FAQ) and label != OUT_OF_SCOPE and confidence >= LEAST_DIALOGUE:
        return Decision(label, confidence)
    choices = topics[:CHOICES]
    if len(choices) > 1 and sum(value for _, value in choices) >= limits.clarify:
        near = [topic for topic, _ in choices]
        return Decision("preciser", confidence, topics=near, details=heard.details)
    if label == OUT_OF_SCOPE and confidence >= LEAST_DIALOGUE:
        return Decision(OUT_OF_SCOPE, confidence)
    if len(heard.normal.split()) < SHORTEST_QUESTION:
        return Decision("vide", confidence)
    likely = topics[0][0] if topics and topics[0][1] >= LEAST_LIKELY else None
    candidates = [topic for topic, value in choices if value >= LEAST_CANDIDATE]
    return Decision("incompris", confidence, likely, candidates=candidates)


def _topic_intent(heard: Heard, topic: str) -> str:
    """A question, a plain report, or a remark that answers a question of the report form."""
    if not can_be_reported(topic) or is_question(heard.text, heard.normal):
        return "faq"
    return "signalement" if is_report(heard.normal) else "constat"


def _two_requests(heard: Heard, cut: Halves) -> Optional[Decision]:
    """Both topics, when each half is sure of its own and they differ; what the whole leans to comes first.

    A story before a question has topics too: there, the whole must lean to both.
    """
    found = dict(part.ranking[0] for part in (cut.first, cut.second))
    of_whole = dict(heard.ranking)
    hint = min(of_whole.get(label, 0.0) for label in found)
    least = LEAST_HINTED if cut.both_ask and hint >= HINT else LEAST_SECOND
    if len(found) < 2 or not all(label.startswith(FAQ) for label in found) or min(found.values()) < least:
        return None
    if not cut.both_ask and hint < LEAST_SHARE:
        return None
    topic, second = (label[len(FAQ) :] for label in sorted(found, key=lambda one: -of_whole.get(one, 0.0)))
    return Decision("faq", min(found.values()), topic, more=second, details=cut.first.details)


def may_be_two(heard: Heard, both_ask: bool) -> bool:
    """Whether halves are worth hearing: each asks something, or the whole leans to two topics."""
    leaning = sum(label.startswith(FAQ) and value >= LEAST_SHARE for label, value in heard.ranking)
    return both_ask or leaning > 1
