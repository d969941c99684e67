"""The answer base: found, edited, previewed, published; the next citizen reads it."""

import re
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from desk.answers.messenger_preview import messenger_preview
from desk.answers.messenger_text import plain_text, split
from desk.answers.models import Answer
from desk.assistant.acts import AnswerAct
from desk.clock import FixedClock
from tests.desk.people import CAMILLE, HUGO, MALIK, NADIA, PAUL, Agent, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

PISCINE = "/staff/answers/piscine"


def text_of(page: str) -> str:
    """A page as a reader sees it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


def form(**changes: Any) -> dict[str, Any]:
    """A good answer as the editor sends it."""
    fields = {
        "title": "Piscine", "body": "Fermée pour travaux.", "checked_on": "2026-11-23", "review_on": "",
        "source": ["0"], "s0.label": "Ville", "s0.url": "https://www.sainte-aure.example/piscine",
    }  # fmt: skip
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


async def send(agent: Agent, path: str, verb: str, **fields: Any) -> httpx.Response:
    """Open the editor, then press a button of it; the hidden fields are those of the page."""
    return await press(agent, path, verb, await agent.page(path), **fields)


async def press(agent: Agent, path: str, verb: str, page: str, **fields: Any) -> httpx.Response:
    """Press a button of a page that was opened before."""
    seen = {name: hidden(page, name) for name in ("csrf", "version", "draft_seen")}
    return await agent.http.post(f"{path}/{verb}", data={**seen, **fields})


async def told(desk: Desk, topic: str = "piscine", **details: str) -> str:
    """What a new citizen is told about a topic, the outcome when it is not an answer."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic=topic, details=details)]
    reply = (await (await desk.open()).ask("?"))[-1]
    return reply["text"] if reply["outcome"] == "answered" else reply["outcome"]


async def test_the_list_shows_every_topic_with_its_state_and_dates(desk: Desk) -> None:
    """By department, with the version, the day it was checked and who may send it."""
    page = text_of(await (await desk.agent()).page("/staff/answers"))
    assert "85 sujets." in page and "Version 1, vérifiée le 23/11/2026" in page
    assert "Culture, sport et vie associative" in page and "Envoyée par l’assistant" in page


async def test_the_list_is_searched_whatever_the_accents(desk: Desk) -> None:
    """In titles and texts alike; nothing found is said so."""
    agent = await desk.agent()
    found = await agent.page("/staff/answers?q=DECHETERIE bruyeres")
    assert "/staff/answers/decheterie" in found and "/staff/answers/mariage" not in found
    assert "Aucun sujet ne correspond" in await agent.page("/staff/answers?q=zzzzz")


async def test_the_list_is_narrowed_to_a_department_and_to_what_needs_work(
    desk: Desk, clock: FixedClock
) -> None:
    """To be read again after a year, or on the day chosen; drafts; without an answer."""
    agent = await desk.agent()
    voirie = await agent.page("/staff/answers?service=voirie")
    assert "/staff/answers/fourriere" in voirie and "/staff/answers/piscine" not in voirie
    assert "Aucun sujet" in await agent.page("/staff/answers?etat=due")
    await send(agent, PISCINE, "publish", **form(review_on="2026-11-24"))
    assert "/staff/answers/piscine" not in await agent.page("/staff/answers?etat=due")
    await send(agent, "/staff/answers/marche", "draft", **form(title="Marché"))
    drafts = await agent.page("/staff/answers?etat=draft")
    assert "1&nbsp;sujet." in drafts and "/staff/answers/marche" in drafts
    await send(agent, "/staff/answers/mariage", "withdraw")
    missing = text_of(await agent.page("/staff/answers?etat=missing"))
    assert "1 sujet." in missing and "Retirée" in missing
    clock.move(days=1)
    agent = await desk.agent()
    due = await agent.page("/staff/answers?etat=due")
    assert "1&nbsp;sujet." in due and "/staff/answers/piscine" in due
    clock.move(days=366)
    agent = await desk.agent()
    assert "84&nbsp;sujets." in await agent.page("/staff/answers?etat=due")


