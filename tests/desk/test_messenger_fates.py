"""What became of each message that the town wrote on Messenger, and all that came from there."""

import pytest
from sqlalchemy import select, update

from desk.clock import FixedClock
from desk.conversations.channel_models import MessageVersion
from desk.conversations.channel_threads import lost, received
from desk.conversations.deliveries import wait_until
from desk.conversations.models import Delivery, Message
from desk.conversations.sendings import have_arrived
from desk.mail.models import Mail
from desk.staff.labels import codes, label
from tests.desk.messenger_desk import (
    EMAIL,
    NBSP,
    PHONE,
    arrives_with,
    buttons,
    change,
    composer,
    heard,
    last_line,
    later,
    says,
    words,
)
from tests.desk.running import Desk
from tests.desk.statements import statements

pytestmark = pytest.mark.slow


async def test_a_message_waits_then_is_sent_then_arrives_then_is_read(desk: Desk, clock: FixedClock) -> None:
    """Each step is told in words under the message; all of its parts count."""
    reference, agent = await heard(desk), await desk.agent()
    await says(desk, reference)
    assert "En attente d’envoi" in words(last_line(await agent.open(reference)))
    await says(desk, reference, "En deux parties.", parts=2)
    assert words(last_line(await agent.open(reference))).endswith("Envoyé")
    await change(desk, reference, received, delivered=later(desk, seconds=-1))
    assert words(last_line(await agent.open(reference))).endswith("Envoyé")
    await change(desk, reference, received, delivered=later(desk, seconds=1))
    assert words(last_line(await agent.open(reference))).endswith("Remis")
    await change(desk, reference, received, read=later(desk, seconds=2))
    assert words(last_line(await agent.open(reference))).endswith("Lu")
    clock.move(minutes=1)
    await says(desk, reference, "Une autre.", parts=1)
    assert words(last_line(await agent.open(reference))).endswith("Envoyé")


async def test_parts_that_meta_names_one_by_one_have_arrived_together_only(desk: Desk) -> None:
    """A delivery receipt may name the parts instead of a moment."""
    reference, agent = await heard(desk), await desk.agent()
    number = await says(desk, reference, parts=2)
    for part, said in ((0, "Envoyé"), (1, "Remis")):
        async with desk.context.database.write() as session:
            await have_arrived(session, [f"m_{number}_{part}"], desk.clock.now())
        assert words(last_line(await agent.open(reference))).endswith(said)


@pytest.mark.parametrize("code", [*codes("delivery"), "never_heard_of"])
async def test_each_reason_of_a_failure_is_a_sentence_and_a_way_out(desk: Desk, code: str) -> None:
    """Never a code; and how else the citizen can be reached."""
    reference, agent = await heard(desk, contact_phone=PHONE), await desk.agent()
    await says(desk, reference, error=code)
    line = last_line(await agent.open(reference))
    known = code if code in codes("delivery") else "other"
    why = label("delivery", known).replace(NBSP, " ")
    assert f"Non remis. {why} Appelez la personne au {PHONE} ." in words(line)
    assert 'href="tel:0612345678"' in line and 'class="alert"' in line
    assert known == code or code not in line


async def test_a_failure_names_the_address_or_says_what_to_wait_for(desk: Desk) -> None:
    """By e-mail from one's own program when the desk sends none; with no contact, until they write again."""
    agent = await desk.agent()
    by_mail = await heard(desk, contact_email=EMAIL)
    await says(desk, by_mail, error="refused")
    line = last_line(await agent.open(by_mail))
    assert f'href="mailto:{EMAIL.replace("@", "%40")}"' in line
    nothing = await heard(desk)
    await says(desk, nothing, error="refused")
    line = words(last_line(await agent.open(nothing)))
    assert "n’a donné ni e-mail ni téléphone." in line and line.endswith("dès qu’elle écrira de nouveau.")


async def test_a_failed_reply_may_be_sent_by_mail_from_the_same_form(town: Desk) -> None:
    """While the window is open: one button more, once a reply did not arrive."""
    reference, agent = await heard(town, contact_email=EMAIL), await town.agent()
    assert f"Envoyer par e-mail à {EMAIL}" not in buttons(await agent.open(reference))
    await says(town, reference, error="cannot_receive")
    page = await agent.open(reference)
    assert buttons(page)[0] == "Envoyer" and f"Envoyer par e-mail à {EMAIL}" in buttons(page)
    reply = await agent.send(reference, "La piscine est fermée.", by="mail")
    assert reply.status_code == 303
    page = await agent.open(reference)
    assert f"Envoyer par e-mail à {EMAIL}" not in buttons(page)
    assert words(last_line(page)).endswith("E-mail en attente d’envoi")


@pytest.mark.parametrize("author", ["assistant", "system"])
async def test_an_automatic_message_outside_the_window_is_no_alarm(desk: Desk, author: str) -> None:
    """It is told quietly: nobody has anything to do."""
    reference, agent = await heard(desk), await desk.agent()
    await says(desk, reference, "L’assistant reprend.", author=author, error="window_closed")
    line = last_line(await agent.open(reference))
    assert words(line).endswith("Non envoyé : plus de 24 heures depuis le dernier message de la personne.")
    assert "alert" not in line
    await says(desk, reference, "L’assistant reprend.", author=author, error="person_unavailable")
    assert 'class="alert"' in last_line(await agent.open(reference))


