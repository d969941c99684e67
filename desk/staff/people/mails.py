"""The e-mails that carry a one-time link."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.mail.outbox import order
from desk.settings import Settings
from desk.staff.models import Staff
from desk.staff.people.links import invitation_link


async def mail_link(
    session: AsyncSession, settings: Settings, commune: Commune, email: str, token: str, now: datetime,
    *, kind: str, first_name: str, by: Staff,
) -> bool:  # fmt: skip
    """Send the link (``kind``: invitation or password); False where no e-mail leaves.

    Without a mail server nothing is written: a link must not lie in the outbox for nothing.
    """
    if not settings.smtp_host:
        return False
    texts, town = commune.texts, commune.settings.name
    body = texts(
        f"mail.{kind}.body", prenom=first_name, commune=town, par=by.first_name,
        lien=invitation_link(settings, token),
    )  # fmt: skip
    return await order(session, commune.id, email, texts(f"mail.{kind}.subject", commune=town), body, now)
