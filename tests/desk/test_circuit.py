"""The internal circuit: a department is asked, proposes, the manager reads over and sends."""

import asyncio
import html
import re

import pytest

from desk.tickets.access import Reach, ticket_for_staff
from desk.tickets.consultations import prepare
from desk.tickets.deadline import Promise
from tests.desk.circuits import Circuit, form_question, form_to, panel_of, press, text_of
from tests.desk.people import CAMILLE, MALIK, NADIA, PAUL, SOFIA, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

SIGNATURE = "Camille, chargée de la relation avec les habitants"
VOIRIE = "Voirie, stationnement et mobilités"


async def test_a_department_proposes_and_the_manager_sends_in_their_own_name(desk: Desk) -> None:
    """The whole way: asked, proposed, corrected, sent; both names stay in the history and the journal."""
    circuit = await Circuit.open(desk)
    page = await circuit.manager.page(circuit.path)
    assert "Où acheter des tuiles bleues ?" in form_question(page)
    assert (await circuit.ask()).headers["location"] == f"{circuit.path}#circuit"
    assert (await circuit.ticket()).asked == "|voirie|"
    malik = await desk.agent(MALIK)
    shown = text_of(await malik.page(circuit.path))
    assert "Que répondre ?" in shown and "Où acheter des tuiles bleues ?" in shown
    assert (await circuit.propose(malik, "Chez Tuilot, rue Haute.")).status_code == 303
    assert (await circuit.ticket()).state == "proposed"
    page = await circuit.manager.page(circuit.path)
    assert "Réponse proposée par Malik" in text_of(page)
    sent = await press(circuit.manager, page, "/approve", text="Chez Tuilot, 3 rue Haute.")
    assert sent.headers["location"] == f"{circuit.path}#fin"
    reply = (await circuit.citizen.messages())[-1]
    assert (reply["text"], reply["author_name"]) == ("Chez Tuilot, 3 rue Haute.", SIGNATURE)
    assert ((ticket := await circuit.ticket()).state, ticket.asked) == ("in_progress", None)
    page = text_of(await circuit.manager.page(circuit.path))
    for line in (f"question posée par Camille : {VOIRIE}", "réponse proposée par Malik",
                 "réponse proposée par Malik, approuvée par Camille", "réponse de Camille",
                 "Avis terminés (1)"):  # fmt: skip
        assert line in page
    done = "SELECT count(*) FROM journal WHERE who = '{}' AND action = '{}'"
    assert await desk.count(done.format(CAMILLE, "consultation.ask")) == 1
    assert await desk.count(done.format(MALIK, "consultation.propose")) == 1
    assert await desk.count(done.format(CAMILLE, "consultation.approve")) == 1
    assert await desk.count("SELECT count(*) FROM journal WHERE CAST(data AS text) LIKE '%Tuilot%'") == 0


async def test_approving_and_resolving_goes_in_one_gesture(desk: Desk) -> None:
    """The reply, then the end; what else was asked is cancelled."""
    circuit = await Circuit.open(desk)
    await circuit.ask("voirie")
    await circuit.ask("etat_civil")
    await circuit.propose(await desk.agent(MALIK), "Voilà.")
    page = await circuit.manager.page(circuit.path)
    assert (await press(circuit.manager, page, "/approve", text="Voilà.", then="resolve")).status_code == 303
    assert (await circuit.ticket()).state == "resolved"
    assert "Voilà." in await circuit.said()
    states = "SELECT count(*) FROM consultation WHERE state = '{}'"
    assert await desk.count(states.format("accepted")) == 1
    assert await desk.count(states.format("cancelled")) == 1
    assert "<form" not in panel_of(await circuit.manager.page(circuit.path))


