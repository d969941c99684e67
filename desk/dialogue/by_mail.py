"""A reply of staff that goes by e-mail, when the platform where the citizen wrote takes no more."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.mail.outbox import is_address, order
from desk.tickets.models import Ticket

MESSENGER_LINK = "https://m.me/{page}"
TOWN_HALL = "mairie"
"""The place of commune.yml whose people read what citizens answer."""

MAIL_KEY = "reply:"
"""Before the message's number: what the e-mail that carries it is found by (``once``)."""


def mail_key(message_id: int) -> str:
    """The key of the e-mail that carries a message."""
    return f"{MAIL_KEY}{message_id}"


def mail_address(ticket: Ticket) -> str | None:
    """The citizen's address, None when they gave none that can be written to."""
    given = ticket.contact_email
    return given if given and is_address(given) else None


def letter(commune: Commune, ticket: Ticket, page: str, text: str, signature: str) -> str:
    """The whole e-mail: the reply, who signs it, and how to answer. ``page`` is where the citizen wrote."""
    texts, town_hall = commune.texts, commune.settings.places.get(TOWN_HALL)
    ways = [texts("mail.reply.messenger", lien=MESSENGER_LINK.format(page=page))]
    if town_hall and town_hall.phone:
        ways.append(texts("mail.reply.phone", lieu=town_hall.name, telephone=town_hall.phone))
    if town_hall and town_hall.email:
        ways.append(texts("mail.reply.mail"))
    return texts("mail.reply.body", texte=text.strip(), signature=signature, commune=commune.settings.name,
                 reference=ticket.reference, moyens="\n".join(ways))  # fmt: skip


async def mail_reply(
    session: AsyncSession, commune: Commune, ticket: Ticket, message_id: int, address: str, body: str,
    now: datetime,
) -> None:  # fmt: skip
    """Order the e-mail that carries a stored reply; a human reads what is answered to it."""
    town_hall = commune.settings.places.get(TOWN_HALL)
    subject = commune.texts("mail.reply.subject", reference=ticket.reference, commune=commune.settings.name)
    await order(session, commune.id, address, subject, body, now, mail_key(message_id),
                town_hall.email if town_hall else None)  # fmt: skip
