"""Whole conversations with the trained assistant, actions included."""

import pytest


def kinds(acts):
    return [act["act"] for act in acts]


def test_a_follow_up_uses_the_topic_in_hand(talk):
    talk('/choisir{"topic": "piscine"}')
    acts = talk("et le samedi ?")
    assert acts[0]["topic"] == "piscine"
    assert acts[0]["details"]["day"] == "samedi"
    assert talk("c'est combien ?")[0]["details"] == {"aspect": "prix"}


def test_a_correction_changes_the_topic(talk):
    talk('/choisir{"topic": "carte_identite"}')
    assert talk("non, je parlais du passeport")[0]["topic"] == "passeport"
    assert talk("et pour un mineur ?")[0]["topic"] == "passeport"


def test_a_report_is_left_in_the_middle_for_a_question_and_resumed(talk):
    assert talk('/signaler{"topic": "eclairage_public"}') == [{"act": "say", "key": "signalement_quoi"}]
    assert talk("le lampadaire clignote toute la nuit") == [{"act": "say", "key": "signalement_ou"}]
    acts = talk('/choisir{"topic": "horaires_mairie"}')
    assert kinds(acts) == ["answer", "say", "say"]
    assert [act["key"] for act in acts[1:]] == ["signalement_reprise", "signalement_ou"]
    assert talk("rue des Arts, devant le 12") == [{"act": "say", "key": "signalement_quand"}]
    done = talk("depuis lundi")
    assert done == [
        {
            "act": "handoff", "reason": "report", "topic": "eclairage_public",
            "details": {
                "what": "le lampadaire clignote toute la nuit",
                "where": "rue des Arts, devant le 12",
                "since": "depuis lundi",
            },
        }
    ]  # fmt: skip


def test_a_message_without_words_repeats_the_question(talk):
    talk('/signaler{"topic": "eclairage_public"}')
    assert [act["key"] for act in talk("???")] == ["signalement_reprise", "signalement_quoi"]


def test_a_report_can_be_dropped(talk):
    talk('/signaler{"topic": "depot_sauvage"}')
    assert talk("laissez tomber") == [{"act": "say", "key": "annule"}]
    assert talk("merci beaucoup") == [{"act": "say", "key": "remercier"}]


def test_danger_in_the_middle_of_a_report_ends_it(talk):
    talk('/signaler{"topic": "eclairage_public"}')
    assert talk("au secours il y a le feu dans l'immeuble") == [{"act": "safety", "kind": "urgence_vitale"}]
    assert kinds(talk("merci beaucoup")) == ["say"]


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("bonjour", {"act": "say", "key": "saluer"}),
        ("merci beaucoup", {"act": "say", "key": "remercier"}),
        ("êtes-vous un robot ?", {"act": "say", "key": "robot"}),
        ("je veux parler à un humain", {"act": "handoff", "reason": "asked"}),
        ("je veux mourir", {"act": "safety", "kind": "detresse"}),
        ("il y a le feu chez moi", {"act": "safety", "kind": "urgence_vitale"}),
        ("bande d'incapables, allez vous faire voir", {"act": "moderation", "level": "insulte"}),
        ("où en est ma demande BEF-7K2M-9QXR ?", {"act": "ticket_status"}),
        ("donne-moi une recette de tarte aux pommes", {"act": "decline"}),
    ],
)
def test_the_rest_of_the_dialogue(talk, said, act):
    assert talk(said)[0] == act


def test_none_of_the_choices_goes_to_a_human(talk):
    assert talk("/aucune") == [{"act": "handoff", "reason": "not_understood"}]


def test_a_question_after_thanks_is_answered(talk):
    assert talk("merci, horaires de la mairie ?")[0]["topic"] == "horaires_mairie"


def test_a_street_alone_asks_again_for_that_street(talk):
    talk('/choisir{"topic": "collecte_dechets"}')
    acts = talk("rue des Lilas")
    assert acts[0]["topic"] == "collecte_dechets"
    assert acts[0]["details"]["place"] == "rue des Lilas"


def test_a_street_alone_says_nothing_of_a_topic_that_is_the_same_everywhere(talk):
    talk('/choisir{"topic": "passeport"}')
    assert talk("rue des Lilas") == [{"act": "handoff", "reason": "not_understood"}]


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Hello, I would like to know how to renew my identity card please", "en"),
        ("مرحبا، أريد أن أسجل ابني في المدرسة، ماذا أفعل؟", "ar"),
        ("Buenos días, quisiera saber dónde puedo inscribir a mi hijo en la escuela", "es"),
        ("Merhaba, çocuğumu okula kaydettirmek istiyorum, hangi belgeler gerekiyor?", "tr"),
        ("Добрий день, як записати дитину до школи?", "uk"),
    ],
)
def test_another_language_gets_a_sentence_of_its_own(talk, said, language):
    assert talk(said) == [{"act": "say", "key": f"langue_{language}"}]


def test_a_cry_for_help_in_another_language_is_heard(talk):
    assert talk("please help, my father is not breathing, call an ambulance")[0]["act"] == "safety"


def test_two_requests_get_both_answers(talk):
    acts = talk("Quels sont les horaires de la piscine ? Et comment inscrire mon fils à la cantine ?")
    assert {acts[0]["topic"], acts[0]["more"]} == {"piscine", "cantine"}