async def test_what_is_published_is_told_to_the_next_citizen(desk: Desk) -> None:
    """At once, without training; text, case, buttons, source and date."""
    agent = await desk.agent()
    assert "Vérifié le 23/11/2026" in await told(desk)
    sent = await send(
        agent, PISCINE, "publish",
        **form(body="Fermée.\r\n\r\n- mardi\r\n- jeudi", comment="travaux", checked_on="2026-11-20",
               variant=["0"], **{"v0.when.public": "mineur", "v0.body": "Pas d’école de natation."},
               **{"b0.title": "Le site", "b0.kind": "url", "b0.url": "https://www.sainte-aure.example/p",
                  "b1.title": "Sport", "b1.kind": "topic", "b1.topic": "equipement_sportif",
                  "b2.title": "Signaler", "b2.kind": "report", "b2.topic": "eclairage_public"}),
    )  # fmt: skip
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PISCINE}?fait=published")
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    reply = (await (await desk.open()).ask("?"))[-1]
    assert reply["text"].startswith("Fermée.\n\n- mardi\n- jeudi\n\nVérifié le 20/11/2026.")
    assert "[Ville](https://www.sainte-aure.example/piscine)" in reply["text"]
    assert reply["buttons"] == [
        {"title": "Le site", "url": "https://www.sainte-aure.example/p"},
        {"title": "Sport", "payload": "topic:equipement_sportif"},
        {"title": "Signaler", "payload": "report:eclairage_public"},
    ]
    assert (await told(desk, public="mineur")).startswith("Pas d’école de natation.")
    assert "Réponse publiée." in await agent.page(f"{PISCINE}?fait=published")
    assert "pirate" not in await agent.page(f"{PISCINE}?fait=pirate")


async def test_a_draft_is_kept_and_no_citizen_sees_it(desk: Desk) -> None:
    """Even unfinished; colleagues find it with what is wrong and what it changes; it can be dropped."""
    before = await told(desk)
    agent = await desk.agent()
    saved = await send(agent, PISCINE, "draft", **form(title="", body="Fermée <b>lundi</b>."))
    assert saved.headers["location"] == f"{PISCINE}?fait=draft"
    page = await (await desk.agent(NADIA)).page(PISCINE)
    assert "Fermée &lt;b&gt;lundi&lt;/b&gt;." in page and "Brouillon de Camille" in text_of(page)
    assert "Écrivez un titre." in page and "<ins>" in page and "<del>" in page
    assert await told(desk) == before
    dropped = await press(agent, PISCINE, "drop", await agent.page(PISCINE))
    assert dropped.status_code == 303
    page = await agent.page(PISCINE)
    assert "Fermée" not in page and "Brouillon en cours" not in page


async def test_publishing_a_draft_ends_it(desk: Desk) -> None:
    """Its text is the answer, and nothing waits any more."""
    agent = await desk.agent()
    await send(agent, PISCINE, "draft", **form())
    assert (await send(agent, PISCINE, "publish", **form())).status_code == 303
    assert "Brouillon en cours" not in await agent.page(PISCINE)
    assert (await told(desk)).startswith("Fermée pour travaux.")


