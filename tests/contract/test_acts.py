"""The desk understands every recorded act, and refuses what is no act."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from desk.answers.catalogue import load_topics
from desk.assistant.acts import ACT, Act
from desk.texts import load_texts
from tests.contract.records import ACTS, recorded

MALFORMED: dict[str, Any] = {
    "no act": {"topic": "passeport"},
    "an act of tomorrow": {"act": "sing", "topic": "passeport"},
    "not an object": ["answer"],
    "an answer without a topic": {"act": "answer", "confidence": 0.9},
    "a topic that could be a path": {"act": "answer", "topic": "../passeport"},
    "a confidence above one": {"act": "answer", "topic": "passeport", "confidence": 1.2},
    "details that are a list": {"act": "answer", "topic": "passeport", "details": ["mineur"]},
    "no choice": {"act": "clarify", "topics": []},
    "four choices": {"act": "clarify", "topics": ["pacs", "mariage", "passeport", "cantine"]},
    "a phrase with a dot": {"act": "say", "key": "handoff.asked"},
    "a handoff without a reason": {"act": "handoff"},
    "an unknown reason": {"act": "handoff", "reason": "bored"},
    "an unknown danger": {"act": "safety", "kind": "froid"},
    "a reference that is a number": {"act": "ticket_status", "reference": 12},
}


@pytest.mark.parametrize("act", recorded(), ids=lambda act: " ".join(map(str, act.values()))[:50])
def test_a_recorded_act_is_understood_with_each_of_its_fields(act: dict[str, Any]) -> None:
    """Nothing of a recorded act is ignored, so a renamed field cannot pass unseen."""
    assert ACT.validate_python(act).model_dump(exclude_unset=True) == act


@pytest.mark.parametrize("act", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_act_is_refused(act: Any) -> None:
    """The adapter then counts the reply as none."""
    with pytest.raises(ValidationError):
        ACT.validate_python(act)


@pytest.mark.parametrize("act", recorded(), ids=lambda act: " ".join(map(str, act.values()))[:50])
def test_an_unknown_field_is_let_through(act: dict[str, Any]) -> None:
    """The assistant may be newer than the desk."""
    assert ACT.validate_python({**act, "mood": "fine"}) == ACT.validate_python(act)


def test_every_act_of_the_design_is_recorded_in_a_file_of_its_name() -> None:
    """A kind without a record would be shared by nobody."""
    kinds = {get_args(one.model_fields["act"].annotation)[0] for one in get_args(Act)} - {"text"}
    assert {file.stem for file in ACTS.glob("*.json")} == kinds
    assert {act["act"] for act in recorded()} == kinds


def test_recorded_acts_name_topics_and_phrases_that_exist() -> None:
    """A record of a topic or a phrase that was renamed is out of date."""
    topics, texts = load_topics(), load_texts()
    for act in recorded():
        named = [act.get("topic"), act.get("more"), *act.get("topics", [])]
        assert [topic for topic in named if topic and topic not in topics] == []
        assert act["act"] != "say" or texts.has(f"say.{act['key']}")
        assert act["act"] != "handoff" or texts.has(f"handoff.{act['reason']}")
        assert act["act"] != "safety" or texts.has(f"safety.{act['kind']}")
        assert act["act"] != "moderation" or texts.has(f"moderation.{act['level']}")
