"""What changes an answer is read in the message, and nothing that only looks like it."""

import json
from pathlib import Path

import pytest

from actions.places import find_place
from bot.details import find_details
from bot.reports import is_only_place, says_cancel
from bot.text.normalise import normalise

DAYS = Path(__file__).parents[1] / "contract" / "days.json"


def heard(said):
    return find_details(normalise(said), said)


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
    assert heard(said) == details
    assert find_details(normalise(said)) == details  # also without the message as written


@pytest.mark.parametrize(
    ("said", "public"),
    [
        ("carte d'identité pour un mineur", "mineur"),
        ("mon fils a perdu sa carte", "mineur"),
        ("passeport bébé", "mineur"),
        ("jai 16 ans", "mineur"),
        ("et à 17 ans ?", "mineur"),
        ("pour un enfant de 6 ans et un de 3 ans", "mineur"),
        ("passeport pour la petite", "mineur"),
        ("je ne suis pas encore majeur", "mineur"),
        ("ma fille de 25 ans a perdu son passeport", "majeur"),
        ("mon fils a 19 ans, il faut que je vienne ?", "majeur"),
        ("mon fils est majeur", "majeur"),
        ("inscription pour un adulte", "majeur"),
        ("j ai 20 ans et pas recensé", "majeur"),
        ("mon mari a perdu sa carte", None),
        ("un adulte et un enfant", None),
        ("passeport valable 10 ans ?", None),
        ("carte périmée depuis 3 ans", None),
        ("il y a 5 ans j'ai fait une carte", None),
        ("concession de 30 ans", None),
        ("tous les 10 ans", None),
        ("nom de jeune fille sur ma carte", None),
        ("pacs sans enfant", None),
        ("ma petite amie a un passeport anglais", None),
        ("justificatif de moins de 3 mois", None),
    ],
)
def test_for_whom(said, public):
    assert heard(said).get("public") == public


@pytest.mark.parametrize(
    ("said", "motif"),
    [
        ("jé perdu ma cni", "perte"),
        ("perte carte identite", "perte"),
        ("je ne retrouve plus mon passeport", "perte"),
        ("j'ai égaré mon livret de famille", "perte"),
        ("comment refaire ma carte que j'ai perdue", "perte"),
        ("je me suis fait voler mon sac avec mes papiers", "vol"),
        ("passeport volé", "vol"),
        ("mes papiers ont ete voles", "vol"),
        ("déclarer un vol de carte d'identité", "vol"),
        ("cambriolage", "vol"),
        ("et pour un vol ?", "vol"),
        ("ma carte est périmée", "renouvellement"),
        ("renouveler mon passeport", "renouvellement"),
        ("première carte d'identité", "premiere"),
        ("j'ai jamais eu de passeport", "premiere"),
        ("j'ai retrouvé ma carte que j'avais déclarée perdue", "retrouve"),
        ("j'ai trouvé un passeport dans la rue", "trouve"),
        ("j'ai trouvé un chien perdu", "trouve"),
        ("mon chat est mort", "deces"),
        ("un chien m'a mordu", "morsure"),
        ("bac cassé", "casse"),
        ("je suis divorcée, livret de famille", "separation"),
        ("je viens d'emménager", "demenagement"),
        ("je déménage, dois-je refaire ma carte", "demenagement"),
        ("perte ou vol de carte", None),
        ("papiers perdus ou volés", None),
        ("j'ai volé dans l'avion", None),
        ("mon vol est samedi, passeport urgent", None),
        ("j'ai un vol pour Rome", None),
        ("les volets de la mairie", None),
        ("j'ai perdu mon mari", None),
        ("je suis perdu dans les démarches", None),
        ("perte d'autonomie", None),
        ("je n'ai pas trouvé de rendez-vous", None),
        ("j'ai trouvé un créneau", None),
        ("où se trouve la mairie", None),
        ("le service des objets trouvés", None),
        ("ramassage des feuilles mortes", None),
    ],
)
def test_what_happened(said, motif):
    assert heard(said).get("motif") == motif


