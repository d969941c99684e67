"""Answers cut and laid out for Messenger: within every limit, nothing lost, cut where readers pause."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.answers.messenger_parts import lay_out
from desk.answers.messenger_text import is_joined, keep_end, plain_text, shorten, size, split
from desk.channels.messenger.metadata import metadata_of, part_of
from desk.channels.messenger.rendering import chosen, render, send_body
from desk.conversations.models import Message
from desk.texts import load_texts
from tests.simulators.graph_api.validate import check_send

pytestmark = pytest.mark.slow

NBSP = "\u00a0"
ADDRESS = re.compile(r"https?://\S+")
TEXTS = load_texts()
FAMILY = "👩‍👩‍👧‍👦"
WORDS = st.sampled_from([
    "mairie", "aujourd’hui", "e\u0301te\u0301", "élève", FAMILY, "👍🏽", "🇫🇷", "🇫🇷🇪🇺", "❤️", "1️⃣", "M.", "12.",
    "3,50", "art. L. 2121", "fin.", "vraiment ?", "oui !", f"«{NBSP}Bonjour{NBSP}!{NBSP}»", "…", "•",
    "https://www.service-public.gouv.fr/particuliers/vosdroits/N19810?a=1.2&b=c!d", "http://a.example/é",
    "x" * 45, "👍" * 30, "a\u0301" * 30,
])  # fmt: skip
GAPS = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", "\n \n", "\t", NBSP, ""])
TEXT = st.one_of(
    st.lists(st.tuples(WORDS, GAPS), max_size=120).map(lambda found: "".join(w + gap for w, gap in found)),
    st.text(max_size=400),
)
LIMITS = st.integers(min_value=16, max_value=300)


def squeezed(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=400, deadline=None, derandomize=True)
@given(TEXT, LIMITS)
def test_parts_are_within_the_limit_and_nothing_is_lost(text: str, limit: int) -> None:
    """None is empty; put together they are the text, but for white space where it was cut."""
    parts = split(text, limit)
    assert all(part and 0 < size(part) <= limit and len(part) <= limit for part in parts)
    assert all(part == part.strip() for part in parts)
    assert squeezed("".join(parts)) == squeezed(text)
    place = 0
    for part in parts:  # each stands in the text as it is, with only white space before it
        at = text.index(part, place)
        assert not text[place:at].strip()
        place = at + len(part)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(TEXT, LIMITS)
def test_what_readers_see_as_one_is_never_cut_in_two(text: str, limit: int) -> None:
    """A letter and its accent, an emoji and its skin, a flag; an address, unless it is too long."""
    place = 0
    for part in split(text, limit):
        at = text.index(part, place)
        place = at + len(part)
        assert not is_joined(text, at) or size(_cluster(text, at)) > limit
        for found in ADDRESS.finditer(text):
            assert not found.start() < at < found.end() or size(found[0]) > limit


def _cluster(text: str, at: int) -> str:
    """What readers see as one character around a place."""
    start, end = at, at
    while is_joined(text, start):
        start -= 1
    while is_joined(text, end):
        end += 1
    return text[start:end]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXT, LIMITS)
def test_the_end_that_carries_buttons_fits_and_nothing_is_lost(text: str, limit: int) -> None:
    """Unless only an address cut in two would make it fit."""
    ends = keep_end(text, limit)
    if ends is None:
        assert any(size(found[0]) > limit // 2 for found in ADDRESS.finditer(text))
        return
    assert size(ends[1]) <= limit and squeezed("".join(ends)) == squeezed(text)
    assert ends[1] or not text.strip()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.one_of(TEXT, st.integers(1, 5000).map(lambda count: "mot " * count)),
    st.lists(st.fixed_dictionaries({
        "title": st.text(max_size=60),
        "payload": st.one_of(st.none(), st.text(max_size=8), st.just("p" * 1001)),
        "url": st.sampled_from([None, "https://a.example", "http://a.example", "tel:0465", ""]),
    }), max_size=16),
)  # fmt: skip
def test_whatever_is_stored_makes_requests_that_meta_takes(text: str, buttons: list[dict[str, Any]]) -> None:
    """Every limit at once, as strictly as Meta; every choice that can be made is offered or written."""
    message = Message(author="assistant", text=text, buttons=buttons)
    for number, part in enumerate(render(message, TEXTS)):
        check_send(send_body(part, "7001", "free", metadata_of(1, number)))


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 20, []),
        (" \n ", 20, []),
        ("Un. Deux. Trois. Quatre.", 16, ["Un. Deux. Trois.", "Quatre."]),
        ("Voir M. Dupont demain", 15, ["Voir M. Dupont", "demain"]),
        ("Ouvert à 8 h 30. Fermé à midi.", 22, ["Ouvert à 8 h 30.", "Fermé à midi."]),
        (f"Est-ce ouvert{NBSP}? Oui, demain matin.", 24, [f"Est-ce ouvert{NBSP}?", "Oui, demain matin."]),
        (f"Il dit «{NBSP}Non.{NBSP}» Puis il part.", 22, [f"Il dit «{NBSP}Non.{NBSP}»", "Puis il part."]),
        ("Le tarif est de 3.50 euros par mois", 22, ["Le tarif est de 3.50", "euros par mois"]),
        ("Selon l’art. 12 du code de la route", 20, ["Selon l’art. 12 du", "code de la route"]),
        ("Un paragraphe.\n\nUn autre paragraphe.", 24, ["Un paragraphe.", "Un autre paragraphe."]),
        ("Une première ligne\nUne seconde. Fin", 30, ["Une première ligne", "Une seconde. Fin"]),
        ("Choisissez :\n1. Carte\n2. Passeport", 25, ["Choisissez :\n1. Carte", "2. Passeport"]),
        ("aaaa https://a.example/12", 22, ["aaaa", "https://a.example/12"]),
        ("a" * 10, 4, ["aaaa", "aaaa", "aa"]),
        ("👍" * 5, 4, ["👍👍", "👍👍", "👍"]),
        ("🇫🇷" * 2, 6, ["🇫🇷", "🇫🇷"]),
    ],
)
def test_it_is_cut_where_a_reader_would_pause(text: str, limit: int, parts: list[str]) -> None:
    """Paragraph, line, sentence, word; not after an initial, in a number, before what goes on."""
    assert split(text, limit) == parts


def test_a_long_title_ends_with_an_ellipsis() -> None:
    """After a word when enough is left; else inside it, never inside a letter."""
    assert shorten("1. Carte d’identité (perte ou vol)", 20) == "1. Carte d’identité…"
    assert shorten("2. Passeport", 20) == "2. Passeport"
    assert shorten("3. Aucune de ces réponses", 20) == "3. Aucune de ces…"
    assert shorten("1. Anticonstitutionnellement", 20) == "1. Anticonstitution…"
    assert shorten("ab" + "e\u0301" * 10, 6) == "abe\u0301…"


def choice(title: str, payload: str = "p") -> dict[str, str]:
    return {"title": title, "payload": payload}


def link(title: str, url: str = "https://a.example/") -> dict[str, str]:
    return {"title": title, "url": url}


def shape(text: str, *buttons: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Each message: its text, how many buttons, how many quick replies."""
    return [(one.text, len(one.buttons), len(one.quick_replies)) for one in lay_out(text, buttons).parts]


