"""Versions of answers, two people on one answer, and answers made of tickets."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import delete, select

from desk.answers.models import Answer, AnswerVersion
from desk.answers.seed import read_answers
from desk.answers.store import seed_answers
from desk.assistant.acts import HandoffAct
from desk.clock import FixedClock
from desk.communes.registry import Communes
from desk.conversations.models import Message
from desk.settings import ROOT
from tests.desk.people import HUGO, MALIK, NADIA, Agent
from tests.desk.running import Desk
from tests.desk.test_answer_editor import PISCINE, form, press, send, text_of, told

pytestmark = pytest.mark.slow

DEMO = Communes(ROOT / "communes")["demo"]
VERSIONS = f"{PISCINE}/versions"


async def version_rows(desk: Desk, topic: str = "piscine") -> list[tuple[int, bool, bool, str]]:
    """Number, published, by staff, comment of each version, oldest first."""
    async with desk.context.database.read() as session:
        rows = await session.scalars(
            select(AnswerVersion)
            .where(AnswerVersion.commune == "demo", AnswerVersion.topic == topic)
            .order_by(AnswerVersion.version)
        )
        return [(one.version, one.published, one.staff_id is not None, one.comment) for one in rows]


async def test_every_publication_is_a_version_with_its_author_and_its_reason(
    desk: Desk, clock: FixedClock
) -> None:
    """What changed is marked for the eye and for screen readers."""
    agent = await desk.agent()
    await send(agent, PISCINE, "publish", **form(body="Ouverte lundi.", comment="horaires d’été"))
    clock.move(days=400)
    nadia = await desk.agent(NADIA)
    await send(nadia, PISCINE, "publish", **form(body="Ouverte mardi."))
    page = await nadia.page(VERSIONS)
    said = text_of(page)
    assert "Version 3 Le 28/12/2027 à 10 h, par Nadia" in said
    assert "Version 2 Le 23/11/2026 à 10 h, par Camille horaires d’été" in said
    assert "Version 1 Le 23/11/2026 à 10 h, d’après les fichiers de la commune" in said
    assert re.search(r"<del><span[^>]*>\[retiré&nbsp;: </span>lundi\.", page)
    assert re.search(r"<ins><span[^>]*>\[ajouté&nbsp;: </span>mardi\.", page)
    assert await version_rows(desk) == [
        (1, True, False, ""), (2, True, True, "horaires d’été"), (3, True, True, ""),
    ]  # fmt: skip


async def test_only_what_was_changed_is_shown_as_changed(desk: Desk) -> None:
    """An answer from the files, sent back by a browser with another title: nothing else differs."""
    agent = await desk.agent()
    page = await agent.page(PISCINE)
    await press(agent, PISCINE, "draft", page, **{**sent_as_is(page), "title": "La piscine"})
    changed = (
        (await agent.page(PISCINE)).partition("Ce que le brouillon change")[2].partition("</details>")[0]
    )
    assert re.findall(r"<dt>(.*?)</dt>", changed) == ["Titre"]


async def test_an_older_version_is_restored_as_a_new_one(desk: Desk) -> None:
    """Citizens read it at once; the later ones stay; pressed twice it is done once."""
    agent = await desk.agent()
    before = await told(desk)
    await send(agent, PISCINE, "publish", **form())
    page = await agent.page(VERSIONS)
    assert await told(desk) != before
    for _ in range(2):
        reply = await press(agent, PISCINE, "versions/1/restore", page)
        assert reply.headers["location"] == f"{VERSIONS}?fait=restored"
    assert await told(desk) == before
    assert [row[3] for row in await version_rows(desk)] == ["", "", "Version 1 rétablie"]
    assert (await press(agent, PISCINE, "versions/9/restore", page)).status_code == 404


async def test_a_version_that_no_longer_holds_is_not_restored(desk: Desk) -> None:
    """It opens in the editor with what is wrong."""
    agent = await desk.agent()
    await send(agent, PISCINE, "publish", **form())
    async with desk.context.database.write() as session:
        query = select(AnswerVersion).where(AnswerVersion.topic == "piscine", AnswerVersion.version == 1)
        row = (await session.scalars(query)).one()
        row.content = {**row.content, "body": "{{adresse:ancien_lieu}}"}
    reply = await press(agent, PISCINE, "versions/1/restore", await agent.page(VERSIONS))
    assert reply.status_code == 400 and "{{adresse:ancien_lieu}}" in reply.text
    assert "ne correspond à aucun lieu" in reply.text
    assert (await told(desk)).startswith("Fermée pour travaux.")


async def test_a_withdrawn_answer_is_told_no_more_and_comes_back(desk: Desk) -> None:
    """Its questions go to staff; restoring or publishing brings it back."""
    agent = await desk.agent()
    sent = await send(agent, PISCINE, "withdraw", comment="fermeture définitive")
    assert sent.headers["location"] == f"{PISCINE}?fait=withdrawn"
    assert await told(desk) == "handoff"
    assert (await send(agent, PISCINE, "withdraw")).status_code == 303  # a double click
    assert (await version_rows(desk))[-1] == (2, False, True, "fermeture définitive")
    await press(agent, PISCINE, "versions/1/restore", await agent.page(VERSIONS))
    assert "Vérifié le" in await told(desk)


async def test_an_answer_from_before_versions_were_kept_is_kept_first(desk: Desk) -> None:
    """Its content at the moment of the first change is its version."""
    async with desk.context.database.write() as session:
        await session.execute(delete(AnswerVersion))
    agent = await desk.agent()
    assert "Aucune version n’est encore gardée" in await agent.page(VERSIONS)
    before = await told(desk)
    await send(agent, PISCINE, "publish", **form())
    assert [row[:3] for row in await version_rows(desk)] == [(1, True, False), (2, True, True)]
    await press(agent, PISCINE, "versions/1/restore", await agent.page(VERSIONS))
    assert await told(desk) == before


async def test_versions_are_listed_by_pages(desk: Desk, clock: FixedClock) -> None:
    """Thirty at a time, each compared with the one before it."""
    agent = await desk.agent()
    async with desk.context.database.write() as session:
        query = select(AnswerVersion).where(AnswerVersion.commune == "demo", AnswerVersion.topic == "piscine")
        first = (await session.scalars(query)).one()
        for number in range(2, 40):
            session.add(AnswerVersion(commune="demo", topic="piscine", version=number, published=True,
                                      content=first.content, comment="", at=clock.now()))  # fmt: skip
    page = await agent.page(VERSIONS)
    assert "Version 39" in page and "Version 9</h2>" not in page and "?avant=10" in page
    older = await agent.page(f"{VERSIONS}?avant=10")
    assert "Version 9</h2>" in older and "Version 10</h2>" not in older and "avant=" not in older


async def test_a_draft_never_hides_a_colleague_s(desk: Desk) -> None:
    """The second is refused with both texts on the page; saving again then keeps the second."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    page = await nadia.page(PISCINE)
    await send(camille, PISCINE, "draft", **form(body="Texte de Camille."))
    refused = await press(nadia, PISCINE, "draft", page, **form(body="Texte de Nadia."))
    assert refused.status_code == 409 and "a changé le brouillon" in refused.text
    said = text_of(refused.text)
    assert "Texte de Nadia." in refused.text and "Texte de Camille." in said
    assert "Brouillon de Camille" in said
    published = await press(nadia, PISCINE, "publish", page, **form(body="Texte de Nadia."))
    assert published.status_code == 409
    again = await press(nadia, PISCINE, "draft", refused.text, **form(body="Texte de Nadia."))
    assert again.status_code == 303
    assert "Texte de Nadia." in await camille.page(PISCINE)


