"""The case of each citizen, through the front door: which day, waste or street, for whom and why."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from desk.answers.districts import district_of
from desk.answers.models import Answer
from desk.answers.seed import read_answers
from desk.answers.store import seed_answers
from desk.assistant.acts import AnswerAct
from desk.communes.config import CommuneError, CommuneSettings, District
from desk.communes.registry import Communes
from desk.settings import ROOT
from tests.desk.running import Desk

DEMO = Communes(ROOT / "communes")["demo"]
NBSP = "\u00a0"
OFFICE = "8 h 30 à 12 h et 13 h 30 à 17 h 30"

MONDAY = (2026, 11, 23, 9, 0)
ON_A_DAY = {
    "a place that opens": (MONDAY, "piscine", "samedi",
        "Samedi 28 novembre : 10 h à 12 h 30 et 14 h 30 à 18 h 30."),
    "today, and at this moment": (MONDAY, "horaires_mairie", "aujourd hui",
        f"Lundi 23 novembre : {OFFICE}. Ouvert en ce moment, jusqu’à 12 h."),
    "today, during the lunch break": ((2026, 11, 23, 11, 30), "horaires_mairie", "aujourd hui",
        f"Lundi 23 novembre : {OFFICE}. Fermé en ce moment."),
    "today, on a closed day": ((2026, 11, 29, 9, 0), "horaires_mairie", "aujourd hui",
        f"Dimanche 29 novembre : fermé. Prochaine ouverture : lundi 30 novembre, {OFFICE}."),
    "tomorrow, past midnight in the town": ((2026, 11, 23, 23, 30), "decheterie", "demain",
        "Mercredi 25 novembre : 9 h à 12 h et 14 h à 18 h."),
    "tomorrow, the eve of summer time": ((2027, 3, 27, 22, 30), "decheterie", "demain",
        "Dimanche 28 mars : 9 h à 12 h."),
    "tomorrow, past midnight, the night of winter time": ((2026, 10, 24, 22, 30), "horaires_mairie",
        "demain", f"Lundi 26 octobre : {OFFICE}."),
    "today, in the last hour of summer time": ((2026, 10, 25, 22, 30), "horaires_mairie", "aujourd hui",
        f"Dimanche 25 octobre : fermé. Prochaine ouverture : lundi 26 octobre, {OFFICE}."),
    "a national holiday": (MONDAY, "piscine", "14 juillet",
        "Mercredi 14 juillet : fermé (jour férié : Fête nationale). Prochaine ouverture : jeudi 15 juillet,"),
    "Easter Monday": (MONDAY, "horaires_mairie", "lundi de paques",
        "Lundi 29 mars : fermé (jour férié : Lundi de Pâques). Prochaine ouverture : mardi 30 mars,"),
    "Ascension": (MONDAY, "mediatheque", "a l ascension", "Jeudi 6 mai : fermé (jour férié : Ascension)."),
    "Christmas inside a closure": (MONDAY, "piscine", "a noel", "Vendredi 25 décembre : fermé (vidange"),
    "an exceptional half-day": (MONDAY, "horaires_mairie", "24/12",
        "Jeudi 24 décembre : 8 h 30 à 12 h (veille de Noël)."),
    "the next public holiday": (MONDAY, "horaires_mairie", "jours feries",
        "Vendredi 25 décembre : fermé (jour férié : Noël)."),
    "a place open on holidays": ((2026, 10, 26, 9, 0), "cimetiere", "a la toussaint",
        "Dimanche 1er novembre : 8 h à 18 h."),
    "both days of a week-end": (MONDAY, "horaires_mairie", "week end",
        "Samedi 28 novembre : 9 h à 12 h. Dimanche 29 novembre : fermé.\n"),
    "what is left of the week-end": ((2026, 11, 29, 9, 0), "decheterie", "week end",
        "Dimanche 29 novembre : 9 h à 12 h. Ouvert en ce moment, jusqu’à 12 h.\n"),
    "a week-end with no opening": (MONDAY, "conservatoire", "week end",
        "Samedi 28 novembre, le conservatoire : fermé. Dimanche 29 novembre, le conservatoire : fermé. "
        "Prochaine ouverture : mardi 1er décembre, 14 h à 19 h."),
    "two dates": (MONDAY, "horaires_mairie", "24 et le 31 decembre",
        "Jeudi 24 décembre : 8 h 30 à 12 h (veille de Noël). Jeudi 31 décembre : 13 h 30 à 19 h."),
    "this Saturday on a Saturday": ((2026, 11, 28, 7, 0), "horaires_mairie", "samedi",
        "Samedi 28 novembre : 9 h à 12 h. Fermé en ce moment."),
    "next Saturday on a Saturday": ((2026, 11, 28, 7, 0), "horaires_mairie", "samedi prochain",
        "Samedi 5 décembre : 9 h à 12 h."),
    "a day of next week": (MONDAY, "horaires_mairie", "mardi de la semaine prochaine",
        "Mardi 1er décembre :"),
    "29 February": (MONDAY, "horaires_mairie", "29 fevrier", "Mardi 29 février :"),
    "an answer about something else names the place": (MONDAY, "carte_identite", "samedi",
        "Samedi 28 novembre, le guichet de l’état civil : 9 h à 12 h.\n\nLa demande se fait en personne"),
}  # fmt: skip
NO_DAY = {
    "a date that is past": "24/12/2025",
    "a date that does not exist": "31/02",
    "words we do not know": "un de ces quatre",
    "nothing": "",
}
CASES = [
    ("passeport", {"public": "mineur", "motif": "perte"}, "Vous déclarez la perte au même moment"),
    ("passeport", {"public": "mineur", "motif": "separation"}, "le jugement ou la convention"),
    ("passeport", {"public": "mineur", "aspect": "prix"}, "17 € avant 15 ans"),
    ("carte_identite", {"motif": "vol"}, "Déclarez d’abord le vol"),
    ("carte_identite", {"motif": "renouvellement"}, "ancienne carte, photo"),
    ("perte_vol_papiers", {"motif": "trouve"}, "Merci. Déposez le document"),
    ("livret_famille", {"motif": "separation"}, "second livret"),
    ("recensement_citoyen", {"public": "majeur"}, "jusqu’à 25 ans"),
    ("sortie_territoire", {"public": "majeur"}, "n’a pas besoin"),
    ("animaux", {"motif": "morsure"}, "Déclarez la morsure"),
    ("bac_poubelle", {"motif": "vol"}, "Joignez la déclaration"),
    ("tri_dechets", {"waste": "verre"}, "les bornes à verre"),
    ("tri_dechets", {"waste": "emballages"}, "Bac jaune"),
    ("tri_dechets", {"waste": "medicaments"}, "à la pharmacie"),
    ("decheterie", {"waste": "amiante"}, "refusé à la déchèterie"),
    ("decheterie", {"waste": "bouteille_gaz"}, "Rendez la bouteille"),
    ("encombrants", {"waste": "matelas"}, "nous venons chercher"),
    ("collecte_dechets", {"place": "rue des Lilas"}, "Quartier Centre : - Ordures (bac gris) : lundi."),
    ("collecte_dechets", {"place": "12 av jean jaures"}, "Quartier La Gare"),
    ("collecte_dechets", {"place": "saules"}, "Ordures (bac gris) : mardi"),
    ("inscription_scolaire", {"place": "quartier des Bruyères"}, "l’école des Bruyères"),
    ("bureau_vote", {"place": "centre ville"}, "n° 1"),
]
ORDINARY = [
    ("collecte_dechets", {"place": "rue de Nulle-Part"}),
    ("collecte_dechets", {"place": "rue des Lilas Blancs"}),
    ("tri_dechets", {"waste": "fusee"}),
    ("passeport", {"public": "majeur"}),
]


@pytest.fixture
def backend() -> str:
    """The database plays no part here: one is enough."""
    return "sqlite"


async def told(desk: Desk, topic: str, details: dict[str, str]) -> str:
    """What a citizen reads, with plain spaces for no-break ones."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic=topic, details=details)]
    reply = (await (await desk.open()).ask("?"))[-1]
    assert (reply["outcome"], reply["topic"]) == ("answered", topic)
    return reply["text"].replace(NBSP, " ")


