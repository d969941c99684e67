"""Politeness before a question."""

import pytest

from bot.courtesy import after_courtesy


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("merci, horaires de la mairie ?", "horaires de la mairie ?"),
        ("Bonjour Madame, la piscine ouvre quand ?", "la piscine ouvre quand ?"),
        ("ok merci bcp et pour la cantine", "et pour la cantine"),
        ("merci", None),
        ("merci beaucoup !", None),
        ("mercredi la mairie ouvre quand", None),
        ("refaire mon passeport", None),
    ],
)
def test_what_is_left(said, rest):
    assert after_courtesy(said) == rest