WRONG = {
    "no title": ({"title": " "}, "Écrivez un titre."),
    "a long title": ({"title": "Un titre bien trop long"}, "20 caractères au plus"),
    "no text": ({"body": "\r\n"}, "Écrivez le texte de la réponse."),
    "an endless text": ({"body": "é" * 4001}, "4 000 caractères au plus"),
    "a place that does not exist": ({"body": "{{horaires:plage}}"}, "« {{horaires:plage}} » ne correspond"),
    "a misspelt placeholder": ({"body": "{{horairs:piscine}}"}, "« {{horairs:piscine}} » ne correspond"),
    "no date": ({"checked_on": ""}, "Donnez le jour de la vérification"),
    "a date to come": ({"checked_on": "2026-11-24"}, "ne peut pas être à venir"),
    "no day": ({"review_on": "bientôt"}, "ou laissez vide"),
    "no source": ({"s0.label": "", "s0.url": ""}, "au moins une source"),
    "a source that is not safe": ({"s0.url": "http://x.example"}, "commence par https://"),
    "a source without a name": ({"s0.label": ""}, "Nommez cette source"),
    "a button that leads nowhere": ({"b0.title": "Aller"}, "où mène ce bouton"),
    "a button with a long title": (
        {"b0.title": "Tous les tarifs de l’été", "b0.kind": "topic", "b0.topic": "marche"}, "20 caractères"),
    "a button to a topic that does not exist": (
        {"b0.title": "Aller", "b0.kind": "topic", "b0.topic": "plage"}, "où mène ce bouton"),
    "a button to a script": (
        {"b0.title": "Aller", "b0.kind": "url", "b0.url": "javascript:alert(1)"}, "commence par https://"),
    "a case for nobody": ({"variant": ["0"], "v0.body": "x"}, "Cochez au moins une condition"),
    "a case without a text": ({"variant": ["0"], "v0.when.public": "mineur"}, "Écrivez le texte"),
    "a case nobody finds": (
        {"variant": ["0"], "v0.when.public": "martien", "v0.body": "x"}, "« martien » n’est pas une valeur"),
    "a district that is not here": (
        {"variant": ["0"], "v0.when.place": "port", "v0.body": "x"}, "« port » n’est pas une valeur"),
}  # fmt: skip


async def test_a_wrong_answer_comes_back_with_a_sentence_and_the_text(desk: Desk) -> None:
    """Nothing is published, nothing typed is lost; each field says what is wrong."""
    agent, failed = await desk.agent(), {}
    page = await agent.page(PISCINE)
    for name, (fields, sentence) in WRONG.items():
        reply = await press(agent, PISCINE, "publish", page, **form(**{"comment": "mon motif", **fields}))
        said = text_of(reply.text)
        kept = [str(v).strip() for v in fields.values() if isinstance(v, str) and len(v) < 30 and v.strip()]
        lost = [value for value in kept if value not in unescape(reply.text)]
        if reply.status_code != 400 or sentence not in said or lost or "mon motif" not in reply.text:
            failed[name] = (reply.status_code, lost)
    assert failed == {}
    assert await desk.count("SELECT count(*) FROM answer WHERE version > 1") == 0


async def test_every_problem_is_told_at_once_beside_its_field(desk: Desk) -> None:
    """The summary leads to each field, and the field names its error for screen readers."""
    agent = await desk.agent()
    reply = await send(agent, PISCINE, "publish", **form(title="", body="{{x:y}}", checked_on=""))
    assert re.findall(r'href="#f-([^"]+)"', reply.text) == ["title", "body", "checked_on"]
    assert re.search(r'id="f-title"[^>]*aria-invalid="true"[^>]*aria-describedby="e-title', reply.text)


async def test_rows_are_added_moved_and_removed_without_losing_a_word(desk: Desk) -> None:
    """Each press gives the form back, not stored; the focus goes to the row."""
    agent = await desk.agent()
    page = await agent.page(PISCINE)
    two = {"variant": ["0", "1"], "v0.when.public": "mineur", "v0.body": "Un.",
           "v1.when.motif": ["vol", "perte"], "v1.body": "Deux."}  # fmt: skip
    cases = {
        "variant.add": ["Un.", "Deux.", ""], "variant.up.1": ["Deux.", "Un."],
        "variant.down.0": ["Deux.", "Un."], "variant.remove.0": ["Deux."],
        "variant.remove.9": ["Un.", "Deux."], "nonsense": ["Un.", "Deux."],
    }  # fmt: skip
    for pressed, expected in cases.items():
        reply = await press(agent, PISCINE, "form", page, **form(body="Mon texte", do=pressed, **two))
        assert reply.status_code == 200
        found = re.findall(r'<textarea id="f-variants\.\d+\.body"[^>]*>([^<]*)<', reply.text)
        assert (found, "Mon texte" in reply.text) == (expected, True), pressed
    moved = await press(agent, PISCINE, "form", page, **form(do="variant.up.1", **two))
    assert re.search(
        r"<fieldset[^>]*autofocus[^>]*>\s*<legend>Cas 1 – Motif : vol ou perte",
        moved.text.replace("\u00a0", " "),
    )
    more = await press(agent, PISCINE, "form", page, **form(do="source.add"))
    assert more.text.count('name="source"') == 2
    less = await press(agent, PISCINE, "form", page, **form(do="source.remove.0"))
    assert less.text.count('name="source"') == 1 and 'value="Ville"' not in less.text
    assert await desk.count("SELECT count(*) FROM answer WHERE draft_at IS NOT NULL") == 0