async def test_an_answer_begins_with_the_day_that_was_asked_for(desk: Desk) -> None:
    """Holidays, closures, week-ends, both changes of the clocks; then the answer goes on."""
    wrong = {}
    for name, (moment, topic, day, expected) in ON_A_DAY.items():
        desk.clock.set(datetime(*moment, tzinfo=UTC))
        said = await told(desk, topic, {"day": day})
        if not said.startswith(expected) or "Vérifié le" not in said:
            wrong[name] = said[:200]
    assert wrong == {}


async def test_a_day_is_said_once_and_the_rest_is_as_usual(desk: Desk) -> None:
    """The hours of that day are not repeated where the answer would have told today's."""
    said = await told(desk, "decheterie", {"day": "samedi"})
    lead, usual, *_ = said.split("\n\n")
    assert lead == "Samedi 28 novembre : 9 h à 18 h." and usual.startswith("- lundi : 9 h à 12 h")
    card = await told(desk, "carte_identite", {"day": "samedi"})
    assert card.count("novembre") == 1 and "Aujourd’hui" not in card and "\n\n\n" not in card


async def test_a_variant_without_hours_still_begins_with_those_of_its_answer(desk: Desk) -> None:
    """« Je peux apporter mon amiante samedi ? »"""
    said = await told(desk, "decheterie", {"day": "samedi", "waste": "amiante"})
    assert said.startswith("Samedi 28 novembre : 9 h à 18 h.\n\nL’amiante est **refusé")


