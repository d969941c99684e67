"""Replies kept ready: written for the whole town hall, inserted in a reply with its braces filled."""

import asyncio
import html
import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from desk.cli.__main__ import prepare
from desk.clock import FixedClock
from desk.communes.config import CommuneError
from desk.settings import ROOT, Settings
from desk.staff.canned.seed import read_canned
from desk.staff.labels import label
from desk.tickets.models import Ticket
from tests.desk.people import HUGO, MALIK, NADIA, PAUL, Agent, hidden
from tests.desk.running import Desk, rows
from tests.desk.test_composer import field_of
from tests.desk.test_staff_ticket import text_of

pytestmark = pytest.mark.slow

LIST = "/staff/canned"
EVERY_BRACE = "{référence}|{échéance}|{prénom}|{métier}|{service}|{ville}|{sujet}"


async def write(agent: Agent, title: str, body: str, **more: str) -> httpx.Response:
    """Add one from the list's page."""
    key = hidden(await agent.page(LIST), "csrf")
    return await agent.http.post(LIST, data={"csrf": key, "title": title, "body": body, **more})


async def number_of(agent: Agent, title: str) -> int:
    """Where a reply kept ready is changed."""
    found = re.search(rf'href="/staff/canned/(\d+)">{re.escape(html.escape(title))}<', await agent.page(LIST))
    assert found, title
    return int(found[1])


async def change(agent: Agent, number: int, seen: str, title: str, body: str) -> httpx.Response:
    """Save other words, from a page that showed it as ``seen``."""
    key = hidden(await agent.page(LIST), "csrf")
    form = {"csrf": key, "seen": seen, "title": title, "body": body}
    return await agent.http.post(f"{LIST}/{number}", data=form)


async def seen_of(agent: Agent, number: int) -> str:
    """What the page of one says it shows."""
    return hidden(await agent.page(f"{LIST}/{number}"), "seen")