async def test_an_agent_can_never_write_to_the_citizen(desk: Desk) -> None:
    """Neither from the composer, nor by approving their own proposal; the elected see nothing at all."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    malik = await desk.agent(MALIK)
    await circuit.propose(malik, "Bonjour !")
    page = await malik.page(circuit.path)
    asks = {"csrf": hidden(page, "csrf"), "text": "Bonjour !", "written": hidden(page, "written")}
    before = len(await circuit.said())
    number = re.search(r"consultations/(\d+)/propose", page)[1]
    for address in ("reply", f"consultations/{number}/approve", f"consultations/{number}/return",
                    f"consultations/{number}/cancel", "ask", "ask-outside", "resolve"):  # fmt: skip
        assert (await malik.http.post(f"{circuit.path}/{address}", data=asks)).status_code == 403, address
    assert len(await circuit.said()) == before
    paul = await desk.agent(PAUL)
    assert (await paul.http.get(circuit.path)).status_code == 403


async def test_another_department_sees_nothing_and_cannot_answer_for_it(desk: Desk) -> None:
    """Asked of the roads, not of the registry; once both are asked, each sees its own question."""
    circuit = await Circuit.open(desk)
    await circuit.ask("voirie", "Question pour la voirie")
    malik, sofia = await desk.agent(MALIK), await desk.agent(SOFIA)
    page = await malik.page(circuit.path)
    form = form_to(page, "/propose")
    assert (await sofia.http.get(circuit.path)).status_code == 404
    csrf = hidden(await sofia.page("/staff/"), "csrf")
    refused = await sofia.http.post(form[""], data={"csrf": csrf, "text": "Moi", "written": "0"})
    assert refused.status_code == 404
    await circuit.ask("etat_civil", "Question pour l’état civil")
    shown = text_of(panel_of(await sofia.page(circuit.path)))
    assert "Question pour l’état civil" in shown and "Question pour la voirie" not in shown
    refused = await sofia.http.post(form[""], data={"csrf": csrf, "text": "Moi", "written": "0"})
    assert refused.status_code == 403


async def test_every_department_that_is_asked_finds_the_ticket(desk: Desk) -> None:
    """Until its own question settles, whatever the others do; who has answered is no longer awaited."""
    circuit = await Circuit.open(desk)
    for service in ("voirie", "etat_civil"):
        await circuit.ask(service)
    malik, sofia = await desk.agent(MALIK), await desk.agent(SOFIA)
    for agent in (malik, sofia):
        line = (await agent.page("/staff/")).partition(circuit.reference)[2]
        assert "On vous demande une réponse" in line
    await circuit.propose(sofia, "Au guichet 3.")
    assert ((ticket := await circuit.ticket()).asked, ticket.awaited) == ("|etat_civil|voirie|", "|voirie|")
    assert "On vous demande une réponse" in await malik.page("/staff/")
    shown = await sofia.page("/staff/")
    assert circuit.reference in shown and "On vous demande une réponse" not in shown
    numbers = re.findall(r"consultations/(\d+)/cancel", await circuit.manager.page(circuit.path))
    csrf = hidden(await circuit.manager.page(circuit.path), "csrf")
    for number, left in ((numbers[1], "|voirie|"), (numbers[1], "|voirie|"), (numbers[0], None)):
        address = f"{circuit.path}/consultations/{number}/cancel"
        assert (await circuit.manager.http.post(address, data={"csrf": csrf})).status_code == 303
        assert (await circuit.ticket()).asked == left
    assert await desk.count("SELECT count(*) FROM ticket_event WHERE kind = 'unasked'") == 2


async def test_a_proposal_sent_back_is_written_again(desk: Desk) -> None:
    """The agent reads why, and is told by e-mail; a returned proposal cannot be approved."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    malik = await desk.agent(MALIK)
    await circuit.propose(malik, "Oui.")
    page = await circuit.manager.page(circuit.path)
    assert (await press(circuit.manager, page, "/return", note="Trop court, dites où.")).status_code == 303
    assert (await circuit.ticket()).state == "in_progress"
    late = await press(circuit.manager, page, "/approve", text="Oui.")
    assert late.status_code == 409 and "La proposition a changé" in text_of(late.text)
    shown = await malik.page(circuit.path)
    assert "Trop court, dites où." in text_of(shown) and "À reprendre" in text_of(shown)
    assert await desk.count(f"SELECT count(*) FROM mail WHERE address = '{MALIK}'") == 2
    assert (await press(malik, shown, "/propose", text="Oui, rue Haute.")).status_code == 303
    again = text_of(panel_of(await circuit.manager.page(circuit.path)))
    assert "Oui, rue Haute." in again and "Trop court" not in again