@pytest.mark.parametrize(
    ("said", "waste"),
    [
        ("ou jeter le verre", "verre"),
        ("bouteille en verre", "verre"),
        ("verre cassé", "residuel"),
        ("les piles usagees", "piles"),
        ("vieux vêtements", "textile"),
        ("huile de vidange", "huile"),
        ("pot de peinture", "peinture"),
        ("produits chimiques", "peinture"),
        ("médicaments périmés", "medicaments"),
        ("gravats", "gravats"),
        ("brique de lait", "emballages"),
        ("tonte de pelouse", "vegetaux"),
        ("des planches en bois", "bois"),
        ("carton de pizza", "carton"),
        ("emballage carton", "carton"),
        ("bouteille plastique", "emballages"),
        ("pot de yaourt", "emballages"),
        ("ou jeter les vieux papiers", "papier"),
        ("restes de repas", "alimentaire"),
        ("vieux frigo", "electromenager"),
        ("grille pain", "electromenager"),
        ("lave vaisselle", "electromenager"),
        ("matelas", "matelas"),
        ("meuble en bois", "meubles"),
        ("pneus", "pneus"),
        ("plaque d'amiante", "amiante"),
        ("ampoule", "ampoules"),
        ("cartouche d'encre", "cartouches"),
        ("couches bébé", "residuel"),
        ("mon sapin de Noël", "sapin"),
        ("batterie de voiture", "batterie"),
        ("bouteille de gaz", "bouteille_gaz"),
        ("seringues", "seringues"),
        ("que mettre dans le bac jaune", "recyclables"),
        ("le plastique dans la poubelle jaune ?", "emballages"),
        ("piles et ampoules", None),
        ("quels papiers pour le passeport", None),
        ("papiers d'identité", None),
        ("je bois de l'eau", None),
        ("collecte rue du Bois", None),
        ("il est tombé par terre", None),
    ],
)
def test_which_waste(said, waste):
    assert heard(said).get("waste") == waste


STORY = (
    "Depuis que la commune voisine a fusionné avec la nôtre, plus rien n'est comme avant pour les "
    "habitants du hameau, et les voisins se plaignent beaucoup, moi la première je dois dire. "
)


@pytest.mark.parametrize(
    ("said", "details"),
    [
        (STORY + "Ma femme garde les arêtes de poisson au congélateur.", {}),
        (STORY + "Où jeter un vieux congélateur ?", {"waste": "electromenager"}),
        (STORY + "Les enfants jouaient dehors.", {}),
        (STORY + "Que faut-il pour le passeport de mon fils ?", {"public": "mineur"}),
        (STORY + "Ma sœur se marie samedi.", {}),
        (STORY + "Êtes-vous ouverts samedi ?", {"day": "samedi", "aspect": "horaires"}),
        (STORY + "Le chien n'a jamais mordu.", {}),
        (STORY + "Mon neveu me dit de vous écrire.", {}),
    ],
)
def test_in_a_long_story_only_what_is_asked_about_counts(said, details):
    assert heard(said) == details


@pytest.mark.parametrize(("said", "day"), json.loads(DAYS.read_text("utf-8")))
def test_which_day(said, day):
    assert heard(said)["day"] == day


@pytest.mark.parametrize(
    "said",
    [
        "né le 12 mars 2010", "née le 12/03", "ouvert 24/24 et 7/7 ?",
        "ma fille est née le 3 août", "j'ai déposé mon dossier lundi",
        "j'attends depuis mardi", "j'étais là samedi dernier", "ouvert du lundi au vendredi ?",
        "ouvert 7j/7 ?", "le marché de Noël", "les vacances de la Toussaint", "rue du 11 novembre",
        "place du 8 mai 1945", "le lendemain", "1/2 journée de garderie", "hier",
    ],
)  # fmt: skip
def test_a_day_on_which_nobody_asks_to_come_is_none(said):
    assert "day" not in heard(said)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("quel jour les poubelles rue des Lilas ?", "rue des Lilas"),
        ("12 avenue Jean-Jaurès svp", "12 avenue Jean-Jaurès"),
        ("quartier de la gare, le bac jaune passe quand", "quartier de la gare"),
        ("quelle école pour la rue de l’Est", "rue de l’Est"),
        ("rue des lilas c est quel jour", "rue des lilas"),
        ("poubelle rue des lilas à Sainte-Aure", "rue des lilas"),
        ("j'habite au centre-ville", "centre ville"),
        ("j'habite aux Saules, quel jour les poubelles", "saules"),
        ("une place en crèche", None),
        ("place de parking", None),
        ("parking gratuit", None),
        ("c'est dans quelle rue", None),
    ],
)
def test_where(said, place):
    assert heard(said).get("place") == place


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("lampadaire éteint devant le 12 rue des Arts depuis lundi", "12 rue des Arts"),
        ("il y a un trou chemin des Bruyères et c'est dangereux", "chemin des Bruyères"),
        ("banc cassé au 3 place du Beffroi.", "au 3 place du Beffroi"),
        ("dépôt sauvage dans le quartier de la Gare", "quartier de la Gare"),
        ("un trou sur la route est dangereux", None),
    ],
)
def test_a_report_keeps_the_street_and_not_the_rest_of_the_sentence(said, place):
    assert find_place(said) == place


def test_a_place_alone_is_no_question():
    assert is_only_place(normalise("Rue Victor Hugo, devant le 12"))
    assert not is_only_place(normalise("les horaires de la piscine"))


def test_only_a_whole_message_cancels():
    assert says_cancel(normalise("Laissez tomber"))
    assert not says_cancel(normalise("annuler mon rendez-vous passeport"))
