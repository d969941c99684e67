"""The figures of ``make evaluate``, a pure function of what each line got."""

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterable, List

from bot.evaluation.lines import Catalogue, Line
from bot.labels import OUT_OF_SCOPE

HANDED = ("handoff", "declined")
OUTCOMES = {
    "answer": "answered", "clarify": "clarify", "say": "smalltalk", "decline": "declined",
    "handoff": "handoff", "ticket_status": "ticket_status", "safety": "safety", "moderation": "moderation",
}  # fmt: skip


@dataclass
class Got:
    """What one line got: the outcome of the first act that has one, and the topics involved."""

    outcome: str
    topics: List[str] = field(default_factory=list)
    choices: List[str] = field(default_factory=list)

    @classmethod
    def of(cls, acts: Iterable[Dict[str, Any]]) -> "Got":
        """From the acts, in the order they were made."""
        known = [act for act in acts if act.get("act") in OUTCOMES]
        if not known:
            return cls("none")
        first = known[0]
        topics = [
            str(topic)
            for act in known
            if act["act"] == "answer"
            for topic in (act["topic"], act.get("more"))
            if topic
        ]
        choices = list(first.get("topics") or []) if first["act"] == "clarify" else []
        return cls(OUTCOMES[first["act"]], topics, choices)


def score(lines: List[Line], got: List[Got], catalogue: Catalogue, seconds: float) -> Dict[str, Any]:
    """The JSON object of ``make evaluate`` (docs/architecture.md gives each figure's definition)."""
    pairs = list(zip(lines, got))
    inside = [(line, result) for line, result in pairs if line.label in catalogue.topics]
    outside = [(line, result) for line, result in pairs if line.label == OUT_OF_SCOPE]
    talk = [(line, r) for line, r in pairs if line.label in catalogue.dialogue and line.label != OUT_OF_SCOPE]
    double = [(line, result) for line, result in inside if len(line.labels) > 1]
    correct = sum(is_correct(line, result) for line, result in inside)
    wrong = sum(result.outcome == "answered" and not is_correct(line, result) for line, result in pairs)
    answered = sum(result.outcome == "answered" for _, result in inside)
    hits = sum(is_clarify_hit(line, result) for line, result in inside)
    oos_answered = sum(result.outcome == "answered" for _, result in outside)
    return {
        "n": len(lines),
        "in_scope": len(inside),
        "answered": answered,
        "correct": correct,
        "clarify": sum(result.outcome == "clarify" for _, result in inside),
        "clarify_hit": hits,
        "handoff": sum(result.outcome in HANDED for _, result in inside),
        "oos": len(outside),
        "oos_answered": oos_answered,
        "dialogue": len(talk),
        "dialogue_correct": sum(catalogue.dialogue[line.label] == result.outcome for line, result in talk),
        "wrong": wrong,
        "two_requests": len(double),
        "both": sum(set(line.labels) <= set(result.topics) for line, result in double),
        "coverage": ratio(answered, len(inside)),
        "resolved": ratio(correct + hits, len(inside)),
        "accuracy": ratio(correct, len(inside)),
        "precision": ratio(correct, correct + wrong),
        "oos_false_answer_rate": ratio(oos_answered, len(outside)),
        "voices": _voices(inside),
        "ms_per_message": round(1000 * seconds / len(lines), 3) if lines else 0.0,
    }


def is_correct(line: Line, got: Got) -> bool:
    """Answered, on a topic a fair judge accepts."""
    return got.outcome == "answered" and bool(got.topics) and got.topics[0] in line.accepted


def is_clarify_hit(line: Line, got: Got) -> bool:
    """Asked back, with a right topic among the choices."""
    return got.outcome == "clarify" and bool(line.accepted & set(got.choices))


def ratio(part: int, whole: int) -> float:
    """Four decimals; 0 of nothing is 0."""
    return round(part / whole, 4) if whole else 0.0


def _voices(inside: List[Any]) -> Dict[str, float]:
    voices: Dict[str, List[bool]] = {}
    for line, result in inside:
        if line.voice:
            voices.setdefault(line.voice, []).append(is_correct(line, result) or is_clarify_hit(line, result))
    return {voice: ratio(sum(found), len(found)) for voice, found in sorted(voices.items())}


def report(line: Line, got: Got) -> Dict[str, Any]:
    """One line of ``OUT``: the message with what it got."""
    right = is_correct(line, got) or is_clarify_hit(line, got)
    return {**asdict(line), "got": asdict(got), "resolved": right}
