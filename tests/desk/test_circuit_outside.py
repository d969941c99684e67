"""Somebody outside answers through a one-time link, and sees nothing but the question."""

import asyncio
import html
import re

import httpx
import pytest

from desk.clock import FixedClock
from tests.desk.circuits import Circuit, form_to, panel_of, press, text_of
from tests.desk.people import NADIA, Agent, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

WATER = "contact@eaux-du-val.example"


async def ask(
    circuit: Circuit, question: str = "La conduite est-elle à vous ?", **more: str
) -> httpx.Response:
    """Put a question to the water company."""
    page = await circuit.manager.page(circuit.path)
    return await press(
        circuit.manager, page, "/ask-outside", **{"email": WATER, "question": question, **more}
    )


@pytest.fixture(autouse=True)
def mail_server(desk: Desk) -> None:
    """Named once the postman has begun without one: e-mails are ordered and stay where they are."""
    desk.context.settings.smtp_host = "mail.sainte-aure.example"


async def link_of(circuit: Circuit, asked: httpx.Response) -> str:
    """The path of the link shown to the manager."""
    assert asked.status_code == 303, asked.text
    page = await circuit.manager.page(asked.headers["location"])
    return re.search(r'value="http://[^/]+(/avis/[^"]+)"', page)[1]


async def test_the_whole_way_from_the_question_to_the_reply(desk: Desk) -> None:
    """Asked, answered without an account, read over, sent in the manager's name."""
    circuit = await Circuit.open(desk)
    link = await link_of(circuit, await ask(circuit))
    assert (
        await desk.count(f"SELECT count(*) FROM mail WHERE address = '{WATER}' AND body LIKE '%{link}%'") == 1
    )
    outside = await desk.browser()
    page = await outside.page(link)
    assert "Sainte-Aure vous demande un avis" in text_of(page) and "La conduite est-elle à vous ?" in page
    done = await outside.http.post(link, data={"text": "Oui, réparée ce soir."})
    assert done.status_code == 200 and "a bien reçu votre réponse" in text_of(done.text)
    page = await circuit.manager.page(circuit.path)
    assert f"Réponse proposée par {WATER}" in text_of(page) and "Renvoyer au service" not in page
    sent = await press(circuit.manager, page, "/approve", text="La conduite sera réparée ce soir.")
    assert sent.status_code == 303
    assert (await circuit.citizen.messages())[-1]["text"] == "La conduite sera réparée ce soir."
    page = text_of(await circuit.manager.page(circuit.path))
    assert f"question posée par Camille à {WATER}" in page and f"réponse proposée par {WATER}" in page
    assert f"réponse proposée par {WATER}, approuvée par Camille" in page
    assert await desk.count(f"SELECT count(*) FROM journal WHERE who = '{WATER}' AND staff_id IS NULL") == 1


async def test_the_page_shows_nothing_but_the_town_and_the_question(desk: Desk) -> None:
    """No conversation, reference, contact, name; kept by nobody, indexed by nobody, told to nobody."""
    circuit = await Circuit.open(desk)
    await circuit.citizen.ask("Je suis Zoé, mon numéro est le 06 39 98 12 34")
    link = await link_of(circuit, await ask(circuit))
    reply = await (await desk.browser()).http.get(link)
    for secret in ("tuiles", "Zoé", "06 39", circuit.reference, "Camille", WATER, "/staff/tickets"):
        assert secret not in reply.text
    assert "lundi 23 novembre à 10 h" in text_of(reply.text)
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer" and "noindex" in reply.headers["x-robots-tag"]
    assert "<script" not in reply.text and "set-cookie" not in reply.headers


async def test_a_link_serves_once(desk: Desk) -> None:
    """A second visit and a second answer learn that it was received; the first answer stands."""
    circuit, outside = await Circuit.open(desk), await desk.browser()
    asked = await ask(circuit)
    link = await link_of(circuit, asked)
    both = await asyncio.gather(*(outside.http.post(link, data={"text": "La première"}) for _ in range(2)))
    assert [done.status_code for done in both] == [200, 200]
    assert await desk.count("SELECT count(*) FROM journal WHERE action = 'consultation.answer'") == 1
    for again in (await outside.http.get(link), await outside.http.post(link, data={"text": "La seconde"})):
        assert again.status_code == 200 and "a bien reçu votre réponse" in text_of(again.text)
        assert "conduite" not in again.text
    page = panel_of(await circuit.manager.page(circuit.path))
    assert "La première" in page and "La seconde" not in page
    assert (await circuit.manager.http.get(asked.headers["location"])).status_code == 404


async def test_an_expired_or_cancelled_or_unknown_link_says_so(desk: Desk, clock: FixedClock) -> None:
    """In French, with what was typed given back."""
    circuit, outside = await Circuit.open(desk), await desk.browser()
    unknown = await outside.http.get("/avis/n-importe-quoi")
    assert unknown.status_code == 404 and "Lien inconnu" in unknown.text
    cancelled = await link_of(circuit, await ask(circuit))
    await press(circuit.manager, await circuit.manager.page(circuit.path), "/cancel")
    expired = await link_of(circuit, await ask(circuit, "Et celle-ci ?"))
    clock.move(days=13, hours=23)
    assert (await outside.http.get(expired)).status_code == 200
    clock.move(hours=1)
    for link in (cancelled, expired):
        gone = await outside.http.post(link, data={"text": "Ma longue réponse"})
        assert gone.status_code == 410 and "Ma longue réponse" in gone.text
        assert "n’attend plus de réponse" in text_of(gone.text) and "celle-ci" not in gone.text
    assert "Lien expiré" in await (await desk.agent()).page(circuit.path)
    assert await desk.count("SELECT count(*) FROM consultation WHERE proposal IS NOT NULL") == 0


