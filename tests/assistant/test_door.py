"""The desk's door to Rasa: every message gets acts or a coded error, once."""

import pytest


@pytest.mark.parametrize("body", [{}, {"sender": "a"}, {"message": "b"}, {"sender": "a", "message": 3}])
def test_a_request_without_its_parts_is_refused(bot, body):
    assert bot.post(body) == (400, {"error": {"code": "bad_request"}})


def test_the_same_message_again_gets_the_same_acts_and_changes_nothing(bot, talk):
    first = talk("bonjour", message_id="m1")
    assert talk("bonjour", message_id="m1") == first
    assert talk("merci beaucoup", message_id="m2") != first


def test_a_message_longer_than_any_question_is_answered(talk):
    assert talk("bonjour " + "je vous raconte ma vie " * 400)


@pytest.mark.parametrize("text", ["😡", "???", "\u200b", "!" * 300])
def test_a_message_without_words_is_asked_again(talk, text):
    assert talk(text) == [{"act": "say", "key": "reformuler"}]


def test_a_kill_in_mid_conversation_loses_neither_topic_nor_form(bot):
    talk, reporting = bot.talk(), bot.talk()
    talk('/choisir{"topic": "passeport"}')
    reporting('/signaler{"topic": "eclairage_public"}')
    reporting("le lampadaire devant chez moi est cassé")
    bot.restart()
    answered = talk("et pour un mineur ?")
    assert [(act["act"], act["topic"]) for act in answered] == [("answer", "passeport")]
    assert reporting("rue des Arts, au numéro 12") == [{"act": "say", "key": "signalement_quand"}]


def test_words_stay_out_of_the_log(bot, talk):
    talk("ma confidence très particulière sur le tournesol")
    talk('/choisir{"topic": "passeport"}')
    log = (bot.folder / "bot.log").read_text()
    assert "tournesol" not in log
    assert "confidence très" not in log