async def test_a_reply_kept_ready_is_shared_changed_and_removed(desk: Desk, clock: FixedClock) -> None:
    """By any manager of the town; the journal tells who did what."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    assert "Aucune réponse prête" in await camille.page(LIST)
    assert (await write(camille, "  Accusé   de réception ", "Bonjour,\r\n\r\n{prénom} ")).status_code == 303
    number = await number_of(nadia, "Accusé de réception")
    page = await nadia.page(f"{LIST}/{number}")
    assert "Bonjour,\n\n{prénom}</textarea>" in page and "par Camille" in page
    clock.move(minutes=1)
    seen = hidden(page, "seen")
    assert (await change(nadia, number, seen, "Reçu", "Bien reçu, {prénom}.")).status_code == 303
    key = hidden(await camille.page(LIST), "csrf")
    form = {"csrf": key, "seen": await seen_of(camille, number)}
    for _ in ("once", "a double click"):
        assert (await camille.http.post(f"{LIST}/{number}/delete", data=form)).status_code == 303
    assert "Aucune réponse prête" in await nadia.page(LIST)
    told = rows(desk.context.settings.database_url, "SELECT who, action, subject FROM journal ORDER BY id")
    kept = [(who.partition("@")[0], label("journal", action), what) for who, action, what in told
            if action.startswith("canned.")]  # fmt: skip
    assert kept == [
        ("camille", "a ajouté une réponse prête", "Accusé de réception"),
        ("nadia", "a modifié une réponse prête", "Reçu"),
        ("camille", "a supprimé une réponse prête", "Reçu"),
    ]


@pytest.mark.parametrize(
    ("title", "body", "told"),
    [
        ("", "Bonjour", "Écrivez un titre et un texte."),
        ("Titre", " \n ", "Écrivez un titre et un texte."),
        ("T" * 81, "Bonjour", "limité à 80"),
        ("Titre", "b" * 4001, "limité à 80"),
        ("Titre", "Bonjour {nom} et {adresse}", "« {nom} » n’est pas un mot que l’on sait remplacer"),
        ("Titre", "Bonjour {}", "« {} » n’est pas un mot"),
    ],
)
async def test_words_that_cannot_be_kept_are_given_back(desk: Desk, title: str, body: str, told: str) -> None:
    """With one sentence, and nothing typed is lost."""
    agent = await desk.agent()
    refused = await write(agent, title, body)
    assert refused.status_code == 400 and told in text_of(refused.text)
    assert body.strip() in html.unescape(refused.text) and "data-kept" in refused.text
    assert f'value="{title}"' in refused.text
    assert await desk.count("SELECT count(*) FROM canned_reply") == 0


async def test_a_title_is_used_once_in_a_town(desk: Desk) -> None:
    """The other town may have the same; of two that come at once one is refused, with its text."""
    camille, nadia, hugo = await desk.agent(), await desk.agent(NADIA), await desk.agent(HUGO)
    both = await asyncio.gather(write(camille, "Reçu", "De Camille"), write(nadia, "Reçu", "De Nadia"))
    assert sorted(reply.status_code for reply in both) == [303, 409]
    refused = next(reply for reply in both if reply.status_code == 409)
    assert "porte déjà ce titre" in refused.text and "</textarea>" in refused.text
    assert (await write(hugo, "Reçu", "De Hugo")).status_code == 303
    await write(camille, "Autre", "Autre")
    number = await number_of(camille, "Autre")
    renamed = await change(camille, number, await seen_of(camille, number), "Reçu", "Gardé")
    assert renamed.status_code == 409 and "porte déjà ce titre" in renamed.text and "Gardé" in renamed.text


async def test_what_a_colleague_changed_meanwhile_is_shown_before_it_is_replaced(
    desk: Desk, clock: FixedClock
) -> None:
    """Both texts are on the page; saving again replaces, removing is refused the same way."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await write(camille, "Reçu", "Ancien")
    number = await number_of(camille, "Reçu")
    seen = await seen_of(camille, number)
    clock.move(minutes=1)
    await change(nadia, number, seen, "Reçu", "De Nadia")
    refused = await change(camille, number, seen, "Reçu", "De Camille")
    assert refused.status_code == 409
    assert "De Nadia" in refused.text and "De Camille</textarea>" in refused.text
    key = hidden(refused.text, "csrf")
    removed = await camille.http.post(f"{LIST}/{number}/delete", data={"csrf": key, "seen": seen})
    assert removed.status_code == 409 and "avant de la supprimer" in removed.text
    again = await change(camille, number, hidden(refused.text, "seen"), "Reçu", "De Camille")
    assert again.status_code == 303
    assert "De Camille</textarea>" in await nadia.page(f"{LIST}/{number}")


