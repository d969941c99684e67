"""One spelling for many: what the classifier reads."""

import pytest

from bot.text.normalise import normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Déchèterie", "decheterie"),
        ("L’école est où ?", "l ecole est ou"),
        ("l'école", "l ecole"),
        ("CŒUR de ville", "coeur de ville"),
        ("Carte&nbsp;d&#39;identité", "carte d identite"),
        ("ma\u00a0carte\u202fd\u2019identité", "ma carte d identite"),
        ("noooooon", "noon"),
        ("🗑️ 😡", ""),
        ("", ""),
        ("c'est combien", "c est combien"),
        ("c est combien", "c est combien"),
        ("c combien", "c est combien"),
        ("12h30", "12 h 30"),
        ("PASSEPORT BÉBÉ", "passeport bebe"),
    ],
)
def test_case_accents_elision_and_entities(written, read):
    assert normalise(written) == read


def test_sms_shorthand_is_spelled_out():
    read = normalise("slt g perdu ma cni koi fer svp")
    assert "salut" in read
    assert "perdu" in read
    assert "carte" in read
    assert "quoi" in read


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "`", "´"])
def test_every_apostrophe_reads_alike(apostrophe):
    assert normalise(f"pièce d{apostrophe}identité") == "piece d identite"


def test_decomposed_accents_read_like_composed_ones():
    assert normalise("e\u0301te\u0301") == normalise("été") == "ete"
