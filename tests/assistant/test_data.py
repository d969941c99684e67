"""The training and evaluation data keep their promises."""

import json
from collections import Counter

import pytest
import yaml

from bot.evaluation.lines import read_lines
from bot.paths import CALIBRATION, DATA, NLU, ROOT, TOPICS
from bot.text.normalise import normalise

CATALOGUE = yaml.safe_load(TOPICS.read_text(encoding="utf-8"))
TOPIC_IDS = {row["id"]: row["service"] for row in CATALOGUE["topics"]}
DIALOGUE_IDS = {row["id"] for row in CATALOGUE["dialogue"]}
EVALUATION = sorted((DATA / "evaluation").glob("*.jsonl"))
CALIBRATION_LINES = [row for path in sorted(CALIBRATION.glob("*.jsonl")) for row in read_lines(path)]
LEAST_TOPIC, LEAST_DIALOGUE, LEAST_OUT = 120, 100, 1000


def messages(path):
    """The messages of one NLU file, and its intent."""
    block = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    assert len(block) == 1, f"{path}: one intent a file"
    lines = block[0]["examples"].splitlines()
    return block[0]["intent"], [line[2:] for line in lines]


TRAINING = dict(
    messages(path)
    for path in sorted(NLU.rglob("*.yml"))
    if path.name != "commands.yml"
)  # fmt: skip


def test_every_topic_has_its_file_in_its_service():
    for topic, service in TOPIC_IDS.items():
        intent, _ = messages(NLU / service / f"{topic}.yml")
        assert intent == f"faq/{topic}"
    assert set(TRAINING) == {f"faq/{topic}" for topic in TOPIC_IDS} | DIALOGUE_IDS


@pytest.mark.parametrize("intent", sorted(TRAINING))
def test_there_are_enough_messages(intent):
    least = LEAST_TOPIC if "/" in intent else LEAST_DIALOGUE
    least = LEAST_OUT if intent == "hors_perimetre" else least
    assert len(TRAINING[intent]) >= least


def test_no_message_is_taught_under_two_intents():
    seen = Counter(text for said in TRAINING.values() for text in {normalise(one) for one in said})
    assert [text for text, times in seen.items() if times > 1] == []


def test_no_message_holds_rasa_markup():
    marked = [text for said in TRAINING.values() for text in said if set(text) & set("[]{}\\")]
    assert marked == []


def test_the_domain_answers_every_topic():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    answered = {name[len("utter_faq/") :] for name in domain["responses"] if name.startswith("utter_faq/")}
    assert answered == set(TOPIC_IDS)
    for topic in TOPIC_IDS:
        assert domain["responses"][f"utter_faq/{topic}"] == [{"custom": {"act": "answer", "topic": topic}}]


def test_training_calibration_and_evaluation_share_no_message():
    taught = {normalise(text) for said in TRAINING.values() for text in said}
    apart = {normalise(row.text) for row in CALIBRATION_LINES}
    held = [row for path in EVALUATION for row in read_lines(path)]
    assert [row.text for row in held if normalise(row.text) in taught | apart] == []
    assert [text for text in apart if text in taught] == []


def test_calibration_names_known_labels_and_covers_every_one():
    known = set(TOPIC_IDS) | DIALOGUE_IDS
    assert all(row.accepted <= known for row in CALIBRATION_LINES)
    assert {row.label for row in CALIBRATION_LINES} == known


def test_evaluation_covers_what_it_promises():
    rows = [json.loads(line) for line in (DATA / "evaluation/messages.jsonl").open(encoding="utf-8")]
    single = [row for row in rows if len(row.get("labels", [])) < 2]
    voices = {(row["label"], row["voice"]) for row in single if row["label"] in TOPIC_IDS}
    assert len(voices) == 8 * len(TOPIC_IDS)
    labels = Counter(row["label"] for row in single)
    assert labels["hors_perimetre"] >= 150
    assert all(labels[name] >= 8 for name in DIALOGUE_IDS)
    assert len(rows) - len(single) >= 60
    for row in rows:
        known = {row["label"], *row.get("also", []), *row.get("labels", [])}
        assert known <= set(TOPIC_IDS) | DIALOGUE_IDS, row
