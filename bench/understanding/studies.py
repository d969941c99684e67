"""What the classifier owes to its data and its parts: trained again on less, asked the same questions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench.understanding.material import Question
from bench.understanding.perturbations import PERTURBATIONS, perturbed
from bot.components.topic_classifier import read_apart
from bot.labels import FAQ
from bot.lessons import Lessons
from bot.model import rows
from bot.model.calibration import Calibration
from bot.model.classifier import Classifier
from bot.model.features import Features
from bot.text.normalise import normalise

SIZES = (10, 20, 40, 80, 160)
Row = dict[str, float]
_SHORTHAND = re.compile(
    r"\b(?:slt|bjr|pr|pk|koi|jvoudr\w*|jdoi|svp|stp|tt|ds|ke|kel\w*|g|c|keske|dc|tjr?s?|qd|ya|jsui\w*)\b"
)


def spacy_model() -> Any:
    """The French model as the assistant loads it: words and vectors only."""
    from bot.components.spacy_provider import SpacyNLP

    return SpacyNLP({"model": "fr_core_news_md"}).provide().model


def train(lessons: Lessons, nlp: Any) -> Classifier:
    """The classifier as ``rasa train`` makes it, without Rasa around it."""
    texts, labels = _flat(lessons)
    return Classifier.train(texts, labels, read_apart(), nlp)


def measure(classifier: Classifier, questions: list[Question], nlp: Any) -> Row:
    """Accuracy of the likeliest label in scope; precision and coverage at the trained thresholds."""
    speller = classifier.speller(nlp)
    found = classifier.predict([speller.mend(normalise(question.text)) for question in questions], nlp)
    return _row(classifier, found, questions)


def learning_curve(
    whole: Classifier, lessons: Lessons, questions: list[Question], nlp: Any
) -> list[tuple[int, Row]]:
    """Figures by the number of messages a label may teach; the last point is all of them."""
    most = max(map(len, lessons.values()))
    points = []
    for size in (size for size in SIZES if size < most):
        some = {label: _spread(said, size) for label, said in lessons.items()}
        points.append((size, measure(train(some, nlp), questions, nlp)))
    return [*points, (most, measure(whole, questions, nlp))]


def without_a_voice(
    whole: Classifier, lessons: Lessons, questions: list[Question], nlp: Any
) -> dict[str, tuple[int, Row, Row]]:
    """For each voice told by its form: how many lessons were left out, its figures with and without."""
    found = {}
    for voice, is_of in VOICES.items():
        rest = {label: [one for one in said if not is_of(one)] for label, said in lessons.items()}
        own = [question for question in questions if question.voice == voice]
        removed = sum(map(len, lessons.values())) - sum(map(len, rest.values()))
        found[voice] = removed, measure(whole, own, nlp), measure(train(rest, nlp), own, nlp)
    return found


VOICES: dict[str, Callable[[str], bool]] = {
    "sms": lambda text: len(_SHORTHAND.findall(text.lower())) > 0,
    "mots_cles": lambda text: len(text.split()) <= 6 and not re.search(r"[?,.!]", text),
    "recit": lambda text: len(text.split()) >= 25,
}
"""Lessons carry no voice: these are told by their form (shorthand, bare keywords, length)."""


def ablations(full: Classifier, lessons: Lessons, questions: list[Question], nlp: Any) -> dict[str, Row]:
    """Each part taken away in turn, the rest fitted and calibrated again where it must be."""
    found = {"everything": measure(full, questions, nlp)}
    for name, kept in (("the linear model alone", (1.0, 0.0)), ("the network alone", (0.0, 1.0))):
        found[name] = _refitted(full, kept, questions, nlp)
    for name, hidden in (("without word n-grams", "words"), ("without character n-grams", "chars"),
                         ("without word vectors", "vectors")):  # fmt: skip
        found[name] = measure(_without(hidden, lessons, nlp), questions, nlp)
    rows = full.predict([normalise(question.text) for question in questions], nlp)
    found["without mending of misspelt words"] = _row(full, rows, questions)
    uncorrected = replace(full, calibration=Calibration(full.calibration.weights, 0.0))
    found["without the weight of what is out of scope"] = measure(uncorrected, questions, nlp)
    return found


def robustness(classifier: Classifier, questions: list[Question], nlp: Any) -> dict[str, Row]:
    """Figures on the questions as they are, then after each perturbation."""
    found = {"as written": measure(classifier, questions, nlp)}
    for name, change in PERTURBATIONS.items():
        texts = perturbed([question.text for question in questions], change)
        changed = [replace(question, text=text) for question, text in zip(questions, texts)]
        found[name] = measure(classifier, changed, nlp)
    return found


@dataclass
class _Blind(Features):
    """Features some of whose columns are hidden: ``words``, ``chars`` or ``vectors``."""

    hidden: str = ""

    def _row(self, words: list[str], vocab: Any) -> rows.Row:
        row = super()._row(words, vocab)
        if self.hidden == "vectors":
            return row._replace(dense=row.dense[:0])
        of_words = row.columns < len(self.words.columns)
        kept = ~of_words if self.hidden == "words" else of_words
        return row._replace(columns=row.columns[kept], values=row.values[kept])


def _without(hidden: str, lessons: Lessons, nlp: Any) -> Classifier:
    texts, labels = _flat(lessons)
    seen = Features.fit(texts)
    return Classifier.train(texts, labels, read_apart(), nlp, _Blind(seen.words, seen.chars, hidden=hidden))


def _refitted(full: Classifier, kept: tuple[float, float], questions: list[Question], nlp: Any) -> Row:
    class Muted(Classifier):
        def _scores(self, texts: list[str], nlp: Any) -> np.ndarray:
            return super()._scores(texts, nlp) * np.array(kept, dtype=np.float32)[:, None, None]

    muted = Muted(**vars(full))
    muted.calibrate(read_apart(), nlp)
    return measure(muted, questions, nlp)


def _row(classifier: Classifier, rows: np.ndarray, questions: list[Question]) -> Row:
    labels = [classifier.labels[at] for at in rows.argmax(axis=1)]
    sure = rows.max(axis=1) >= classifier.thresholds.answer
    right = np.array([label in question.accepted for label, question in zip(labels, questions)])
    topics = np.array([label.startswith(FAQ) for label in labels])
    inside = np.array([any(one.startswith(FAQ) for one in question.accepted) for question in questions])
    answered = topics & sure
    return {
        "accuracy": float(right[inside].mean()) if inside.any() else 0.0,
        "precision": float(right[answered].mean()) if answered.any() else 1.0,
        "coverage": float(answered[inside].mean()) if inside.any() else 0.0,
    }


def _flat(lessons: Lessons) -> tuple[list[str], list[str]]:
    pairs = [(normalise(text), label) for label, said in lessons.items() for text in said]
    kept = [pair for pair in pairs if pair[0]]
    return [text for text, _ in kept], [label for _, label in kept]


def _spread(said: list[str], size: int) -> list[str]:
    """``size`` of the messages, taken evenly: files hold several authors one after the other."""
    if len(said) <= size:
        return said
    return [said[int(at * len(said) / size)] for at in range(size)]
