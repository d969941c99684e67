"""Replies that a form sends by e-mail instead of where the citizen wrote, and how they look."""

from typing import Literal

from markupsafe import Markup, escape
from sanic import Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.channel_threads import thread_state
from desk.conversations.models import Conversation
from desk.dialogue.by_mail import letter
from desk.errors import Conflict
from desk.staff.composer.preview import shown_on
from desk.staff.guard import Visit, form_value
from desk.tickets.models import Ticket

MAIL = "mail"


def is_mail(request: Request) -> bool:
    """Whether the form is that of an e-mail."""
    return form_value(request, "by") == MAIL


def way_asked(request: Request) -> Literal["mail"] | None:
    """What the form asks for. Raises Conflict for an e-mail that this installation cannot send."""
    if not is_mail(request):
        return None
    if not context_of(request).settings.smtp_host:
        raise Conflict("no_mail_way")
    return "mail"


async def preview_of(
    request: Request, session: AsyncSession, visit: Visit, ticket: Ticket, conversation: Conversation,
    text: str,
) -> list[Markup]:  # fmt: skip
    """What the citizen will read, part by part: the whole e-mail, or the messages of their channel."""
    thread = await thread_state(session, conversation.id) if is_mail(request) else None
    who, texts = visit.staff, visit.commune.texts
    signature = texts("staff.signature", prenom=who.first_name, metier=who.job)
    if thread is None or not text.strip():
        return shown_on(ticket.channel, text, texts, signature)
    return [escape(letter(visit.commune, ticket, thread.page, text, signature))]
