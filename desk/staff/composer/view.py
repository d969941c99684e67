"""What the composer of a ticket's page shows: the text, what is new, what can be inserted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from sanic import Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.models import Conversation, Message
from desk.staff.canned.store import canned_replies
from desk.staff.composer.by_mail import is_mail, preview_of
from desk.staff.composer.candidates import Candidate, candidates_of
from desk.staff.composer.collision import News, Seen, news_since, seen_in
from desk.staff.composer.drafts import draft_of, reply_place
from desk.staff.composer.presence import Colleague, others_on
from desk.staff.guard import Visit
from desk.staff.models import CannedReply
from desk.staff.names import first_names
from desk.staff.pages import moment
from desk.staff.ticket.history import history_line
from desk.tickets.models import Ticket
from desk.tickets.states import is_open


@dataclass(frozen=True)
class ShownNews:
    """What came since the reply was begun, in words; and what the page then carries as seen."""

    lines: Sequence[tuple[str, str]] = ()
    messages: Sequence[Message] = ()
    seen: Seen = field(default_factory=Seen)

    def __bool__(self) -> bool:
        return bool(self.lines or self.messages)


@dataclass(frozen=True)
class Composer:
    """``given``: the text was typed on the page that was sent, rather than kept as a draft.

    ``letter``: the preview is of an e-mail.
    """

    text: str
    given: bool
    place: str
    seen: Seen
    news: ShownNews
    present: Sequence[Colleague] = ()
    canned: Sequence[CannedReply] = ()
    candidates: Sequence[Candidate] = ()
    preview: Sequence[Markup] | None = None
    letter: bool = False


async def composer_of(
    request: Request, visit: Visit, ticket: Ticket, conversation: Conversation, typed: str | None = None,
    *, preview: bool = False,
) -> Composer:  # fmt: skip
    """The composer for the ticket as the page shows it: what changes meanwhile will be news."""
    context = context_of(request)
    now, place = context.clock.now(), reply_place(ticket.reference)
    seen = Seen(ticket.version, conversation.last_seq)
    async with context.database.read() as session:
        present = await others_on(session, ticket.id, visit.staff.id, now)
        if not (visit.may("answer") and is_open(ticket.state)):
            return Composer(typed or "", typed is not None, place, seen, ShownNews(), present)
        draft = await draft_of(session, visit.staff.id, place) if typed is None else None
        text = draft.text if draft else typed or ""
        return Composer(
            text, typed is not None, place, seen,
            await shown_news(session, visit, ticket, conversation, seen_in(request), seen), present,
            await canned_replies(session, visit.commune.id),
            await candidates_of(session, visit.commune, ticket, conversation, now),
            await preview_of(request, session, visit, ticket, conversation, text) if preview else None,
            letter=is_mail(request),
        )  # fmt: skip


async def shown_news(
    session: AsyncSession, visit: Visit, ticket: Ticket, conversation: Conversation, since: Seen, now: Seen
) -> ShownNews:
    """The news ``since`` in words; a page that shows them may say that ``now`` was seen."""
    news: News = await news_since(session, ticket, conversation, since)
    people = await first_names(session, visit.commune.id) if news.events else {}
    lines = [(moment(visit.commune, event.at), history_line(event, people)) for event in news.events]
    return ShownNews(lines, news.messages, now)
