"""Staff and somebody on Messenger: what can still be sent, by e-mail if not, and by whom."""

import re

import pytest
from sqlalchemy import update

from desk.assistant.memory import MemoryAssistant
from desk.clock import FixedClock
from desk.conversations.channel_threads import held, lost, opened
from desk.conversations.models import Delivery
from desk.mail.models import Mail
from desk.settings import Settings
from tests.desk.circuits import Circuit, press
from tests.desk.mail_server import mail_server
from tests.desk.messenger_desk import (
    EMAIL,
    FROM,
    INBOX,
    NBSP,
    PHONE,
    arrives_with,
    buttons,
    change,
    composer,
    conversation,
    heard,
    last_line,
    mails,
    says,
    words,
)
from tests.desk.people import CAMILLE, HUGO, MALIK, NADIA, Agent
from tests.desk.running import Desk, running
from tests.desk.statements import statements

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("commune", "hours", "said", "level"),
    [
        ("demo", 0, "Messenger : réponse libre jusqu’au mardi 24 novembre à 10 h", "fine"),
        ("demo", 24, "Messenger : réponse d’un agent possible jusqu’au lundi 30 novembre à 10 h", "soon"),
        ("demo", 168, "Messenger n’accepte plus de réponse depuis le lundi 30 novembre à 10 h", "late"),
        ("valbreuil", 0, "Messenger : réponse libre jusqu’au mardi 24 novembre à 6 h", "fine"),
        ("valbreuil", 24, "Messenger n’accepte plus de réponse depuis le mardi 24 novembre à 6 h", "late"),
    ],
)
async def test_the_open_window_stands_beside_the_due_time(
    desk: Desk, clock: FixedClock, commune: str, hours: int, said: str, level: str
) -> None:
    """In words, a colour and until when; without Human Agent only the day. Queue and ticket agree."""
    reference = await heard(desk, commune=commune)
    clock.move(hours=hours)
    agent = await desk.agent(CAMILLE if commune == "demo" else HUGO)
    page = await agent.open(reference)
    assert re.search(rf'<span class="badge {level}">{said}</span>', page.replace(NBSP, " "))
    assert said in words(await agent.page())


async def test_the_window_counts_from_what_the_person_did_last_not_only_wrote(
    desk: Desk, clock: FixedClock
) -> None:
    """A reaction opens it again: ticket page and queue agree."""
    reference = await heard(desk)
    clock.move(hours=20)
    await change(desk, reference, opened, clock.now())
    agent = await desk.agent()
    for page in (await agent.page(), await agent.open(reference)):
        assert "Messenger : réponse libre jusqu’au mercredi 25 novembre à 6 h" in words(page)


async def test_somebody_whom_nothing_reaches_is_told_as_such(desk: Desk) -> None:
    """However open the window is."""
    reference, agent = await heard(desk), await desk.agent()
    await change(desk, reference, lost, "551")
    for page in (await agent.page(), await agent.open(reference)):
        assert "Messenger ne joint plus cette personne" in words(page)
    assert "Envoyer" not in buttons(await agent.open(reference))


# Writing.


async def test_after_a_day_the_form_says_that_only_a_person_may_write(desk: Desk, clock: FixedClock) -> None:
    """And until when; the reply leaves as ever."""
    reference = await heard(desk)
    clock.move(hours=30)
    agent = await desk.agent()
    page = words(composer(await agent.open(reference)))
    assert "Seul ce qu’une personne écrit peut encore partir, jusqu’au lundi 30 novembre à 10 h." in page
    assert (await agent.reply(reference, "Bonjour Léa.")).status_code == 303


async def too_late(town: Desk) -> tuple[str, Agent]:
    """A ticket of somebody whom only an e-mail reaches by now, and the agent who has opened it."""
    reference = await heard(town, contact_email=EMAIL)
    town.clock.move(days=8)
    agent = await town.agent()
    await agent.open(reference)
    return reference, agent


