"""What a message means: cut, mended, classified, decided."""

from itertools import chain
from typing import Any, List, Tuple

import numpy as np

from bot.correction import after_correction
from bot.courtesy import after_courtesy
from bot.decision import (
    HEARD_ANYWAY,
    LIGHT,
    NOTHING,
    SURE_OF_TOPIC,
    Decision,
    Halves,
    Heard,
    Ranking,
    decide,
    may_be_two,
)
from bot.doubles import split_requests
from bot.language import foreign_language
from bot.model.classifier import Classifier
from bot.model.thresholds import Thresholds
from bot.text.normalise import normalise

LONGEST_RANKING = 8


class Understanding:
    """A trained classifier with the French words of ``nlp``, the spaCy model."""

    def __init__(self, classifier: Classifier, nlp: Any) -> None:
        self._classifier = classifier
        self._nlp = nlp
        self._speller = classifier.speller(nlp)

    def understand(self, text: str) -> Tuple[Decision, Ranking]:
        """The decision on one message as it was written, and the labels by probability."""
        meant = after_correction(text)
        limits: Thresholds = self._classifier.thresholds
        if meant is not None:
            text, limits = meant, limits.for_correction()
        language = foreign_language(text, self._speller.knows)
        if language:
            return self._foreign(text, language, limits)
        decision, ranking = self._requests(text, limits)
        rest = after_courtesy(text) if decision.intent in LIGHT else None
        if rest is not None:
            (asked,) = self._hear([rest])
            again = decide(asked, limits)
            if again.intent in SURE_OF_TOPIC or ("?" in rest and again.intent not in (*LIGHT, *NOTHING)):
                return again, asked.ranking
        return decision, ranking

    def _requests(self, text: str, limits: Thresholds) -> Tuple[Decision, Ranking]:
        """One request, or two."""
        (whole,) = self._hear([text])
        cuts = [cut for cut in split_requests(text) if may_be_two(whole, cut.both_ask)]
        parts = self._hear(list(chain.from_iterable(cut.halves for cut in cuts))) if cuts else []
        halves = map(Halves, parts[::2], parts[1::2], (cut.both_ask for cut in cuts))
        return decide(whole, limits, halves), whole.ranking

    def _foreign(self, text: str, language: str, limits: Thresholds) -> Tuple[Decision, Ranking]:
        """A sentence in that language, unless what was written is clear in any."""
        (heard,) = self._hear([text])
        decision = decide(heard, limits)
        if decision.intent not in HEARD_ANYWAY:
            decision = Decision("langue", 1.0, details={"langue": language})
        return decision, heard.ranking

    def _hear(self, texts: List[str]) -> List[Heard]:
        normal = [self._speller.mend(normalise(text)) for text in texts]
        rows = self._classifier.predict(normal, self._nlp)
        return [Heard(text, mended, self._ranking(row)) for text, mended, row in zip(texts, normal, rows)]

    def _ranking(self, probabilities: np.ndarray) -> Ranking:
        order = np.argsort(-probabilities)[:LONGEST_RANKING]
        return [(self._classifier.labels[index], float(probabilities[index])) for index in order]