def test_three_short_buttons_stay_buttons() -> None:
    """Links among them; below the end of a long text."""
    assert shape("Oui.", choice("Un"), link("Deux"), choice("Trois")) == [("Oui.", 3, 0)]
    long = "Une phrase assez longue. " * 100
    *before, last = shape(long, choice("Un"))
    assert [one[1:] for one in before] == [(0, 0)] * len(before) and last[1:] == (1, 0)
    assert last[0].startswith("Une phrase") and 600 < len(last[0]) <= 640


def test_choices_that_do_not_fit_are_numbered_and_offered() -> None:
    """With their whole titles in the text; a citizen may tap or type."""
    titles = ["Carte d’identité : première demande ou renouvellement", "Passeport", "Aucune de ces réponses"]
    message = Message(
        author="assistant", text="C’est :", buttons=[choice(one, f"topic:{one}") for one in titles]
    )
    (part,) = render(message, TEXTS)
    assert part.text == "C’est :\n" + "\n".join(f"{n}. {one}" for n, one in enumerate(titles, 1))
    assert [(one.title, one.payload) for one in part.quick_replies] == [
        ("1. Carte d’identité…", f"topic:{titles[0]}"),
        ("2. Passeport", "topic:Passeport"),
        ("3. Aucune de ces…", f"topic:{titles[2]}"),
    ]
    for typed in ("2", " 2. ", "2)", "le 2", "n° 2", "Numéro 2", "choix 2"):
        assert chosen(typed, message) == "topic:Passeport", typed
    for typed in ("0", "4", "22", "le 2 décembre", "2 enfants", "deux", "", "²"):
        assert chosen(typed, message) is None, typed