async def test_two_drafts_of_one_instant_are_told_apart(desk: Desk) -> None:
    """The clock alone does not decide which one was seen."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await send(camille, PISCINE, "draft", **form(body="Premier."))
    page = await nadia.page(PISCINE)
    await send(camille, PISCINE, "draft", **form(body="Deuxième."))
    assert (await press(nadia, PISCINE, "draft", page, **form(body="Autre."))).status_code == 409
    assert (await press(nadia, PISCINE, "drop", page)).status_code == 409
    assert "Deuxième." in await camille.page(PISCINE)


async def test_a_publication_never_hides_a_colleague_s(desk: Desk) -> None:
    """The text is kept, beside what was published meanwhile."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    page = await nadia.page(PISCINE)
    await send(camille, PISCINE, "publish", **form(body="Texte de Camille."))
    refused = await press(nadia, PISCINE, "publish", page, **form(body="Texte de Nadia."))
    assert refused.status_code == 409 and "a changé cette réponse" in refused.text
    assert "Texte de Nadia." in refused.text and "Texte de Camille." in text_of(refused.text)
    assert (await press(nadia, PISCINE, "withdraw", page)).status_code == 409
    assert (await press(nadia, PISCINE, "versions/1/restore", page)).status_code == 409
    assert (await told(desk)).startswith("Texte de Camille.")
    again = await press(nadia, PISCINE, "publish", refused.text, **form(body="Texte de Nadia."))
    assert again.status_code == 303 and (await told(desk)).startswith("Texte de Nadia.")