async def test_the_preview_shows_both_channels_for_now_and_for_a_case(desk: Desk) -> None:
    """Hours of this moment; the case that fits; what the site does not format is said."""
    agent = await desk.agent()
    page = await agent.page(PISCINE)
    more = {"variant": ["0"], "v0.when.place": "gare", "v0.body": "Prenez la **navette**.",
            "b0.title": "Sport", "b0.kind": "topic", "b0.topic": "equipement_sportif"}  # fmt: skip
    hours = form(body="{{horaires:piscine}} Voir [le site](https://a.example/x).", **more)
    plain = text_of((await press(agent, PISCINE, "preview", page, **hours)).text)
    assert "Le texte principal s’affiche." in plain and "Aujourd’hui : 12 h à 13 h 45" in plain
    assert "le site (https://a.example/x)" in plain and "1 message" in plain
    district = await press(agent, PISCINE, "preview", page, **hours, **{"case.place": "rue de la Gare"})
    assert "Le cas 1 s’affiche." in text_of(district.text)
    assert "<strong>navette</strong>" in district.text and "Prenez la navette." in district.text
    day = await press(agent, PISCINE, "preview", page, **hours, **{"case.day": "samedi"})
    assert "Samedi 28 novembre" in text_of(day.text)
    odd = await press(agent, PISCINE, "preview", page, **form(body="# Titre\n<script>x</script>" + "a" * 900))
    assert "s’affiche comme vous l’avez tapé" in text_of(odd.text) and "<script>" not in odd.text
    assert "dépasse 800 caractères" in text_of(odd.text)
    blank = await press(agent, PISCINE, "preview", page, title="", body="")
    assert blank.status_code == 200


@pytest.mark.parametrize(
    ("text", "titles", "sizes", "passed"),
    [
        ("court", [], [5], []),
        ("court", ["Un", "Deux"], [5], []),
        ("a" * 640, ["Un"], [640], []),
        ("a" * 700, ["Un"], [60, 640], ["text_with_buttons"]),
        ("mot " * 600, [], [1999, 399], ["text"]),
        (f"{'a' * 500}\n\n{'b' * 300}", ["Un"], [500, 300], ["text_with_buttons"]),
        ("court", ["a", "b", "c", "d"], [25], ["buttons"]),
        ("court", ["x" * 21], [30], ["title"]),
        ("", [], [], []),
    ],
)
def test_messenger_cuts_an_answer_to_its_limits(
    text: str, titles: list[str], sizes: list[int], passed: list[str]
) -> None:
    """Less than 2,000 characters a text, 640 above three buttons of 20; other choices are numbered."""
    shown = messenger_preview(text, [{"title": title, "payload": f"topic:{title}"} for title in titles])
    assert ([len(piece.text) for piece in shown.pieces], shown.passed) == (sizes, passed)
    assert [len(piece.buttons) for piece in shown.pieces[:-1]] == [0] * (len(sizes) - 1 if sizes else 0)
    *_, last = shown.pieces or [None]
    assert last is None or len(last.buttons + last.quick_replies) == len(titles)


def test_messenger_writes_links_out_and_drops_marks() -> None:
    """A telephone stays a number; an address that is its own name is not said twice."""
    said = plain_text(
        "**Un** [site](https://a.example/b)\n- [04 65](tel:0465)\n- [a.example](https://a.example)"
    )
    assert said == "Un site (https://a.example/b)\n• 04 65\n• https://a.example"
    assert "".join(split("x" * 4100, 2000)) == "x" * 4100


