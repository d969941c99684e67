"""Danger is heard whatever else is said; what only looks like it is not."""

import pytest

from bot.safety import danger
from bot.text.normalise import normalise


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Au secours, ma mère ne respire plus", "urgence_vitale"),
        ("il y a le feu dans l'immeuble d'en face", "urgence_vitale"),
        ("ya un accident devant l'école un enfant blessé", "urgence_vitale"),
        ("odeur de gaz dans la cage d'escalier", "urgence_vitale"),
        ("quels sont les horaires de la mairie, mon père fait un malaise", "urgence_vitale"),
        ("Je veux mourir", "detresse"),
        ("jveux plus vivre", "detresse"),
        ("mon mari me frappe, je ne sais pas où aller", "detresse"),
        ("ma fille parle de se suicider", "detresse"),
        ("je pense à en finir et pour la cantine il faut payer quand ?", "detresse"),
    ],
)
def test_danger_comes_first(said, kind):
    assert danger(normalise(said)) == kind


@pytest.mark.parametrize(
    "said",
    [
        "je suis morte de rire",
        "le feu rouge de la rue des Arts est en panne",
        "le feu d'artifice du 14 juillet est à quelle heure",
        "un arbre mort menace de tomber sur mon garage",
        "les voisins me tuent avec leur musique",
        "où acheter une bouche incendie",
        "mon chat est mort, qui vient le chercher",
        "déclarer le décès de ma mère",
        "acte de décès de mon père",
    ],
)
def test_what_only_looks_like_danger_is_not(said):
    assert danger(normalise(said)) is None
