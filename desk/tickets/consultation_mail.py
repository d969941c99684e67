"""The e-mails about consultations: that something is asked, and where. Never what citizens wrote."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.mail.outbox import order
from desk.texts.dates import say_moment
from desk.tickets.models import Consultation, Ticket

Kind = Literal["asked", "returned", "silent"]
"""An answer is expected of the reader, or another one; or none came."""

LONGEST_ONCE = 200


async def mail_staff(
    session: AsyncSession, commune: Commune, site: str, kind: Kind, ticket: Ticket,
    consultation: Consultation, addresses: Iterable[str], now: datetime,
) -> None:  # fmt: skip
    """Tell each address once."""
    values = {"reference": ticket.reference, "service": commune.department_name(consultation.service),
              "echeance": say_moment(commune.texts, commune.local(ticket.due_at)),
              "ville": commune.settings.name, "lien": f"{site}/staff/tickets/{ticket.reference}"}  # fmt: skip
    subject, body = (commune.texts(f"circuit.{kind}_{part}", **values) for part in ("subject", "body"))
    for address in addresses:
        once = f"consultation:{consultation.id}:{kind}:{consultation.version}:{address}"[:LONGEST_ONCE]
        await order(session, commune.id, address, subject, body, now, once)


async def mail_outside(
    session: AsyncSession, commune: Commune, consultation: Consultation, link: str, now: datetime
) -> None:
    """Send the one-time link to somebody outside."""
    until = consultation.expires_at or now
    values = {"ville": commune.settings.name, "lien": link,
              "date": say_moment(commune.texts, commune.local(until))}  # fmt: skip
    subject, body = (commune.texts(f"circuit.outside_{part}", **values) for part in ("subject", "body"))
    await order(session, commune.id, consultation.email or "", subject, body, now)