async def test_two_managers_who_approve_at_once_send_once(desk: Desk) -> None:
    """The second is told, with the text kept."""
    circuit = await Circuit.open(desk)
    nadia = await desk.agent(NADIA)
    await circuit.ask()
    await circuit.propose(await desk.agent(MALIK), "Voilà.")
    pages = [await agent.page(circuit.path) for agent in (circuit.manager, nadia)]
    answers = await asyncio.gather(
        press(circuit.manager, pages[0], "/approve", text="De Camille"),
        press(nadia, pages[1], "/approve", text="De Nadia"),
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "Quelqu’un a déjà traité cette proposition" in text_of(refused.text)
    said = await circuit.said()
    assert ("De Camille" in said) + ("De Nadia" in said) == 1
    assert ("De Nadia" if "De Camille" in said else "De Camille") in refused.text


async def test_a_double_click_sends_once_and_complains_of_nothing(desk: Desk) -> None:
    """Each form, pressed twice with the same fields."""
    circuit = await Circuit.open(desk)
    malik = await desk.agent(MALIK)
    page = await circuit.manager.page(circuit.path)
    for _ in range(2):
        asked = await press(circuit.manager, page, "/ask", to="voirie", question="Où ?")
        assert asked.status_code == 303
    shown = await malik.page(circuit.path)
    for _ in range(2):
        assert (await press(malik, shown, "/propose", text="Ici.")).status_code == 303
    page = await circuit.manager.page(circuit.path)
    for _ in range(2):
        assert (await press(circuit.manager, page, "/approve", text="Ici.")).status_code == 303
    assert (await circuit.said()).count("Ici.") == 1
    assert await desk.count("SELECT count(*) FROM consultation") == 1
    assert await desk.count("SELECT count(*) FROM journal WHERE action LIKE 'consultation.%'") == 3


async def test_a_proposal_changed_meanwhile_is_read_before_anything_is_sent(desk: Desk) -> None:
    """The manager's corrections are kept beside the new proposal; then sending works."""
    circuit = await Circuit.open(desk)
    malik = await desk.agent(MALIK)
    await circuit.ask()
    await circuit.propose(malik, "Rue Haute.")
    page = await circuit.manager.page(circuit.path)
    await circuit.propose(malik, "Non : rue Basse.")
    refused = await press(circuit.manager, page, "/approve", text="Rue Haute, au 3.")
    assert refused.status_code == 409
    shown = text_of(panel_of(refused.text))
    assert "La proposition a changé" in shown and "Non : rue Basse." in shown and "Rue Haute, au 3." in shown
    assert "Rue Haute, au 3." not in await circuit.said()
    assert (await press(circuit.manager, refused.text, "/approve", text="Rue Basse.")).status_code == 303
    assert "Rue Basse." in await circuit.said()


async def test_what_the_citizen_adds_is_read_before_the_proposal_is_sent(desk: Desk) -> None:
    """A word that came since the page was opened is not answered blindly."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    await circuit.propose(await desk.agent(MALIK), "Voilà.")
    page = await circuit.manager.page(circuit.path)
    await circuit.citizen.ask("En fait, je cherche des vertes.")
    refused = await press(circuit.manager, page, "/approve", text="Voilà.")
    assert refused.status_code == 409 and "En fait, je cherche des vertes." in text_of(refused.text)
    assert "Voilà." not in await circuit.said()
    assert (await press(circuit.manager, refused.text, "/approve", text="Voilà.")).status_code == 303


async def test_a_proposal_is_still_to_be_read_after_a_pause(desk: Desk) -> None:
    """The manager asks the citizen something first; their word brings the proposal back to its list."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    await circuit.propose(await desk.agent(MALIK), "On le change jeudi.")
    await circuit.manager.do(circuit.reference, "wait")
    assert (await circuit.ticket()).state == "waiting"
    await circuit.citizen.ask("C’est au numéro 12")
    assert (await circuit.ticket()).state == "proposed"


async def test_two_agents_of_a_department_do_not_overwrite_each_other(desk: Desk) -> None:
    """The second one reads the first one's proposal, with the own text kept."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    first, second = await desk.agent(MALIK), await desk.agent(MALIK)
    pages = [await agent.page(circuit.path) for agent in (first, second)]
    await press(first, pages[0], "/propose", text="La première")
    refused = await press(second, pages[1], "/propose", text="La seconde")
    assert refused.status_code == 409
    shown = text_of(panel_of(refused.text))
    assert "La première" in shown and "La seconde" in shown and "La proposition a changé" in shown
    assert (await press(second, refused.text, "/propose", text="La seconde")).status_code == 303


async def test_a_proposal_on_a_ticket_resolved_meanwhile_is_given_back(desk: Desk) -> None:
    """A clear sentence and the whole text; so does a question that was cancelled."""
    circuit = await Circuit.open(desk)
    malik = await desk.agent(MALIK)
    await circuit.ask()
    page = await malik.page(circuit.path)
    number = re.search(r"consultations/(\d+)/propose", page)[1]
    shown = await circuit.manager.page(circuit.path)
    await press(circuit.manager, shown, f"{number}/cancel")
    refused = await press(malik, page, "/propose", text="Mon long texte")
    assert refused.status_code == 409 and "Mon long texte" in refused.text
    assert "On ne vous demande plus d’avis" in refused.text
    await circuit.manager.do(circuit.reference, "resolve")
    refused = await press(malik, page, "/propose", text="Mon long texte")
    assert refused.status_code == 409 and "Mon long texte" in refused.text
    assert "a été résolue entre-temps" in refused.text


async def test_a_proposal_used_meanwhile_is_not_written_again(desk: Desk) -> None:
    """The agent still sees the ticket, is told, and keeps the text; so is a manager once it is resolved."""
    circuit = await Circuit.open(desk)
    malik = await desk.agent(MALIK)
    await circuit.ask()
    await circuit.propose(malik, "Oui.")
    theirs, ours = await malik.page(circuit.path), await circuit.manager.page(circuit.path)
    await press(circuit.manager, ours, "/approve", text="Oui.", then="resolve")
    refused = await press(malik, theirs, "/propose", text="Oui, au 3.")
    assert refused.status_code == 409 and "Oui, au 3." in panel_of(refused.text)
    assert "déjà résolue" in text_of(panel_of(refused.text))
    refused = await press(circuit.manager, ours, "/approve", text="Oui, au 5.", key="another")
    assert refused.status_code == 409 and "Oui, au 5." in panel_of(refused.text)
    assert (await circuit.said()).count("Oui.") == 1 and "Oui, au 5." not in await circuit.said()


async def test_answering_from_the_composer_leaves_the_question_open(desk: Desk) -> None:
    """Resolving then cancels it."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    assert (await circuit.manager.reply(circuit.reference, "Je me renseigne.")).status_code == 303
    assert (await circuit.ticket()).asked == "|voirie|"
    await circuit.manager.do(circuit.reference, "resolve")
    assert (await circuit.ticket()).asked is None
    assert await desk.count("SELECT count(*) FROM consultation WHERE state = 'cancelled'") == 1
    asked = await circuit.manager.http.post(
        f"{circuit.path}/ask",
        data={"csrf": circuit.manager.seen["csrf"], "to": "voirie", "question": "Trop tard ?"},
    )
    assert asked.status_code == 409 and "Trop tard ?" in asked.text
    assert "déjà résolue" in text_of(panel_of(asked.text))


async def test_a_bad_question_comes_back_as_it_was(desk: Desk) -> None:
    """Without words, too long, to nobody, to somebody who is not there: nothing is asked."""
    circuit = await Circuit.open(desk)
    for to, question, sentence in (
        ("voirie", "  ", "Écrivez un message"), ("voirie", "x" * 4001, "limité à 4000"),
        ("", "Où ?", "Choisissez un service"), ("lune", "Où ?", "Choisissez un service"),
        ("voirie/999999999999999999999", "Où ?", "Choisissez un service"),
        ("etat_civil/x", "Où ?", "Choisissez un service"),
    ):  # fmt: skip
        refused = await circuit.ask(to, question)
        assert refused.status_code in {400, 413}, (to, question)
        assert sentence in text_of(panel_of(refused.text))
        assert question.strip() in form_question(refused.text)
    assert await desk.count("SELECT count(*) FROM consultation") == 0


async def test_the_assistant_s_answer_is_read_over_like_a_colleague_s(desk: Desk) -> None:
    """Prepared, shown as proposed, sent by the manager; or put aside."""
    circuit = await Circuit.open(desk)
    for proposal in ("Du lundi au vendredi.", "Le samedi aussi."):
        async with desk.context.database.write() as session:
            ticket, _ = await ticket_for_staff(session, Reach("demo"), circuit.reference, lock=True)
            promise = Promise(desk.context.communes["demo"].settings)
            await prepare(session, ticket, promise, "Quand ?", proposal, desk.clock.now())
    assert (await circuit.ticket()).state == "proposed"
    page = await circuit.manager.page(circuit.path)
    assert "Réponse préparée par l’assistant" in text_of(page) and "réponse proposée par l’assistant" in page
    assert (await press(circuit.manager, page, "/cancel")).status_code == 303
    assert (await circuit.ticket()).state == "proposed"  # the other one still waits
    page = await circuit.manager.page(circuit.path)
    assert "Renvoyer au service" not in page
    assert (await press(circuit.manager, page, "/approve", text="Le samedi aussi.")).status_code == 303
    assert "Le samedi aussi." in await circuit.said() and (await circuit.ticket()).state == "in_progress"
    assert "préparée par l’assistant, approuvée par Camille" in await circuit.manager.page(circuit.path)


async def test_an_open_page_learns_that_a_proposal_came(desk: Desk) -> None:
    """A word in the page, which never replaces what is being written."""
    circuit = await Circuit.open(desk)
    await circuit.ask()
    page = await circuit.manager.page(circuit.path)
    address = html.unescape(re.search(r'hx-get="([^"]+/consultations/news[^"]*)"', page)[1])
    assert (await circuit.manager.page(address)).strip() == ""
    await circuit.propose(await desk.agent(MALIK), "Voilà.")
    assert "Les avis ont changé" in await circuit.manager.page(address)


async def test_a_colleague_who_holds_the_conversation_is_not_spoken_over(desk: Desk) -> None:
    """The proposal waits, the corrections are kept."""
    circuit = await Circuit.open(desk)
    nadia = await desk.agent(NADIA)
    await circuit.ask()
    await circuit.propose(await desk.agent(MALIK), "Voilà.")
    await nadia.do(circuit.reference, "take")
    page = await circuit.manager.page(circuit.path)
    refused = await press(circuit.manager, page, "/approve", text="Mes corrections")
    assert refused.status_code == 409 and "Mes corrections" in refused.text
    assert "répond déjà à cette personne" in text_of(panel_of(refused.text))
    assert (await circuit.ticket()).state == "proposed" and "Mes corrections" not in await circuit.said()