async def test_a_draft_begun_before_a_publication_says_so(desk: Desk) -> None:
    """Its writer compares before publishing over what came since."""
    camille = await desk.agent()
    await send(camille, PISCINE, "draft", **form(body="Brouillon."))
    seeds = [one.model_copy(update={"body": "Fichier."}) for one in read_answers(DEMO.folder, DEMO.settings)]
    async with desk.context.database.write() as session:
        await seed_answers(session, "demo", seeds, desk.clock)
    page = text_of(await camille.page(PISCINE))
    assert "a changé depuis que ce brouillon a été commencé" in page and "Fichier." in page


async def test_a_button_pressed_twice_publishes_once(desk: Desk) -> None:
    """And two drafts saved by one double click are one."""
    agent = await desk.agent()
    page = await agent.page(PISCINE)
    for verb in ("draft", "draft"):
        assert (await press(agent, PISCINE, verb, page, **form())).status_code == 303
    page = await agent.page(PISCINE)
    replies = await asyncio.gather(*(press(agent, PISCINE, "publish", page, **form()) for _ in range(2)))
    assert [reply.status_code for reply in replies] == [303, 303]
    assert len(await version_rows(desk)) == 2


async def test_two_first_answers_at_once_are_one(desk: Desk) -> None:
    """Two people write the first answer of a topic at the same moment: one of them is asked to compare."""
    hugo, other = await desk.agent(HUGO), await desk.agent(HUGO)
    pages = [await one.page(PISCINE) for one in (hugo, other)]
    replies = await asyncio.gather(
        press(hugo, PISCINE, "draft", pages[0], **form(body="Un.")),
        press(other, PISCINE, "draft", pages[1], **form(body="Deux.")),
    )
    assert sorted(reply.status_code for reply in replies) == [303, 409]
    assert await desk.count("SELECT count(*) FROM answer WHERE commune = 'valbreuil' AND version = 0") == 1


async def test_a_first_draft_dropped_leaves_nothing(desk: Desk) -> None:
    """The topic is without an answer again, and an answer may still be written."""
    hugo = await desk.agent(HUGO)
    await send(hugo, PISCINE, "draft", **form())
    assert "Brouillon en cours" in await hugo.page("/staff/answers?etat=draft")
    await send(hugo, PISCINE, "drop")
    assert (
        await desk.count("SELECT count(*) FROM answer WHERE commune = 'valbreuil' AND topic = 'piscine'") == 0
    )
    assert (await send(hugo, PISCINE, "drop")).status_code == 303
    assert (await send(hugo, PISCINE, "publish", **form(body="{{adresse:mairie}}"))).status_code == 303
    assert (await send(hugo, "/staff/answers/marche", "withdraw")).status_code == 404


async def test_seeding_writes_versions_and_leaves_what_staff_published(desk: Desk) -> None:
    """A changed file is a version of nobody's; a published or drafted answer stays as staff left it."""
    agent = await desk.agent()
    await send(agent, PISCINE, "publish", **form())
    seeds = [one.model_copy(update={"body": "Nouveau."}) for one in read_answers(DEMO.folder, DEMO.settings)]
    async with desk.context.database.write() as session:
        counts = await seed_answers(session, "demo", seeds, desk.clock)
    assert counts == {"created": 0, "refreshed": len(seeds) - 1, "kept": 1}
    assert [row[:3] for row in await version_rows(desk, "marche")] == [(1, True, False), (2, True, False)]
    assert len(await version_rows(desk)) == 2 and (await told(desk)).startswith("Fermée pour travaux.")


async def replied_ticket(desk: Desk, agent: Agent, topic: str | None, **more: Any) -> str:
    """A ticket about a topic, to which staff have answered."""
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="not_understood", topic=topic, **more)
    ]
    reference = (await (await desk.open()).ask("La piscine, avec mon fils ?"))[-1]["ticket"]
    await agent.reply(reference, "Bonjour,\nle bassin rouvre le 2 décembre.")
    return reference


async def test_a_reply_becomes_the_published_answer_in_two_clicks(desk: Desk) -> None:
    """From the ticket to the editor, then publish; the version says which ticket it came from."""
    agent = await desk.agent()
    reference = await replied_ticket(desk, agent, "piscine")
    ticket = await agent.page(f"/staff/tickets/{reference}")
    link = re.search(r'href="(/staff/answers/piscine\?depuis=[^"]+)"', ticket)
    assert link, "no link on the ticket"
    page = await agent.page(link[1])
    assert "le bassin rouvre le 2 décembre." in page and f"Retour à la demande {reference}" in page
    assert (await press(agent, PISCINE, "publish", page, **sent_as_is(page))).status_code == 303
    assert (await told(desk)).startswith("Bonjour,\nle bassin rouvre le 2 décembre.")
    assert (await version_rows(desk))[-1][3] == f"D’après la demande {reference}"