async def test_once_closed_the_choice_comes_before_sending(town: Desk) -> None:
    """By e-mail when it can be, instead of the button that would fail; the draft stays where it was."""
    reference, agent = await too_late(town)
    draft = {"csrf": agent.seen["csrf"], "place": f"ticket:{reference}:reply", "text": "Mon début"}
    assert (await agent.http.post("/staff/drafts", data=draft)).status_code == 200
    page = await agent.open(reference)
    assert buttons(page) == [
        f"Envoyer par e-mail à {EMAIL}", "Envoyer par e-mail et résoudre", "Aperçu"
    ]  # fmt: skip
    assert "Mon début</textarea>" in page


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ({"contact_phone": PHONE}, 'href="tel:0612345678"'),
        ({"contact_email": EMAIL}, 'href="mailto:lea%40exemple.fr"'),
        ({}, "n’a donné ni e-mail ni téléphone"),
    ],
)
async def test_once_closed_without_mail_the_form_says_how_else(
    desk: Desk, clock: FixedClock, contact: dict[str, str], expected: str
) -> None:
    """No button sends; what is written stays as a draft."""
    reference = await heard(desk, **contact)
    clock.move(days=8)
    agent = await desk.agent()
    page = await agent.open(reference)
    assert buttons(page) == ["Aperçu"]
    assert expected in composer(page) and "Votre texte reste ici en brouillon." in page
    assert f'data-draft="ticket:{reference}:reply"' in page


@pytest.mark.parametrize("why", ["window", "lost"])
async def test_a_crafted_send_is_refused_and_the_text_given_back(
    town: Desk, clock: FixedClock, why: str
) -> None:
    """Also what was written while the window closed: 409, nothing stored, then the e-mail is offered."""
    reference, agent = await heard(town, contact_email=EMAIL), await town.agent()
    await agent.open(reference)
    if why == "window":
        clock.move(days=8)
        agent = await town.agent()
        await agent.open(reference)
    else:
        await change(town, reference, lost, "551")
    refused = await agent.send(reference, "Bonjour Léa.")
    assert refused.status_code == 409
    assert "Rien n’est parti" in refused.text and "Bonjour Léa.</textarea>" in refused.text
    assert f"Envoyer par e-mail à {EMAIL}" in refused.text
    assert await town.count("SELECT count(*) FROM message WHERE author <> 'citizen'") == 0
    assert await town.count("SELECT count(*) FROM mail") == 0


async def test_a_reply_by_mail_is_stored_and_posted_once(town: Desk) -> None:
    """The words, who signs, how to answer; the town hall reads what comes back. A double click is one."""
    reference, agent = await too_late(town)
    for _ in range(2):
        reply = await agent.send(reference, "Bonjour Léa.\n\nOui.", by="mail")
        assert reply.status_code == 303
    (mail,) = await mails(town)
    number = await town.count("SELECT id FROM message WHERE author = 'staff'")
    assert (mail.address, mail.once) == (EMAIL, f"reply:{number}")
    assert mail.subject == f"[{reference}] Réponse de Sainte-Aure"
    assert mail.reply_to == "mairie@sainte-aure.example"
    assert mail.body == (
        "Bonjour Léa.\n\nOui.\n\nCamille, chargée de la relation avec les habitants\nSainte-Aure\n\n"
        f"Votre demande porte le numéro {reference}.\n"
        "Pour nous répondre, écrivez-nous sur Messenger\u00a0: https://m.me/100000000000001\n"
        "Vous pouvez aussi appeler la mairie au 04 65 71 10 00.\n"
        "Vous pouvez aussi répondre à cet e-mail."
    )
    assert await town.count("SELECT count(*) FROM delivery WHERE channel = 'mail' AND state = 'sent'") == 1
    page = words(await agent.open(reference))
    assert "réponse de Camille" in page and "E-mail en attente d’envoi" in page
    assert "a répondu par e-mail" in words(await agent.page("/staff/journal"))
    assert await town.count("SELECT count(*) FROM draft") == 0


async def test_a_reply_by_mail_may_resolve_too(town: Desk) -> None:
    """The question to the citizen cannot reach Messenger: it stays quietly unsent."""
    reference, agent = await too_late(town)
    assert (await agent.reply(reference, "Voilà.", by="mail", then="resolve")).status_code == 303
    async with town.context.database.write() as session:
        await session.execute(
            update(Delivery).where(Delivery.state == "queued").values(state="failed", error="window_closed")
        )
    page = await agent.page(f"/staff/tickets/{reference}")
    assert "Résolue" in words(page)
    assert "Non envoyé : plus de 24 heures" in words(last_line(page)) and "alert" not in last_line(page)