async def test_words_for_a_reply_removed_meanwhile_are_kept_to_be_added(desk: Desk) -> None:
    """The list comes back with them in its form."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await write(camille, "Reçu", "Ancien")
    number = await number_of(camille, "Reçu")
    seen = await seen_of(camille, number)
    key = hidden(await nadia.page(LIST), "csrf")
    await nadia.http.post(f"{LIST}/{number}/delete", data={"csrf": key, "seen": seen})
    late = await change(camille, number, seen, "Reçu", "Mieux dit")
    assert (
        late.status_code == 409
        and "vient d’être supprimée" in late.text
        and "Mieux dit</textarea>" in late.text
    )


async def test_a_reply_kept_ready_is_filled_for_the_ticket(desk: Desk) -> None:
    """By whoever writes; accents and capitals of a brace do not matter, other braces cannot come in."""
    citizen, camille, nadia = await desk.open(), await desk.agent(), await desk.agent(NADIA)
    reference = await citizen.ticket()
    await write(camille, "Tout", f"{EVERY_BRACE}|{{ Prenom }}")
    number = await number_of(camille, "Tout")
    address = f"/staff/tickets/{reference}/canned/{number}"
    got = await nadia.http.get(address)
    assert got.headers["content-type"].startswith("text/plain")
    assert got.text.split("|") == [
        reference, "jeudi 26 novembre à 10\u00a0h", "Nadia", "agente d’accueil", "Sainte-Aure", "Sainte-Aure",
        "votre demande", "Nadia",
    ]  # fmt: skip
    async with desk.context.database.write() as session:
        await session.execute(update(Ticket).values(topic="piscine", service="culture_sport"))
    filled = (await nadia.http.get(address)).text.split("|")
    assert filled[4] == desk.context.communes["demo"].department_name("culture_sport")
    assert filled[6] == "Piscine"


async def test_a_reply_kept_ready_is_inserted_without_javascript(desk: Desk) -> None:
    """The select and its button bring the page back with the text added."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await write(agent, "Reçu", "Votre demande {référence} est reçue.")
    number = await number_of(agent, "Reçu")
    assert f'<option value="{number}">Reçu</option>' in await agent.open(reference)
    form = {**agent.seen, "text": "Bonjour,", "canned": str(number)}
    page = await agent.http.post(f"/staff/tickets/{reference}/compose", data=form)
    assert field_of(page.text) == f"Bonjour,\n\nVotre demande {reference} est reçue."
    for odd in ("", "999999", "9" * 30):
        page = await agent.http.post(f"/staff/tickets/{reference}/compose", data={**form, "canned": odd})
        assert page.status_code == 200 and field_of(page.text) == "Bonjour,"


async def test_each_town_has_its_own_and_only_managers_write_them(desk: Desk) -> None:
    """Another town's is not found; agents and elected officials have no such page."""
    citizen, camille, hugo = await desk.open("valbreuil"), await desk.agent(), await desk.agent(HUGO)
    await write(camille, "Reçu", "Bonjour")
    number = await number_of(camille, "Reçu")
    theirs = (await citizen.ask("Où acheter des tuiles ?"))[-1]["ticket"]
    key = hidden(await hugo.page(LIST), "csrf")
    assert "Reçu" not in await hugo.page(LIST)
    for path in (f"{LIST}/{number}", f"/staff/tickets/{theirs}/canned/{number}", f"{LIST}/{'9' * 30}"):
        assert (await hugo.http.get(path)).status_code == 404
    stolen = await hugo.http.post(f"{LIST}/{number}/delete", data={"csrf": key, "seen": ""})
    assert stolen.status_code == 303 and "Reçu" in await camille.page(LIST)
    for email in (MALIK, PAUL):
        other = await desk.agent(email)
        assert (await other.http.get(LIST)).status_code == 403
        assert (await other.http.post(LIST, data={"title": "x", "body": "x"})).status_code == 403


async def test_the_demo_town_starts_with_four_that_never_come_back(
    settings: Settings, desk: Desk, clock: FixedClock
) -> None:
    """`beffroi prepare` brings them once; what staff removed stays removed."""
    await prepare(settings, None)
    await prepare(settings, None)
    agent = await desk.agent()
    assert (await agent.page(LIST)).count('<li class="card">') == 4
    for number in re.findall(r'href="/staff/canned/(\d+)"', await agent.page(LIST)):
        key, seen = hidden(await agent.page(LIST), "csrf"), await seen_of(agent, int(number))
        await agent.http.post(f"{LIST}/{number}/delete", data={"csrf": key, "seen": seen})
    await prepare(settings, None)
    assert "Aucune réponse prête" in await agent.page(LIST)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The installer learns which one and why; a folder without the file brings nothing."""
    assert len(read_canned(ROOT / "communes" / "demo")) == 4
    assert read_canned(tmp_path) == []
    for wrong in ("- {title: A}", "- {title: A, body: '{nom}'}", "- [", "titre: A"):
        (tmp_path / "canned.yml").write_text(wrong, encoding="utf-8")
        with pytest.raises(CommuneError, match=r"canned\.yml"):
            read_canned(tmp_path)
