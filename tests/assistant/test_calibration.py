"""Probabilities that are right as often as they say."""

import numpy as np

from bot.model.calibration import Calibration, expected_calibration_error


def drawn(sharpness, outside, rows=4000):
    """Scores, and classes drawn with the probabilities that these two values give; class 0 is outside."""
    random = np.random.default_rng(1)
    scores = random.normal(size=(rows, 4)).astype(np.float32)
    wanted = Calibration(sharpness, outside).probabilities(scores.copy(), 0)
    classes = np.array([random.choice(4, p=row / row.sum()) for row in wanted.astype(float)])
    return scores, np.eye(4, dtype=bool)[classes]


def test_both_values_are_found_again():
    scores, right = drawn(sharpness=2.0, outside=1.5)
    found = Calibration.fit(scores, right, 0)
    assert abs(found.sharpness - 2.0) < 0.2
    assert abs(found.outside - 1.5) < 0.2


def test_what_was_fitted_is_calibrated():
    scores, right = drawn(sharpness=0.7, outside=-1.0)
    rows = Calibration.fit(scores, right, 0).probabilities(scores.copy(), 0)
    hit = right[np.arange(len(rows)), rows.argmax(axis=1)]
    assert expected_calibration_error(rows.max(axis=1), hit) < 0.03
