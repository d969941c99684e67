"""The figures of ``make bench-understanding``, on guesses made by hand, and its perturbations."""

import random

import numpy as np
import pytest

from bench.understanding.figures import by_voice, confusions, figures, risk_coverage, wrong_at
from bench.understanding.material import Question
from bench.understanding.perturbations import PERTURBATIONS, perturbed
from bench.understanding.systems import Guess, Run, plain, read_ranking
from bot.lessons import read_lessons
from bot.text.normalise import normalise

QUESTIONS = [
    Question("passeport", ["faq/passeport"], "sms"),
    Question("piscine", ["faq/piscine"], "sms"),
    Question("marché", ["faq/marche"], "recit"),
    Question("météo", ["hors_perimetre"], "recit"),
    Question("bonjour", ["saluer"], ""),
]
GUESSES = [
    Guess("faq/passeport", 0.9, "faq/passeport"),
    Guess("faq/piscine", 0.7, None),
    Guess("faq/piscine", 0.6, "faq/piscine"),
    Guess("faq/agenda", 0.5, "faq/agenda"),
    Guess("saluer", 1.0, None),
]
RUN = Run("ours", 12.0, 1.5, GUESSES)


def test_each_figure_is_what_its_name_says():
    found = figures(RUN, QUESTIONS)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["precision"] == pytest.approx(1 / 3)
    assert found["coverage"] == pytest.approx(2 / 3)
    assert found["wrong"] == pytest.approx(40)
    assert found["oos"] == 1
    assert found["train"] == 12.0


def test_voices_count_what_is_in_scope():
    assert by_voice(RUN, QUESTIONS) == {"recit": 0.0, "sms": 1.0}


def test_risk_is_read_from_the_surest_answer_down():
    coverage, risk = risk_coverage(GUESSES, QUESTIONS)
    assert np.allclose(coverage, [1 / 3, 2 / 3, 1, 1])
    assert np.allclose(risk, [0, 0, 1 / 3, 1 / 2])
    assert wrong_at(GUESSES, QUESTIONS, 0.5) == 0
    assert wrong_at(GUESSES[:1], QUESTIONS, 0.9) == 1


def test_confusions_name_both_labels_once():
    assert confusions(RUN, QUESTIONS)[0] == ("faq/marche", "faq/piscine", 1)


SAID = "L'école n'est pas ouverte aujourd’hui, où dois-je inscrire ma fille ?"


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
def test_perturbations_change_the_text_the_same_way_each_time(name):
    change = PERTURBATIONS[name]
    assert perturbed([SAID, SAID], change) == perturbed([SAID, SAID], change)
    assert change(SAID, random.Random(1)) != SAID


@pytest.mark.parametrize(
    "name",
    ["accents dropped", "all capitals", "double spaces", "no-break spaces", "HTML entities", "emoji",
     "apostrophe ’", "apostrophe '", "apostrophe ʼ"],
)  # fmt: skip
def test_what_changes_no_word_is_normalised_away(name):
    assert normalise(PERTURBATIONS[name](SAID, random.Random(1))) == normalise(SAID)


def test_lessons_are_those_of_training():
    lessons = read_lessons(per_label=2)
    assert len(lessons) == 85 + 14
    assert all(len(said) == 2 and not said[0].startswith("/") for said in lessons.values())


def test_a_topic_is_an_intent_of_its_own_for_other_pipelines():
    assert plain("faq/passeport") == "faq__passeport"
    ranking = [{"name": "nlu_fallback", "confidence": 0.7}, {"name": "faq__passeport", "confidence": 0.25}]
    quiet = {"intent": {"name": "nlu_fallback"}, "intent_ranking": ranking}
    assert read_ranking(quiet) == Guess("faq/passeport", 0.25, None)
    sure = {"intent": ranking[1], "intent_ranking": ranking[1:]}
    assert read_ranking(sure) == Guess("faq/passeport", 0.25, "faq/passeport")
