"""Where a message may hold two requests."""

import pytest

from bot.doubles import asks, split_requests


@pytest.mark.parametrize(
    ("said", "first", "second"),
    [
        ("Quels papiers pour un passeport ? Et la piscine ouvre quand ?", "passeport", "piscine"),
        ("je voudrais refaire ma carte et inscrire mon fils à la cantine", "carte", "cantine"),
        ("horaires de la piscine + jour des poubelles", "piscine", "poubelles"),
    ],
)
def test_two_requests_are_cut_where_each_asks(said, first, second):
    cut = split_requests(said)[0]
    assert cut.both_ask
    assert first in cut.halves[0]
    assert second in cut.halves[1]


def test_a_story_before_its_question_is_not_two_requests():
    cuts = split_requests(
        "Mon père est mort en mars et l'acte a été dressé chez vous. Où mettre le livret à jour ?"
    )
    assert [cut.both_ask for cut in cuts] == [False] * len(cuts)


def test_a_short_message_is_not_cut():
    assert split_requests("carte et passeport") == []


@pytest.mark.parametrize(
    ("part", "asking"),
    [
        ("Comment faire une procuration quand on est loin", True),
        ("J'aimerais savoir à qui m'adresser pour un composteur", True),
        ("horaires piscine", True),
        ("Nous avons emménagé en août avec les enfants", False),
    ],
)
def test_what_asks(part, asking):
    assert asks(part) is asking
