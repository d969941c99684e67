"""What changes an answer is read in the message."""

import pytest

from bot.details import find_details
from bot.reports import is_only_place, says_cancel
from bot.text.normalise import normalise


@pytest.mark.parametrize(
    ("said", "details"),
    [
        ("Passeport pour ma fille de 4 ans", {"public": "mineur"}),
        ("on m'a volé ma carte", {"motif": "vol"}),
        ("combien ça coûte ?", {"aspect": "prix"}),
        ("ouvert le samedi ?", {"aspect": "horaires", "day": "samedi"}),
        ("c'est ouvert le 1er mai", {"aspect": "horaires", "day": "1 er mai"}),
        ("bonjour", {}),
    ],
)
def test_details(said, details):
    found = find_details(normalise(said))
    assert {name: found.get(name) for name in details} == details
    if not details:
        assert found == {}


def test_a_place_alone_is_no_question():
    assert is_only_place(normalise("Rue Victor Hugo, devant le 12"))
    assert not is_only_place(normalise("les horaires de la piscine"))


def test_only_a_whole_message_cancels():
    assert says_cancel(normalise("Laissez tomber"))
    assert not says_cancel(normalise("annuler mon rendez-vous passeport"))