def test_a_number_means_nothing_below_buttons() -> None:
    """Nor below what staff wrote."""
    buttons = [choice("Oui"), choice("Non")]
    assert chosen("1", Message(author="assistant", text="Oui ou non ?", buttons=buttons)) is None
    five = [choice(str(one)) for one in range(5)]
    assert chosen("1", Message(author="staff", text="Lequel ?", buttons=five)) is None


def test_at_most_thirteen_choices_are_offered_and_all_are_listed() -> None:
    """Fifteen of them: the last two can still be typed."""
    buttons = [choice(f"Choix {one}", f"p{one}") for one in range(1, 16)]
    ((text, none, offered),) = shape("Lequel ?", *buttons)
    assert (none, offered) == (0, 13) and "15. Choix 15" in text
    assert chosen("15", Message(author="assistant", text="Lequel ?", buttons=buttons)) == "p15"


def test_links_that_are_no_buttons_are_written_out() -> None:
    """A long title, an address without https, a telephone; the other buttons stay."""
    assert shape("Voir.", link("Un titre de lien bien trop long"), choice("Oui")) == [
        (f"Voir.\nUn titre de lien bien trop long{NBSP}: https://a.example/", 1, 0)
    ]
    assert shape("Voir.", link("Site", "http://a.example"), link("Appeler", "tel:0465711000")) == [
        (f"Voir.\nSite{NBSP}: http://a.example\nAppeler{NBSP}: 0465711000", 0, 0)
    ]
    four = shape("Voir.", choice("Un"), choice("Deux"), link("Site"), link("Plan"))
    assert four == [(f"Voir.\nSite{NBSP}: https://a.example/\nPlan{NBSP}: https://a.example/", 2, 0)]
    assert shape("Voir.", {"title": "Rien"}, {"title": "", "payload": "p"}) == [("Voir.", 0, 0)]


def test_buttons_below_an_address_that_is_too_long_are_offered_otherwise() -> None:
    """The address is not cut in two."""
    address = "https://a.example/" + "x" * 700
    assert shape(f"Voir {address}", choice("Oui")) == [(f"Voir {address}\n1. Oui", 0, 1)]


def test_staff_sign_what_they_write_and_it_stays_as_typed() -> None:
    """Above the first message; cut in the same places when Messenger shows the name instead."""
    name, words = (
        "Camille, chargée de la relation",
        "**Bonjour** [x](https://a.example)\r\n- un\n\n" + "Mot. " * 600,
    )
    message = Message(author="staff", author_name=name, text=words, buttons=[])
    signed, named = render(message, TEXTS), render(message, TEXTS, named=True)
    assert signed[0].text == f"{name}{NBSP}:\n{named[0].text}" and signed[1:] == named[1:]
    assert named[0].text.startswith("**Bonjour** [x](https://a.example)\n- un")
    assert all(size(part.text) < 2000 for part in signed)
    assert render(Message(author="staff", author_name=None, text="Oui", buttons=[]), TEXTS)[0].text == "Oui"


def test_the_town_s_own_words_are_not_signed() -> None:
    """Announcements, with their marks taken away."""
    message = Message(author="system", author_name=None, text="Demande **BEF**", buttons=None)
    assert [part.text for part in render(message, TEXTS)] == ["Demande BEF"]
    assert plain_text("**a** [b](https://c.example)") == "a b (https://c.example)"


def test_a_mark_names_its_part_and_nothing_else_does() -> None:
    """As long as a database can count, no longer."""
    assert part_of(metadata_of(12, 3)) == (12, 3)
    for odd in ("", "bf:1", "bf:1:2:3", "tk:9", "bf:-1:0", "bf:1:x", "bf:" + "9" * 40 + ":0", "xbf:1:0"):
        assert part_of(odd) is None