async def test_agents_read_and_only_managers_change(desk: Desk) -> None:
    """An agent sees the answer without a form; elected officials see nothing of it."""
    malik, paul = await desk.agent(MALIK), await desk.agent(PAUL)
    await send(await desk.agent(), PISCINE, "draft", **form(body="Secret de brouillon."))
    page = await malik.page(PISCINE)
    assert '<form method="post" action="/staff/answers' not in page and "Vérifié le" in page
    assert "Secret de brouillon." not in page and "Public : mineur" in text_of(page)
    for verb in ("form", "preview", "draft", "drop", "publish", "withdraw", "versions/1/restore"):
        reply = await press(malik, PISCINE, verb, page, **form())
        assert reply.status_code == 403, verb
    for path in ("/staff/answers", PISCINE, f"{PISCINE}/versions"):
        assert (await paul.http.get(path)).status_code == 403


async def test_a_topic_that_does_not_exist_is_not_found(desk: Desk) -> None:
    """Whatever is done with it."""
    agent = await desk.agent()
    csrf = hidden(await agent.page(PISCINE), "csrf")
    for path in ("/staff/answers/plage", "/staff/answers/plage/versions", f"{PISCINE}?version=99",
                 f"{PISCINE}?version=x", f"{PISCINE}/versions?avant=99999999999"):  # fmt: skip
        assert (await agent.http.get(path)).status_code == 404, path
    for verb in ("form", "preview", "draft", "drop", "publish", "withdraw", "versions/1/restore"):
        reply = await agent.http.post(f"/staff/answers/plage/{verb}", data={"csrf": csrf, **form()})
        assert reply.status_code == 404, verb


async def test_another_town_keeps_its_own_answers(desk: Desk) -> None:
    """What Valbreuil writes changes nothing here, and its list starts empty."""
    hugo = await desk.agent(HUGO)
    before = await told(desk)
    page = await hugo.page(PISCINE)
    assert "Sans réponse" in page and "Piscine municipale" in page
    sent = await press(hugo, PISCINE, "publish", page, **form(body="{{horaires:mairie}} Au port."))
    assert sent.status_code == 303
    assert await told(desk) == before
    elsewhere = await press(hugo, PISCINE, "publish", await hugo.page(PISCINE),
                            **form(body="{{horaires:piscine}}"))  # fmt: skip
    assert elsewhere.status_code == 400


async def test_the_journal_says_who_changed_what_and_never_the_words(desk: Desk) -> None:
    """A draft, a publication, a withdrawal, a restoration."""
    agent = await desk.agent()
    await send(agent, PISCINE, "draft", **form(body="Mot secret."))
    await send(agent, PISCINE, "publish", **form(body="Mot secret."))
    await send(agent, PISCINE, "withdraw")
    page = await agent.page(f"{PISCINE}/versions")
    await press(agent, PISCINE, "versions/1/restore", page)
    lines = "SELECT count(*) FROM journal WHERE who = '{}' AND subject = 'piscine' AND action IN ({})"
    actions = "'answer.draft', 'answer.published', 'answer.withdrawn', 'answer.restored'"
    assert await desk.count(lines.format(CAMILLE, actions)) == 4
    assert await desk.count("SELECT count(*) FROM journal WHERE CAST(data AS TEXT) LIKE '%secret%'") == 0


async def test_values_of_a_file_that_nobody_knows_are_not_lost(desk: Desk) -> None:
    """They are shown ticked and said to be unknown, rather than dropped unseen."""
    async with desk.context.database.write() as session:
        query = select(Answer).where(Answer.commune == "demo", Answer.topic == "piscine")
        row = (await session.scalars(query)).one()
        row.variants = [{"when": {"saison": "hiver"}, "body": "Fermée l’hiver."}]
    page = await (await desk.agent()).page(PISCINE)
    assert re.search(r'name="v0\.when\.saison" value="hiver" checked', page)
    assert "n’est pas une valeur connue" in page
