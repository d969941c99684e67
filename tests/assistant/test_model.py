"""The classifier's own parts: n-grams as scikit-learn counts them, and a network that learns."""

import pickle

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.model.network import Network
from bot.model.ngrams import Block, char_ngrams, word_ngrams
from bot.model.rows import Row, as_matrix

SAID = [
    "ma poubelle n a pas ete ramassee",
    "a quelle heure ouvre la piscine",
    "la la la piscine",
    "y a t il un bus pour la piscine",
]


def tfidf(block, texts, ngrams):
    rows = np.zeros((len(texts), len(block.columns)), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        columns, weights = block.weigh(block.find(ngrams(text)))
        row[columns] = weights
    return rows


@pytest.mark.parametrize(
    ("ngrams", "options"),
    [
        (lambda text: word_ngrams(text.split()), {"ngram_range": (1, 2), "token_pattern": r"\S+"}),
        (
            lambda text: [one for word in text.split() for one in char_ngrams(word)],
            {"analyzer": "char_wb", "ngram_range": (2, 5)},
        ),
    ],
)
def test_weights_are_those_of_scikit_learn(ngrams, options):
    block = Block.fit(map(ngrams, SAID))
    theirs = TfidfVectorizer(sublinear_tf=True, lowercase=False, **options).fit(SAID)
    assert sorted(block.columns) == sorted(theirs.vocabulary_)
    new = [*SAID, "un bus inconnu pour la la mairie"]
    order = [theirs.vocabulary_[ngram] for ngram in block.columns]
    assert np.allclose(tfidf(block, new, ngrams), theirs.transform(new).toarray()[:, order], atol=1e-6)


def test_a_message_of_unknown_words_weighs_nothing():
    block = Block.fit(word_ngrams(text.split()) for text in SAID)
    columns, weights = block.weigh(block.find(["xyzzy"]))
    assert columns.size == weights.size == 0


def test_a_row_times_weights_is_the_same_alone_and_in_the_matrix():
    random = np.random.default_rng(3)
    rows = [
        Row(
            np.array([4, 0], dtype=np.int32),
            np.array([0.5, 2], dtype=np.float32),
            np.ones(3, dtype=np.float32),
        ),
        Row(np.array([1], dtype=np.int32), np.array([3], dtype=np.float32), np.zeros(0, dtype=np.float32)),
    ]
    weights = random.normal(size=(8, 5)).astype(np.float32)
    together = as_matrix(rows, 8) @ weights
    assert np.allclose([row.times(weights) for row in rows], together, atol=1e-6)


@pytest.fixture(scope="module")
def learnt():
    """Three classes that no single feature tells: each is a pair of features."""
    random = np.random.default_rng(7)
    classes = random.integers(0, 3, 900)
    rows = []
    for of in classes:
        columns = np.unique([of, (of + 1) % 3, *random.integers(3, 40, 6)]).astype(np.int32)
        rows.append(Row(columns, np.ones(columns.size, dtype=np.float32), np.zeros(0, dtype=np.float32)))
    return Network.fit(as_matrix(rows, 40), classes), rows, classes


def test_the_network_learns_what_features_mean_together(learnt):
    network, rows, classes = learnt
    assert (network.score(rows).argmax(axis=1) == classes).mean() > 0.95


def test_the_same_messages_make_the_same_network(learnt):
    network, rows, classes = learnt
    assert np.array_equal(Network.fit(as_matrix(rows, 40), classes).score(rows), network.score(rows))


def test_a_network_read_back_scores_alike(learnt):
    network, rows, _ = learnt
    again = pickle.loads(pickle.dumps(network))
    assert np.allclose(again.score(rows), network.score(rows), atol=0.05)


def test_a_feature_it_never_met_changes_nothing(learnt):
    network, rows, _ = learnt
    columns = np.append(network.columns, np.int32(-1))
    wider = Network(columns, network.inner, network.inner_bias, network.outer, network.outer_bias)
    more = [
        row._replace(columns=np.append(row.columns, 40), values=np.append(row.values, np.float32(1)))
        for row in rows[:5]
    ]
    assert np.allclose(wider.score(more), network.score(rows[:5]))