async def test_without_a_day_we_know_the_answer_is_the_ordinary_one(desk: Desk) -> None:
    """Also when the topic has no hours at all."""
    usual = await told(desk, "horaires_mairie", {})
    assert usual.startswith("Ouvert en ce moment")
    for name, day in NO_DAY.items():
        assert await told(desk, "horaires_mairie", {"day": day}) == usual, name
    assert await told(desk, "mariage", {"day": "samedi"}) == await told(desk, "mariage", {})


async def test_a_citizen_reads_the_variant_of_their_case(desk: Desk) -> None:
    """One, two conditions; one of several values; a street of a district."""
    wrong = {}
    for topic, details, expected in CASES:
        said = await told(desk, topic, details)
        if expected not in said.replace("**", "").replace("\n\n", " "):
            wrong[topic, *details.values()] = said[:200]
    assert wrong == {}


async def test_a_case_no_variant_knows_gets_the_ordinary_answer(desk: Desk) -> None:
    """An unknown street, a waste nobody wrote about."""
    for topic, details in ORDINARY:
        assert await told(desk, topic, details) == await told(desk, topic, {})


def town(**streets: list[str]) -> CommuneSettings:
    """Sainte-Aure with other districts, each with its streets."""
    districts = {key: District(name=key.title(), streets=names) for key, names in streets.items()}
    return DEMO.settings.model_copy(update={"districts": districts})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("rue des Lilas", "nord"), ("RUE DES LILAS", "nord"), ("les lilas", "nord"),
        ("12 bis, rue des Lilas", "nord"), ("rue des lilas à Sainte-Aure", "nord"),
        ("bd. de la Republique", "sud"), ("boulevard république", "sud"), ("rue st éloi", "sud"),
        ("avenue de la Gare", "sud"), ("rue de la gare", "nord"), ("la gare", None),
        ("quartier nord", "nord"), ("rue des Lilas blancs", None), ("rue", None), ("Sainte-Aure", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_street_is_found_however_it_is_written(said: str, expected: str | None) -> None:
    """Case, accents, small words, short forms; the kind of street only counts between namesakes."""
    commune = town(
        nord=["rue des Lilas", "rue de la Gare"],
        sud=["boulevard de la République", "rue Saint-Éloi", "avenue de la Gare"],
    )
    assert district_of(commune, said) == expected


def test_a_street_listed_in_two_districts_is_in_neither() -> None:
    """Half of it would read the wrong day."""
    assert district_of(town(nord=["rue Longue"], sud=["rue Longue"]), "rue Longue") is None


def test_every_street_of_the_demo_is_in_one_district() -> None:
    """Its own, as the town wrote it."""
    for key, district in DEMO.settings.districts.items():
        for name in (district.name, *district.also, *district.streets):
            assert district_of(DEMO.settings, name) == key, name


def test_a_variant_for_a_district_that_does_not_exist_is_refused(tmp_path) -> None:
    """With the file and the district, for the person who writes the answers."""
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "piscine.yml").write_text(
        "topic: piscine\ntitle: Piscine\nchecked_on: 2026-11-23\nbody: x\n"
        "sources: [{label: Ville, url: 'https://www.sainte-aure.example/p'}]\n"
        "variants: [{when: {place: [centre, port]}, body: y}]\n",
        "utf-8",
    )
    with pytest.raises(CommuneError, match=r"piscine\.yml: variants: port is no district"):
        read_answers(tmp_path, DEMO.settings)


async def test_new_variants_reach_a_database_that_already_has_the_answer(desk: Desk) -> None:
    """At the next start, as any change of a file; staff's own words stay."""
    seeds = read_answers(DEMO.folder, DEMO.settings)
    chosen = {"tri_dechets": None, "passeport": "Mot des agents."}
    changed = [
        one.model_copy(update={"variants": [], "body": f"{one.topic}, hier."}) if one.topic in chosen else one
        for one in seeds
    ]
    async with desk.context.database.write() as session:
        await seed_answers(session, "demo", changed, desk.clock)  # an older version of the files
    async with desk.context.database.write() as session:
        query = select(Answer).where(Answer.commune == "demo", Answer.topic == "passeport")
        (await session.scalars(query)).one().body = "Mot des agents."
    assert (await told(desk, "tri_dechets", {"waste": "verre"})).startswith("tri_dechets, hier.")
    async with desk.context.database.write() as session:
        counts = await seed_answers(session, "demo", seeds, desk.clock)
    assert counts == {"created": 0, "refreshed": 1, "kept": len(seeds) - 1}
    assert "les bornes à verre" in await told(desk, "tri_dechets", {"waste": "verre"})
    assert (await told(desk, "passeport", {"public": "mineur"})).startswith("Mot des agents.")
