"""The figures of a run: pure functions of the questions and what a system made of them."""

from collections import Counter

import numpy as np

from bench.understanding.material import Question
from bench.understanding.systems import Guess, Run
from bot.labels import FAQ, OUT_OF_SCOPE
from bot.model.calibration import expected_calibration_error

Figures = dict[str, float]


def figures(run: Run, questions: list[Question]) -> Figures:
    """Shares between 0 and 1; ``wrong`` is wrong answers a hundred messages of any kind."""
    pairs = list(zip(questions, run.guesses))
    inside = [(question, guess) for question, guess in pairs if in_scope(question)]
    outside = [guess for question, guess in pairs if OUT_OF_SCOPE in question.accepted]
    correct = sum(guess.answered in question.accepted for question, guess in inside)
    answered = sum(guess.answered is not None for _, guess in pairs)
    right = np.array([guess.label in question.accepted for question, guess in pairs])
    confidence = np.array([guess.confidence for guess in run.guesses])
    return {
        "accuracy": _share(sum(guess.label in question.accepted for question, guess in inside), len(inside)),
        "precision": _share(correct, answered),
        "coverage": _share(sum(guess.answered is not None for _, guess in inside), len(inside)),
        "wrong": 100 * _share(answered - correct, len(pairs)),
        "oos": _share(sum(guess.answered is not None for guess in outside), len(outside)),
        "ece": expected_calibration_error(confidence, right),
        "train": run.train,
        "milliseconds": run.milliseconds,
    }


def in_scope(question: Question) -> bool:
    """Whether a topic is asked for."""
    return any(label.startswith(FAQ) for label in question.accepted)


def by_voice(run: Run, questions: list[Question]) -> dict[str, float]:
    """Share of in-scope messages whose likeliest label is right, for each voice."""
    found: dict[str, list[bool]] = {}
    for question, guess in zip(questions, run.guesses):
        if in_scope(question) and question.voice:
            found.setdefault(question.voice, []).append(guess.label in question.accepted)
    return {voice: _share(sum(right), len(right)) for voice, right in sorted(found.items())}


def risk_coverage(guesses: list[Guess], questions: list[Question]) -> tuple[np.ndarray, np.ndarray]:
    """Coverage of the in-scope messages and share of wrong answers, as the threshold is lowered.

    Every system answers its surest topics first, whatever its own threshold.
    """
    topics = [(guess, question) for guess, question in zip(guesses, questions) if guess.label.startswith(FAQ)]
    topics.sort(key=lambda pair: -pair[0].confidence)
    right = np.array([guess.label in question.accepted for guess, question in topics], dtype=bool)
    asked = np.array([in_scope(question) for _, question in topics], dtype=bool)
    total = sum(map(in_scope, questions))
    return np.cumsum(asked) / total, np.cumsum(~right) / np.arange(1, right.size + 1)


def wrong_at(guesses: list[Guess], questions: list[Question], coverage: float) -> float:
    """Share of wrong answers at a coverage; 1 when the system never answers so many."""
    reached, risk = risk_coverage(guesses, questions)
    at = np.nonzero(reached >= coverage)[0]
    return float(risk[at[0]]) if at.size else 1.0


def confusions(run: Run, questions: list[Question], most: int = 20) -> list[tuple[str, str, int]]:
    """Pairs of labels taken for one another, the most frequent first."""
    pairs: Counter[tuple[str, str]] = Counter()
    for question, guess in zip(questions, run.guesses):
        if guess.label not in question.accepted:
            first, second = sorted((question.accepted[0], guess.label))
            pairs[first, second] += 1
    return [(first, second, count) for (first, second), count in pairs.most_common(most)]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
