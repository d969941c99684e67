"""Probabilities that are right as often as they say."""

import numpy as np

from bot.model.calibration import Calibration, expected_calibration_error


def drawn(weights, outside, rows=4000):
    """Scores of two models, and classes drawn with the probabilities that they make; class 0 is outside."""
    random = np.random.default_rng(1)
    scores = random.normal(size=(2, rows, 4)).astype(np.float32)
    wanted = Calibration(weights, outside).probabilities(scores, 0)
    classes = np.array([random.choice(4, p=row / row.sum()) for row in wanted.astype(float)])
    return scores, np.eye(4, dtype=bool)[classes]


def test_every_weight_is_found_again():
    scores, right = drawn(weights=(2.0, 0.8), outside=1.5)
    found = Calibration.fit(scores, right, 0)
    assert abs(found.weights[0] - 2.0) < 0.2
    assert abs(found.weights[1] - 0.8) < 0.2
    assert abs(found.outside - 1.5) < 0.2


def test_what_was_fitted_is_calibrated():
    scores, right = drawn(weights=(0.7, 0.3), outside=-1.0)
    rows = Calibration.fit(scores, right, 0).probabilities(scores, 0)
    hit = right[np.arange(len(rows)), rows.argmax(axis=1)]
    assert expected_calibration_error(rows.max(axis=1), hit) < 0.03