def sent_as_is(page: str) -> dict[str, Any]:
    """What a browser sends of the editor's form when nothing is touched."""
    editor = page.partition('id="editeur"')[2].partition("</form>")[0].replace("&#39;", "’")
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", editor):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if named.get("type") != "checkbox" or " checked" in tag:
            fields.setdefault(named["name"], []).append(named.get("value", ""))
    for name, value in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)<', editor):
        fields[name] = [value]
    for name, options in re.findall(r'<select[^>]* name="([^"]*)">(.*?)</select>', editor, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        fields[name] = [chosen[1] if chosen else ""]
    return fields


async def test_a_reply_becomes_a_case_of_the_answer(desk: Desk) -> None:
    """With what is known of the citizen: a district from the street, details of the report or the message."""
    agent = await desk.agent()
    details = {"where": "12 rue de la Gare", "what": "la piscine"}
    reference = await replied_ticket(desk, agent, "piscine", details=details)
    async with desk.context.database.write() as session:
        query = select(Message).where(Message.author == "citizen").order_by(Message.id.desc())
        asked = (await session.scalars(query)).first()
        assert asked
        asked.understood = {"acts": [
            {"act": "answer", "topic": "piscine", "details": {"public": "mineur", "day": "samedi"}},
            {"act": "answer", "topic": "marche", "details": {"motif": "vol"}},
        ]}  # fmt: skip
    page = await agent.page(f"{PISCINE}?depuis={reference}&cas=1")
    assert re.search(r"Cas 1 – Quartier\s: La Gare, Public\s: mineur", page)
    assert "Le cas 1 s’affiche." in page and "le bassin rouvre" in page
    sent = await press(agent, PISCINE, "publish", page, **sent_as_is(page))
    assert sent.status_code == 303
    assert "le bassin rouvre" in await told(desk, place="place de la Gare", public="mineur")
    assert "le bassin rouvre" not in await told(desk)


async def test_a_topic_without_an_answer_gets_its_first_from_a_ticket(desk: Desk) -> None:
    """Title and source are proposed, so that it can be published as it is."""
    hugo = await desk.agent(HUGO)
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="not_understood", topic="piscine")
    ]
    reference = (await (await desk.open("valbreuil")).ask("La piscine ?"))[-1]["ticket"]
    await hugo.reply(reference, "Il n’y a pas de piscine.")
    page = await hugo.page(f"{PISCINE}?depuis={reference}")
    assert 'value="Piscine municipale"' in page and 'value="https://www.valbreuil.example"' in page
    assert (await press(hugo, PISCINE, "publish", page, **sent_as_is(page))).status_code == 303
    query = select(Answer).where(Answer.commune == "valbreuil", Answer.topic == "piscine")
    async with desk.context.database.read() as session:
        row = (await session.scalars(query)).one()
    assert (row.published, row.version, row.body) == (True, 1, "Il n’y a pas de piscine.")


async def test_a_ticket_without_a_topic_leads_to_the_list_first(desk: Desk) -> None:
    """Where the topic is chosen; the ticket goes along."""
    agent = await desk.agent()
    reference = await replied_ticket(desk, agent, None)
    assert f'href="/staff/answers?depuis={reference}"' in await agent.page(f"/staff/tickets/{reference}")
    listed = await agent.page(f"/staff/answers?depuis={reference}&q=piscine")
    assert f"/staff/answers/piscine?depuis={reference}" in listed


async def test_a_ticket_out_of_reach_brings_nothing(desk: Desk) -> None:
    """Another town's, or none; agents get no link and no editor."""
    agent, hugo = await desk.agent(), await desk.agent(HUGO)
    reference = await replied_ticket(desk, agent, "fourriere")
    assert (await hugo.http.get(f"{PISCINE}?depuis={reference}")).status_code == 404
    assert (await agent.http.get(f"{PISCINE}?depuis=BEF-0000-0000")).status_code == 404
    malik = await desk.agent(MALIK)
    assert "En faire une réponse publiée" not in await malik.page(f"/staff/tickets/{reference}")
    assert "le bassin rouvre" not in await malik.page(f"{PISCINE}?depuis={reference}")
