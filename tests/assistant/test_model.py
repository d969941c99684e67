"""The classifier's own parts: n-grams as scikit-learn counts them, and a network that learns."""

import pickle

import numpy as np
import pytest
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.model.network import Network
from bot.model.ngrams import Block, char_ngrams, word_ngrams

SAID = [
    "ma poubelle n a pas ete ramassee",
    "a quelle heure ouvre la piscine",
    "la la la piscine",
    "y a t il un bus pour la piscine",
]


def tfidf(block, texts, ngrams):
    rows = np.zeros((len(texts), len(block.columns)), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        columns, weights = block.weigh(np.array(block.find(ngrams(text)), dtype=np.int32))
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
    columns, weights = block.weigh(np.array(block.find(["xyzzy"]), dtype=np.int32))
    assert columns.size == weights.size == 0


@pytest.fixture(scope="module")
def learnt():
    """Three classes that no single feature tells: each is a pair of features."""
    random = np.random.default_rng(7)
    classes = random.integers(0, 3, 900)
    rows = np.zeros((900, 40), dtype=np.float32)
    for row, of in zip(rows, classes, strict=True):
        row[[of, (of + 1) % 3]] = 1
        row[random.integers(3, 40, 6)] = 1
    sparse = scipy.sparse.csr_matrix(rows)
    return Network.fit(sparse, classes), sparse, classes


def test_the_network_learns_what_features_mean_together(learnt):
    network, rows, classes = learnt
    assert (network.score(rows).argmax(axis=1) == classes).mean() > 0.95


def test_the_same_messages_make_the_same_network(learnt):
    network, rows, classes = learnt
    assert np.array_equal(Network.fit(rows, classes).score(rows), network.score(rows))


def test_a_network_read_back_scores_alike(learnt):
    network, rows, _ = learnt
    again = pickle.loads(pickle.dumps(network))
    assert np.allclose(again.score(rows), network.score(rows), atol=0.05)


def test_a_feature_it_never_met_changes_nothing(learnt):
    network, rows, _ = learnt
    columns = np.append(network.columns, -1)
    wider = Network(columns, network.inner, network.inner_bias, network.outer, network.outer_bias)
    more = scipy.sparse.hstack([rows[:5], np.ones((5, 1), dtype=np.float32)], format="csr")
    assert np.allclose(wider.score(more), network.score(rows[:5]))