async def test_a_message_that_waits_says_why_when_it_is_known(desk: Desk) -> None:
    """The Page is stopped, Meta has not confirmed; a passing refusal says nothing more."""
    reference, agent = await heard(desk), await desk.agent()
    number = await says(desk, reference)
    for code, said in (
        ("page_paused", "La Page ne peut rien envoyer"),
        ("awaiting_echo", "pas encore confirmé"),
        ("transient", "En attente d’envoi"),
    ):
        async with desk.context.database.write() as session:
            order = await session.scalar(select(Delivery.id).where(Delivery.message_id == number))
            await wait_until(session, order, code, later(desk, minutes=5))
        line = words(last_line(await agent.open(reference)))
        assert said in line and code not in line


async def test_on_the_website_nothing_is_said_of_carrying(desk: Desk) -> None:
    """What is stored there is read there."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.reply(reference, "Bonjour Léa.")
    page = await agent.open(reference)
    assert 'class="meta fate"' not in page and "Messenger" not in words(composer(page))


async def test_what_was_written_in_the_pages_inbox_is_signed_so(desk: Desk) -> None:
    """Neither a colleague's name nor a state of our own sending."""
    reference, agent = await heard(desk), await desk.agent()
    await says(desk, reference, "Je regarde.", by="elsewhere")
    assert words(last_line(await agent.open(reference))).startswith(
        'staff" id="m2"> Boîte de réception de la Page'
    )


async def test_a_reply_by_mail_says_so_and_a_lost_one_is_an_alarm(town: Desk) -> None:
    """As the e-mail goes: waiting, sent, refused, or given up after a week."""
    reference, agent = await heard(town, contact_email=EMAIL), await town.agent()
    await change(town, reference, lost, "551")
    await agent.reply(reference, "Par ici.", by="mail")
    for state, said, is_alarm in (("queued", "E-mail en attente d’envoi", False),
                                  ("sent", "Envoyé par e-mail", False),
                                  ("failed", "L’e-mail n’a pas pu être remis.", True),
                                  ("off", "L’e-mail n’est pas parti", True)):  # fmt: skip
        async with town.context.database.write() as session:
            await session.execute(update(Mail).values(state=state))
        line = last_line(await agent.open(reference))
        assert said in words(line) and ('class="alert"' in line) == is_alarm


async def test_edits_reactions_and_everything_that_can_be_sent_are_shown(desk: Desk) -> None:
    """Earlier words are kept behind a line; files that are not there yet, or never will be, say so."""
    reference, agent = await heard(desk, "Où est la nouvelle piscine ?"), await desk.agent()
    picture = {"id": "a" * 32, "name": "photo.jpg", "media_type": "image/jpeg", "size": 2048}
    await arrives_with(
        desk, reference, picture,
        {"id": "b" * 32, "name": "message-vocal.mp4", "media_type": "audio/mp4", "size": 4096},
        {"id": "c" * 32, "name": "image", "media_type": "", "size": 0, "state": "wanted"},
        {"id": "d" * 32, "name": "film", "media_type": "", "size": 0, "state": "lost"},
        {"kind": "sticker", "name": ""},
        {"kind": "location", "name": "Piscine", "url": "https://www.openstreetmap.org/?mlat=48.1&mlon=2.1"},
        {"kind": "link", "name": "Horaires", "url": "https://exemple.fr/a"},
        {"kind": "link", "name": "Piège", "url": "javascript:alert(1)"},
        {"kind": "reel", "name": ""},
    )  # fmt: skip
    number = await says(desk, reference, parts=1)
    async with desk.context.database.write() as session:
        theirs = await session.scalar(select(Message.id).where(Message.author == "citizen"))
        for place, said in enumerate(("Où est la <b>pissine</b> ?", "Où est la piscine ?")):
            session.add(MessageVersion(message_id=theirs, number=place, text=said, at=desk.clock.now()))
        await session.execute(update(Message).where(Message.id == number).values(reaction="❤"))
    page = await agent.open(reference)
    first = page.partition('id="m1"')[2].partition('id="m2"')[0]
    said = words(first)
    assert "Message modifié" in said and "Où est la <b>pissine</b> ?" in said
    assert said.index("pissine") < said.index(": Où est la piscine ?")
    assert '<img src="/staff/tickets/' in first and 'download="message-vocal.mp4"' in first
    for expected in ("Photo en cours de réception", "film n’a pas pu être récupéré", "Autocollant",
                     "Position sur la carte : Piscine", "Lien : Horaires", "Lien : Piège",
                     "Contenu que Beffroi ne sait pas montrer", "4 Ko"):  # fmt: skip
        assert expected in said, expected
    assert 'href="https://www.openstreetmap.org/?mlat=48.1&amp;mlon=2.1"' in first
    assert "javascript:" not in page and "/attachments/cccc" not in page and "/attachments/None" not in page
    assert "La personne a réagi : ❤" in words(last_line(page))


async def test_a_long_conversation_asks_as_little_as_a_short_one(desk: Desk) -> None:
    """No statement per message."""
    reference, agent = await heard(desk), await desk.agent()
    await says(desk, reference, parts=1)
    await agent.open(reference)
    counts = []
    for _ in range(2):
        with statements(desk, ".*") as seen:
            await agent.page(f"/staff/tickets/{reference}/thread")
        counts.append(len(seen))
        for number in range(6):
            await says(desk, reference, f"{number}", parts=2)
    assert counts[0] == counts[1]
