"""The decision, rule by rule, on probabilities given by hand."""

import pytest

from bot.correction import after_correction
from bot.decision import Halves, Heard
from bot.decision import decide as decide_heard
from bot.model.thresholds import Thresholds

LIMITS = Thresholds(answer=0.6, clarify=0.3)


def decide(said, labels, parts, limits, both_ask=True):
    halves = [Heard(half, half, found) for half, found in parts]
    cuts = [Halves(*halves, both_ask)] if halves else []
    return decide_heard(Heard(said, said, labels), limits, cuts)


def ranking(**values):
    """``faq__passeport=0.8`` stands for the label ``faq/passeport``."""
    found = [(name.replace("__", "/"), value) for name, value in values.items()]
    return sorted(found, key=lambda pair: -pair[1])


def test_sure_of_a_topic_answers_it():
    decision = decide("refaire mon passeport", ranking(faq__passeport=0.9, faq__pacs=0.05), [], LIMITS)
    assert (decision.intent, decision.topic) == ("faq", "passeport")


def test_torn_between_topics_asks():
    decision = decide(
        "refaire mes papiers", ranking(faq__passeport=0.4, faq__carte_identite=0.35), [], LIMITS
    )
    assert decision.intent == "preciser"
    assert decision.topics == ["passeport", "carte_identite"]


def test_a_choice_is_of_at_most_three():
    values = {"faq__a": 0.2, "faq__b": 0.19, "faq__c": 0.18, "faq__d": 0.17}
    assert decide("quelque chose de vague", ranking(**values), [], LIMITS).topics == ["a", "b", "c"]


def test_lost_offers_a_human_with_the_likeliest_topic():
    decision = decide("truc bidule machin", ranking(hors_perimetre=0.3, faq__marche=0.1), [], LIMITS)
    assert (decision.intent, decision.topic) == ("incompris", "marche")
    assert decision.candidates == ["marche"]


def test_who_takes_over_is_told_which_topics_it_may_be_about():
    values = {"faq__a": 0.07, "faq__b": 0.03, "faq__c": 0.01}
    assert decide("truc bidule machin", ranking(hors_perimetre=0.3, **values), [], LIMITS).candidates == [
        "a",
        "b",
    ]


def test_a_lone_word_that_says_nothing_is_asked_again():
    assert decide("machin", ranking(hors_perimetre=0.3, faq__marche=0.05), [], LIMITS).intent == "vide"


def test_danger_wins_over_a_sure_topic():
    decision = decide("au secours et passeport", ranking(faq__passeport=0.99), [], LIMITS)
    assert decision.intent == "urgence_vitale"


def test_small_words_follow_up_on_the_topic_in_hand():
    decision = decide("et pour un mineur", ranking(faq__jeunesse=0.3, faq__creche=0.2), [], LIMITS)
    assert decision.intent == "suite"
    assert decision.topic is None, "a weak guess must not be answered"
    assert decision.details["public"] == "mineur"


def test_a_price_asked_in_small_words_is_no_question_about_the_robot():
    assert decide("c est combien", ranking(robot=0.7), [], LIMITS).intent == "suite"


def test_thanks_are_thanks():
    assert decide("merci", ranking(remercier=0.6), [], LIMITS).intent == "remercier"


def test_what_the_town_does_not_do_is_declined():
    assert decide("recette de la quiche", ranking(hors_perimetre=0.8), [], LIMITS).intent == "hors_perimetre"


def test_two_sure_requests_are_both_kept():
    whole = ranking(faq__passeport=0.5, faq__piscine=0.45)
    parts = [
        ("refaire mon passeport", ranking(faq__passeport=0.95)),
        ("horaires de la piscine", ranking(faq__piscine=0.9)),
    ]
    decision = decide("refaire mon passeport et horaires de la piscine", whole, parts, LIMITS)
    assert (decision.topic, decision.more) == ("passeport", "piscine")


def test_two_halves_of_one_request_are_one():
    parts = [("mon passeport", ranking(faq__passeport=0.9)), ("est perime", ranking(faq__passeport=0.9))]
    decision = decide("mon passeport est perime", ranking(faq__passeport=0.9), parts, LIMITS)
    assert decision.more is None


def test_a_report_is_told_from_a_question():
    sure = ranking(faq__eclairage_public=0.95)
    assert decide("je signale un lampadaire casse", sure, [], LIMITS).intent == "signalement"
    assert decide("qui s occupe des lampadaires", sure, [], LIMITS).intent == "faq"
    assert decide("le lampadaire clignote", sure, [], LIMITS).intent == "constat"
    assert decide("le lampadaire clignote, normal ?", sure, [], LIMITS).intent == "faq"


def test_leaving_a_report():
    assert decide("laisse tomber", ranking(nier=0.5), [], LIMITS).intent == "annuler"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("non, je parlais du passeport", "passeport"),
        ("Non non, je voulais dire la carte d’identité", "carte d’identité"),
        ("je parle de la piscine", "piscine"),
        ("plutôt la déchèterie", "déchèterie"),
        ("non pas ça, je parlais des encombrants", "encombrants"),
        ("non merci", None),
        ("non", None),
        ("je voulais prendre rendez-vous", None),
    ],
)
def test_a_correction_is_taken_off(said, meant):
    assert after_correction(said) == meant


def test_a_correction_asks_less_of_the_topic():
    assert Thresholds(0.9, 0.3).for_correction().answer == 0.5


STORY = [
    ("mon pere est mort en mars", ranking(faq__acte_deces=0.95)),
    ("ou mettre le livret a jour", ranking(faq__livret_famille=0.95)),
]


def test_the_story_before_a_question_is_not_a_second_request():
    whole = ranking(faq__livret_famille=0.9, faq__acte_deces=0.04)
    assert decide("une histoire puis sa question", whole, STORY, LIMITS, both_ask=False).more is None


def test_a_told_request_counts_when_the_whole_leans_to_both():
    whole = ranking(faq__livret_famille=0.6, faq__acte_deces=0.3)
    decision = decide("deux besoins racontés", whole, STORY, LIMITS, both_ask=False)
    assert (decision.topic, decision.more) == ("livret_famille", "acte_deces")


def test_what_may_be_a_topic_is_asked_before_it_is_declined():
    torn = ranking(hors_perimetre=0.6, faq__mariage=0.25, faq__pacs=0.1)
    assert decide("robe pour la ceremonie", torn, [], LIMITS).intent == "preciser"
    sure = ranking(hors_perimetre=0.85, faq__mariage=0.1)
    assert decide("robe pour la ceremonie", sure, [], LIMITS).intent == "hors_perimetre"