async def test_a_bad_answer_is_given_back(desk: Desk) -> None:
    """Empty, or longer than 4,000 characters; then a good one passes."""
    circuit, outside = await Circuit.open(desk), await desk.browser()
    link = await link_of(circuit, await ask(circuit))
    empty = await outside.http.post(link, data={"text": "   "})
    assert empty.status_code == 400 and "La conduite est-elle à vous ?" in empty.text
    long = await outside.http.post(link, data={"text": "é" * 4001})
    assert long.status_code == 413 and "é" * 4001 in long.text and "limité à 4000" in text_of(long.text)
    assert (await outside.http.post(link, data={"text": "é" * 4000})).status_code == 200
    huge = await outside.http.post(link, data={"text": "x" * 300_000})
    assert huge.status_code == 413 and "Cette page ne peut pas s’afficher" in huge.text


async def test_a_citizen_s_contact_in_the_question_is_pointed_out(desk: Desk) -> None:
    """An e-mail or a telephone is refused until the manager ticks the box; a reference is fine."""
    circuit = await Circuit.open(desk)
    for question in ("Rappelez le 06 39 98 12 34", "Écrivez à zoe@courriel.example"):
        refused = await ask(circuit, question)
        assert refused.status_code == 400 and question in html.unescape(panel_of(refused.text))
        assert "contient une adresse e-mail ou un téléphone" in text_of(refused.text)
        sent = await press(
            circuit.manager, refused.text, "/ask-outside", email=WATER, question=question, sure="1"
        )
        assert sent.status_code == 303
    assert (await ask(circuit, f"Pour la demande {circuit.reference} ?")).status_code == 303


async def test_a_bad_address_is_refused(desk: Desk) -> None:
    """Nothing is sent anywhere, the question is kept."""
    circuit = await Circuit.open(desk)
    for email in ("", "eaux", "eaux@val", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example"):
        refused = await ask(circuit, email=email)
        assert refused.status_code == 400 and "La conduite est-elle à vous ?" in refused.text
        assert "Cette adresse e-mail n’est pas complète" in text_of(refused.text)
    assert await desk.count("SELECT count(*) FROM mail") == 0


async def test_a_double_click_makes_one_link_and_other_words_another(desk: Desk) -> None:
    """The page kept open by the browser may be sent again with another question."""
    circuit = await Circuit.open(desk)
    page = await circuit.manager.page(circuit.path)
    links = [
        await link_of(
            circuit, await press(circuit.manager, page, "/ask-outside", email=WATER, question=question)
        )
        for question in ("Une ?", "Une ?", "Deux ?")
    ]
    assert links[0] == links[1] != links[2]
    assert await desk.count("SELECT count(*) FROM consultation") == 2
    assert await desk.count("SELECT count(*) FROM mail") == 2


async def test_the_link_is_stored_nowhere_and_shown_to_its_maker_only(desk: Desk) -> None:
    """Another manager, or the same one in another session, cannot have it shown."""
    circuit, nadia = await Circuit.open(desk), await desk.agent(NADIA)
    asked = await ask(circuit)
    token = (await link_of(circuit, asked)).rpartition("/")[2]
    assert await desk.count(f"SELECT count(*) FROM consultation WHERE token_hash = '{token}'") == 0
    for other in (nadia, await desk.agent()):
        assert (await other.http.get(asked.headers["location"])).status_code == 404
    assert token not in await nadia.page(circuit.path)


async def test_links_cannot_be_tried_by_the_hundred(desk: Desk, clock: FixedClock) -> None:
    """One address, thirty a minute; what was typed is given back."""
    outside: Agent = await desk.browser()
    for number in range(30):
        assert (await outside.http.get(f"/avis/{number}")).status_code == 404
    assert (await outside.http.get("/avis/31")).status_code == 429
    busy = await outside.http.post("/avis/31", data={"text": "Ma réponse"})
    assert busy.status_code == 429 and "Ma réponse" in busy.text and "Réessayez" in busy.text
    clock.move(minutes=1)
    assert (await outside.http.get("/avis/32")).status_code == 404


async def test_an_answer_to_a_resolved_ticket_changes_nothing(desk: Desk) -> None:
    """Resolving closes the link."""
    circuit, outside = await Circuit.open(desk), await desk.browser()
    link = await link_of(circuit, await ask(circuit))
    await circuit.manager.do(circuit.reference, "resolve")
    gone = await outside.http.post(link, data={"text": "Trop tard"})
    assert gone.status_code == 410 and "Trop tard" in gone.text
    assert (await circuit.ticket()).state == "resolved"


async def test_agents_do_not_see_what_was_asked_outside(desk: Desk) -> None:
    """They are not those who ask; the manager's own form is not theirs."""
    circuit = await Circuit.open(desk)
    page = await circuit.manager.page(circuit.path)
    assert form_to(page, "/ask-outside")["csrf"] == hidden(page, "csrf")
    await circuit.ask("voirie", "Pour vous")
    await ask(circuit)
    malik = await desk.agent("malik@sainte-aure.example")
    shown = panel_of(await malik.page(circuit.path))
    assert "Pour vous" in shown and WATER not in shown and "ask-outside" not in shown


async def test_without_a_mail_server_the_manager_sends_the_link(desk: Desk) -> None:
    """The page says so, and no link lies in the outbox."""
    desk.context.settings.smtp_host = ""
    circuit = await Circuit.open(desk)
    asked = await ask(circuit)
    assert (await desk.http.get(await link_of(circuit, asked))).status_code == 200
    assert "Envoyez vous-même ce lien" in await circuit.manager.page(asked.headers["location"])
    assert await desk.count("SELECT count(*) FROM mail") == 0