async def test_a_crafted_mail_that_cannot_go_is_refused(town: Desk) -> None:
    """No address, or a conversation of the website: nothing is stored."""
    agent = await town.agent()
    refused = await agent.reply(await heard(town), "Bonjour.", by="mail")
    assert refused.status_code == 409 and "adresse e-mail utilisable" in refused.text
    assert "Bonjour.</textarea>" in refused.text
    citizen = await town.open()
    reference = await citizen.ticket()
    assert (await agent.reply(reference, "Bonjour.", by="mail")).status_code == 409
    assert await town.count("SELECT count(*) FROM message WHERE author = 'staff'") == 0


async def test_without_a_mail_server_no_reply_goes_by_mail(desk: Desk) -> None:
    """It would wait for a week and be dropped."""
    agent = await desk.agent()
    refused = await agent.reply(await heard(desk, contact_email=EMAIL), "Bonjour.", by="mail")
    assert refused.status_code == 409 and "n’envoie pas d’e-mails" in refused.text
    assert await desk.count("SELECT count(*) FROM message WHERE author = 'staff'") == 0


async def test_the_preview_of_an_e_mail_is_the_e_mail(town: Desk) -> None:
    """With and without JavaScript: plain text, subject and all."""
    reference, agent = await too_late(town)
    form = {**agent.seen, "text": "Bonjour <Léa>.", "by": "mail", "preview": "1"}
    for where in ("preview", "compose"):
        shown = (await agent.http.post(f"/staff/tickets/{reference}/{where}", data=form)).text
        assert f"[{reference}] Réponse de Sainte-Aure" in shown and "Bonjour &lt;Léa&gt;." in shown
        assert "https://m.me/100000000000001" in shown


async def test_a_proposal_is_approved_by_mail_once_messenger_is_closed(town: Desk, clock: FixedClock) -> None:
    """The circuit ends like the reply: refused by Messenger, sent by e-mail."""
    reference = await heard(town, contact_email=EMAIL, service="voirie")
    circuit = Circuit(town, None, await town.agent(), reference)
    await circuit.ask()
    await circuit.propose(await town.agent(MALIK), "Le trou est bouché.")
    clock.move(days=8)
    agent = await town.agent()
    page = await agent.page(circuit.path)
    assert "Approuver et envoyer par e-mail" in words(page)
    refused = await press(agent, page, "/approve", text="Le trou est bouché.", by="")
    assert refused.status_code == 409 and "Rien n’est parti" in refused.text
    assert (await press(agent, page, "/approve", text="Le trou est bouché.")).status_code == 303
    (mail,) = [one for one in await mails(town) if one.address == EMAIL]
    assert mail.body.startswith("Le trou est bouché.")


# The Page's own inbox.


async def test_somebody_answers_from_the_pages_inbox_and_may_be_relieved(desk: Desk) -> None:
    """Nobody here holds the conversation: anybody takes it, or gives it back."""
    reference = await heard(desk)
    async with desk.context.database.write() as session:
        talk = await conversation(session, reference)
        talk.owner, talk.owner_staff_id, talk.staff_active_at = "staff", None, desk.clock.now()
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    page = words(await camille.open(reference))
    assert INBOX in page and "Un agent répond" not in page
    assert "Prendre la conversation" in page and "Rendre à l’assistant" in page
    assert (await camille.do(reference, "take")).status_code == 303
    page = words(await camille.open(reference))
    assert "Vous répondez" in page and INBOX not in page
    assert "Camille répond" in words(await nadia.open(reference))
    assert (await nadia.reply(reference, "Moi aussi.")).status_code == 409
    await camille.do(reference, "release")
    assert "L’assistant répond" in words(await camille.open(reference))


async def test_the_one_in_charge_may_take_back_from_the_pages_inbox(desk: Desk) -> None:
    """Being in charge of the ticket is not yet answering in the thread."""
    reference, camille = await heard(desk), await desk.agent()
    await camille.do(reference, "take")
    async with desk.context.database.write() as session:
        (await conversation(session, reference)).owner_staff_id = None
    await camille.do(reference, "take")
    assert "Vous répondez" in words(await camille.open(reference))


async def test_a_thread_that_another_application_holds_says_so(desk: Desk, clock: FixedClock) -> None:
    """For a day at most; writing takes it back."""
    reference, agent = await heard(desk), await desk.agent()
    await change(desk, reference, held, "263902037430900", clock.now())
    page = words(await agent.open(reference))
    assert INBOX in page and "Votre envoi reprend la conversation." in page
    clock.move(hours=25)
    agent = await desk.agent()
    assert INBOX not in words(await agent.open(reference))


