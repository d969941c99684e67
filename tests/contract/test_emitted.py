"""Whatever the assistant's files can emit is among the recorded acts."""

from typing import Any

import pytest

from desk.answers.catalogue import load_topics
from tests.contract.records import action_acts, domain_acts, form_keys, recorded

OPEN_FIELDS = ("topic", "more", "topics", "candidates", "confidence", "details")
"""Fields whose values are many: the catalogue or the schema checks them, not a record each."""


@pytest.mark.parametrize(("name", "act"), domain_acts().items(), ids=domain_acts().keys())
def test_a_response_of_the_domain_is_recorded(name: str, act: dict[str, Any]) -> None:
    """Same act, same fields, and the same value wherever a field has few."""
    fixed = {field: value for field, value in act.items() if field not in OPEN_FIELDS}
    assert [
        record for record in recorded() if fixed.items() <= record.items() and act.keys() <= record.keys()
    ]
    assert act.get("topic") in {None, *load_topics()}


def test_every_topic_has_its_response() -> None:
    """The retrieval intent of each topic leads to the answer of that very topic."""
    answers = {name: act["topic"] for name, act in domain_acts().items() if act["act"] == "answer"}
    assert answers == {f"utter_faq/{topic}": topic for topic in load_topics()}


@pytest.mark.parametrize(("where", "fields"), action_acts().items(), ids=action_acts().keys())
def test_an_act_written_by_an_action_is_recorded(where: str, fields: dict[str, list[Any]]) -> None:
    """Every field is known, and every constant one of the recorded values."""
    same = [record for record in recorded() if record["act"] in fields["act"]]
    assert same, f"no record of the act at {where}"
    for field, constants in fields.items():
        values = [record[field] for record in same if field in record]
        assert values, f"no record has the field {field} of {where}"
        if field not in OPEN_FIELDS:
            assert set(constants) <= set(values)


def test_every_question_of_the_report_form_is_recorded() -> None:
    """The form names its phrases away from the act that says them."""
    keys = {record.get("key") for record in recorded()}
    assert form_keys() and form_keys() <= keys
