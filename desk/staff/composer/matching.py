"""Which of the town's answers share the words of a request: a scoring for a few hundred answers."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from desk.answers.catalogue import load_topics
from desk.answers.models import Answer
from desk.answers.words import plain

SHORTEST, STEM = 3, 6
"""Shorter words say nothing; longer ones are compared by their beginning, whatever their ending."""

TITLE_WEIGHT = 3.0
COMMON = 0.2
"""A word of more than this share of the answers tells none from another."""


def best_matches(words: str, answers: Iterable[Answer]) -> list[str]:
    """The topics of the answers that share rare words with ``words``, the closest first."""
    weights = {answer.topic: _weigh(answer) for answer in answers}
    rarity = _rarity(set(_stems(words)), weights)
    scores = {
        topic: sum(rarity[stem] * found[stem] for stem in rarity.keys() & found.keys())
        for topic, found in weights.items()
    }
    found = (topic for topic, score in scores.items() if score)
    return sorted(found, key=lambda topic: (-scores[topic], topic))


def _rarity(wanted: set[str], weights: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What each wanted word is worth: the fewer answers have it, the more."""
    known_by = Counter(stem for stems in weights.values() for stem in stems if stem in wanted)
    most = max(1.0, COMMON * len(weights))
    return {stem: math.log(1 + len(weights) / count) for stem, count in known_by.items() if count <= most}


def _weigh(answer: Answer) -> dict[str, float]:
    """How much each word counts for an answer: more in its title or its scope than in its text."""
    known = load_topics().get(answer.topic)
    headed = f"{answer.title} {known.scope if known else ''}"
    return dict.fromkeys(_stems(answer.body), 1.0) | dict.fromkeys(_stems(headed), TITLE_WEIGHT)


def _stems(text: str) -> list[str]:
    """The words without accents and plural, cut to their beginning."""
    return [word.rstrip("sx")[:STEM] for word in plain(text).split() if len(word) >= SHORTEST]