# Messages that did not arrive, in the queue.


async def test_a_ticket_whose_last_reply_did_not_arrive_stands_out(town: Desk) -> None:
    """Not one that was answered since, nor for an automatic message."""
    lost_one, mended, quiet = [await heard(town) for _ in range(3)]
    mailed = await heard(town, contact_email=EMAIL)
    for reference in (lost_one, mended):
        await says(town, reference, error="person_unavailable")
    await says(town, mended, "Encore moi.", parts=1)
    await says(town, quiet, author="assistant", error="window_closed")
    number = await says(town, mailed, by="mail")
    async with town.context.database.write() as session:
        session.add(Mail(commune="demo", address=EMAIL, subject="Réponse", body="", once=f"reply:{number}",
                         state="failed", attempts=1, next_attempt_at=town.clock.now(),
                         created_at=town.clock.now()))  # fmt: skip
    page = await (await town.agent()).page()
    for reference, expected in ((lost_one, True), (mended, False), (quiet, False), (mailed, True)):
        card = page.partition(f'id="{reference}"')[2].partition("</li>")[0]
        assert ("Non remis" in card) == expected, reference


async def test_looking_for_them_is_one_statement_and_none_without_messenger(desk: Desk) -> None:
    """However many tickets the page shows."""
    await (await desk.open()).ticket()
    agent = await desk.agent()
    with statements(desk, "delivery") as seen:
        await agent.page()
    assert seen == []
    for _ in range(3):
        await says(desk, await heard(desk), error="refused")
    with statements(desk, "delivery") as seen:
        page = await agent.page()
    assert len(seen) == 1 and page.count("Non remis") == 3


async def test_a_photo_without_a_word_is_not_an_empty_line(desk: Desk) -> None:
    """The queue says that something came."""
    reference = await heard(desk)
    await arrives_with(desk, reference, {"kind": "sticker", "name": ""}, text="")
    page = await (await desk.agent()).page()
    assert "Pièce jointe" in page and "Aucun message" not in page


async def test_an_e_mail_of_staff_says_who_reads_the_answer(
    settings: Settings, clock: FixedClock, assistant: MemoryAssistant
) -> None:
    """A human wrote it: it answers to the town hall, and does not pass for an automatic one."""
    async with mail_server() as box:
        mailing = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": box.port,
                                              "smtp_security": "none", "mail_from": FROM})  # fmt: skip
        async with running(mailing, clock, assistant) as desk:
            reference, agent = await heard(desk, contact_email=EMAIL), await desk.agent()
            await change(desk, reference, lost, "551")
            await agent.reply(reference, "Bonjour Léa.", by="mail")
            await desk.until_count("SELECT count(*) FROM mail WHERE state = 'sent'", 1)
            assert "Envoyé par e-mail" in words(last_line(await agent.open(reference)))
    (mail,) = box.received
    assert (mail["To"], mail["Reply-To"]) == (EMAIL, "mairie@sainte-aure.example")
    assert mail["Auto-Submitted"] is None and mail["X-Auto-Response-Suppress"] is None
    assert mail.get_content().startswith("Bonjour Léa.")


async def test_the_buttons_follow_the_window_while_the_page_stays_open(town: Desk, clock: FixedClock) -> None:
    """Asked again at each news, given when they would be others; what is being written is not touched."""
    reference = await heard(town, contact_email=EMAIL)
    clock.move(days=8)
    agent = await town.agent()
    where = re.search(r'hx-get="([^"]*/outlet\?vu=[^"]*)"', await agent.open(reference))[1]
    assert (await agent.http.get(where)).status_code == 204
    await change(town, reference, opened, clock.now())
    fresh = await agent.page(where)
    assert "Envoyer et attendre sa réponse" in fresh and "textarea" not in fresh and 'name="by"' not in fresh


async def test_an_agent_of_a_department_is_not_told_to_write(desk: Desk) -> None:
    """Only those who answer citizens are given the ways to reach them."""
    reference = await heard(desk, service="voirie", contact_phone=PHONE)
    await says(desk, reference, error="refused")
    line = words(last_line(await (await desk.agent(MALIK)).page(f"/staff/tickets/{reference}")))
    assert line.endswith("Messenger a refusé ce message.")
