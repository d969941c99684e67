"""Follow-ups lean on the topic in hand."""

from actions.follow_up import follow_up

DETAILS = {"public": "mineur"}


def test_with_a_topic_in_hand_it_answers_with_the_detail():
    act = follow_up("passeport", {"confidence": 0.2, "details": DETAILS}, {})
    assert act == {"act": "answer", "topic": "passeport", "confidence": 0.2, "details": DETAILS}


def test_while_a_choice_is_open_it_offers_it_again():
    act = follow_up(None, {"details": DETAILS}, {"intent": "preciser", "topics": ["passeport", "pacs"]})
    assert act == {"act": "clarify", "topics": ["passeport", "pacs"]}


def test_with_nothing_in_hand_it_asks_to_rephrase():
    assert follow_up(None, {"confidence": 0.3}, {}) == {"act": "say", "key": "reformuler"}
