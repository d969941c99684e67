"""A citizen who writes in another language is heard as such; French, however badly written, is not."""

import json
from pathlib import Path

import pytest
import spacy
import yaml

from bot.decision import Decision
from bot.evaluation.lines import read_lines
from bot.language import LANGUAGES, LATIN, foreign_language
from bot.model.classifier import _french_words
from bot.nlg import complete
from bot.paths import CALIBRATION, DATA, LEXICON, NLU, ROOT
from bot.safety import danger, foreign_danger
from bot.text.normalise import normalise
from bot.text.spelling import Speller, count_words

FOREIGN = read_lines(DATA / "evaluation" / "languages.jsonl")
APART = [DATA / "evaluation" / "messages.jsonl", *sorted(CALIBRATION.glob("*.jsonl"))]
MOST_FALSE = 0.001
LEAST_HEARD = 0.95


def taught():
    """Every training message."""
    for path in sorted(NLU.rglob("*.yml")):
        if path.name != "commands.yml":
            (block,) = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
            yield from (line[2:] for line in block["examples"].splitlines())


TAUGHT = list(taught())
FRENCH = [*(line.text for path in APART for line in read_lines(path)), *TAUGHT[::5]]


@pytest.fixture(scope="module")
def hear():
    """The language of a message, with the words the trained assistant knows."""
    nlp = spacy.load("fr_core_news_md", exclude=["tok2vec", "morphologizer", "parser", "ner"])
    speller = Speller(count_words(map(normalise, TAUGHT)), _french_words(nlp))
    return lambda text: foreign_language(text, speller.knows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_of_each_language_are_heard(hear, language):
    said = [line.text for line in FOREIGN if line.voice == language and len(line.text.split()) > 2]
    missed = [text for text in said if hear(text) != language]
    assert len(said) >= 28 and len(missed) <= (1 - LEAST_HEARD) * len(said), missed


def test_french_is_hardly_ever_taken_for_another_language(hear):
    taken = [(hear(text), text) for text in FRENCH if hear(text)]
    assert len(taken) <= MOST_FALSE * len(FRENCH), taken


@pytest.mark.parametrize(
    "said",
    [
        "ok", "stop", "hello", "parking", "job", "planning", "weekend", "covid test", "help", "thanks",
        "job étudiant week end planning", "food truck et street art ce week-end ?", "black friday happy hour",
        "good night", "no señor", "bn we a tt", "stp jveu 1 rdv asap pr mon passport", "please aidez moi",
        "vous avez the lord of the rings à la médiathèque ?", "concert the rolling stones",
        "je m'appelle Şükrü Yıldız, ma carte est perdue", "Ayşe Yılmazoğlu Demirtaş", "stade Yılmaz Güney",
        "nom Muñoz à corriger sur acte naissance", "mon prénom محمد est mal écrit sur l'acte",
        "sur le portail ça me met your session has expired please log in again", "mwen bizwen papye idantite",
        "Plougastel Daoulas Landerneau", "Illkirch Graffenstaden Schiltigheim", "travo rue gar", "con", "",
        "papié mairi perdut", "inscripsion cantin fisse", "Mohamed Abdelkader Benyoucef", "?",
    ],
)  # fmt: skip
def test_bad_french_names_and_loans_are_french(hear, said):
    assert hear(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "Ich möchte meinen Ausweis verlängern, was muss ich tun?",
        "não falo francês, alguém fala português na câmara?",
        "Vorrei sapere come posso iscrivere mio figlio a scuola",
        "Dzień dobry, chcę odnowić paszport, gdzie mam iść i co zrobić",
    ],
)
def test_a_language_without_a_sentence_is_left_alone(hear, said):
    assert hear(said) is None


def test_russian_is_answered_in_ukrainian(hear):
    assert hear("как записать ребенка в школу") == "uk"


def test_a_word_pleads_for_one_language_only():
    lists = yaml.safe_load((LEXICON / "languages.yml").read_text(encoding="utf-8"))
    seen = [word for name in ("fr", *LATIN) for word in set(lists[name].split())]
    assert len(seen) == len(set(seen))
    assert all(word.isascii() and word.isalpha() for word in seen)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_act_says_the_sentence_of_the_language(language):
    """The completed act is one of the recorded acts, which the desk has a sentence for."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    (response,) = domain["responses"]["utter_langue"]
    decision = Decision("langue", 1.0, details={"langue": language})
    recorded = json.loads(Path(ROOT / "tests/contract/acts/say.json").read_text(encoding="utf-8"))
    assert complete(response["custom"], decision.as_dict()) in recorded


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("help someone is dying", "urgence_vitale"), ("Fire!!", "urgence_vitale"),
        ("please call an ambulance, my dad isn't breathing", "urgence_vitale"),
        ("My neighbour's house is on fire", "urgence_vitale"), ("I can't breathe", "urgence_vitale"),
        ("necesito una ambulancia por favor", "urgence_vitale"), ("¡Socorro! hay fuego", "urgence_vitale"),
        ("mi madre no respira", "urgence_vitale"), ("huele a gas en el edificio", "urgence_vitale"),
        ("İmdat! evde yangın var", "urgence_vitale"), ("babam nefes almıyor", "urgence_vitale"),
        ("ambulans lazım acil", "urgence_vitale"), ("النجدة حريق في البيت", "urgence_vitale"),
        ("أحتاج سيارة إسعاف", "urgence_vitale"), ("أمي لا تتنفس", "urgence_vitale"),
        ("Рятуйте, пожежа!", "urgence_vitale"), ("мама не дихає, викличте швидку", "urgence_vitale"),
        ("человек умирает на улице", "urgence_vitale"),
        ("I want to kill myself", "detresse"), ("suicide", "detresse"), ("my husband beats me", "detresse"),
        ("I don't want to live anymore", "detresse"), ("quiero morirme", "detresse"),
        ("mi marido me pega", "detresse"), ("pensamientos suicidas", "detresse"),
        ("intihar etmek istiyorum", "detresse"), ("kocam beni dövüyor", "detresse"),
        ("أريد أن أموت", "detresse"), ("زوجي يضربني", "detresse"), ("أفكر في الانتحار", "detresse"),
        ("я хочу померти", "detresse"), ("чоловік мене б'є", "detresse"), ("муж меня бьет", "detresse"),
    ],
)  # fmt: skip
def test_danger_is_heard_in_other_languages(said, kind):
    assert (danger(normalise(said)) or foreign_danger(said)) == kind


@pytest.mark.parametrize(
    "said",
    [
        *(line.text for line in FOREIGN),
        "the old tree is dying", "there is a fire hydrant broken", "my son hurt himself at the playground",
        "he hit my car", "mi padre murió ayer", "derneğe üye oluyorum", "ліхтар не горить", "фонарь не горит",
    ],
)  # fmt: skip
def test_needs_told_in_other_languages_are_no_danger(said):
    assert foreign_danger(said) is None


def test_french_is_no_danger_in_another_language():
    """What French alone says of danger is left to the French patterns."""
    heard = [text for text in FRENCH if foreign_danger(text) and not danger(normalise(text))]
    assert heard == []
