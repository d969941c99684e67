"""A ticket's page and what staff do there."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.errors import check_text
from desk.conversations.models import Conversation, Message
from desk.dialogue.staffing import Staffing
from desk.errors import BadRequest, Conflict, DeskError, TooLarge
from desk.staff.circuit.panel import Attempt, circuit_panel
from desk.staff.composer.collision import check_read, seen_in
from desk.staff.composer.drafts import forget_draft, reply_place
from desk.staff.composer.view import composer_of
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.pages import render
from desk.staff.ticket.view import gather
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket

ACTIONS = ("take", "release", "resolve")
PAGE = "ticket/ticket.html"


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/tickets/<reference:str>", methods=["GET"], name="ticket")
    pages.add_route(thread, "/tickets/<reference:str>/thread", methods=["GET"], name="ticket_thread")
    pages.add_route(reply, "/tickets/<reference:str>/reply", methods=["POST"], name="ticket_reply")
    pages.add_route(act, "/tickets/<reference:str>/<action:str>", methods=["POST"], name="ticket_act")


@staff_only("ticket")
async def show(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The whole conversation, what is known, and the reply box."""
    return await ticket_page(request, visit, reference)


@staff_only("ticket")
async def thread(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The conversation alone, for the page to refresh itself."""
    return await ticket_page(request, visit, reference, template="ticket/_thread.html")


@staff_only("answer")
async def reply(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Write to the citizen, and resolve the ticket too when asked to. A refused text is given back."""
    text, seen = form_text(request, "text"), seen_in(request)
    try:
        words = check_text(text)
        async with context_of(request).database.write() as session:
            work, ticket, conversation = await _staffing(request, session, visit, reference)
            if not await _already_sent(session, conversation, form_value(request, "once")):
                once = _once_key(conversation, form_value(request, "once"))
                await check_read(session, conversation, seen)
                await work.reply(words, seen.version, once)
                await forget_draft(session, visit.staff.id, reply_place(ticket.reference))
                if form_value(request, "then") == "resolve":
                    await work.resolve()
    except (BadRequest, TooLarge, Conflict) as error:
        return await ticket_page(request, visit, reference, error=error, text=text)
    _tell(request, ticket)
    return redirect(f"/staff/tickets/{ticket.reference}#fin", status=303)


@staff_only("answer")
async def act(request: Request, visit: Visit, reference: str, action: str) -> HTTPResponse:
    """Take, release or resolve."""
    if action not in ACTIONS:
        raise BadRequest()
    try:
        async with context_of(request).database.write() as session:
            work, ticket, _ = await _staffing(request, session, visit, reference)
            await getattr(work, action)()
    except Conflict as error:
        return await ticket_page(request, visit, reference, error=error)
    _tell(request, ticket)
    return redirect(f"/staff/tickets/{ticket.reference}#fin", status=303)


async def ticket_page(
    request: Request, visit: Visit, reference: str, *, template: str = PAGE,
    error: DeskError | None = None, text: str | None = None, preview: bool = False,
    attempt: Attempt | None = None,
) -> HTTPResponse:  # fmt: skip
    """The page, or a part of it; with why something was refused and the words typed."""
    shown = await gather(context_of(request), visit, reference)
    if template == PAGE:
        ticket, conversation = shown["ticket"], shown["conversation"]
        shown["composer"] = await composer_of(request, visit, ticket, conversation, text, preview=preview)
        async with context_of(request).database.read() as session:
            now = context_of(request).clock.now()
            shown["circuit"] = await circuit_panel(session, visit, ticket, now, attempt)
    refused = error or (attempt.error if attempt else None)
    status = int(refused.status) if refused else 200
    return render(template, status, visit, error=error, text=text, **shown)


async def _staffing(
    request: Request, session: AsyncSession, visit: Visit, reference: str
) -> tuple[Staffing, Ticket, Conversation]:
    ticket, conversation = await ticket_for_staff(session, visit.reach, reference, lock=True)
    now = context_of(request).clock.now()
    work = Staffing(session, visit.commune, ticket, conversation, visit.staff, now)
    return work, ticket, conversation


def _once_key(conversation: Conversation, once: str) -> str | None:
    """A reply's idempotency key: a double click or a reload sends nothing twice."""
    return f"{conversation.id}:staff:{once[:64]}" if once else None


async def _already_sent(session: AsyncSession, conversation: Conversation, once: str) -> bool:
    key = _once_key(conversation, once)
    if key is None:
        return False
    query = select(Message.id).where(Message.channel == conversation.channel, Message.external_id == key)
    return await session.scalar(query) is not None


def _tell(request: Request, ticket: Ticket) -> None:
    context_of(request).hub.replies_stored(ticket.conversation_id, ticket.commune)
