"""A ticket's page, and the reply sent from it."""

from collections.abc import Mapping

from sanic import Blueprint, HTTPResponse, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.errors import check_text
from desk.conversations.models import Conversation, Message
from desk.errors import BadRequest, Conflict, DeskError, TooLarge
from desk.staff.circuit.panel import Attempt, circuit_panel
from desk.staff.composer.by_mail import way_asked
from desk.staff.composer.collision import check_read, seen_in
from desk.staff.composer.drafts import forget_draft, reply_place
from desk.staff.composer.view import composer_of
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.pages import render
from desk.staff.ticket.forms import forms_of
from desk.staff.ticket.seen import note_seen
from desk.staff.ticket.thread import Window
from desk.staff.ticket.view import gather
from desk.staff.ticket.working import Work, back_to, working_on
from desk.texts.errors import sentence

PAGE = "ticket/ticket.html"
LARGEST = 2**31 - 1
"""Of a message's number; PostgreSQL refuses to compare it with more."""


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/tickets/<reference:str>", methods=["GET"], name="ticket")
    pages.add_route(thread, "/tickets/<reference:str>/thread", methods=["GET"], name="ticket_thread")
    pages.add_route(reply, "/tickets/<reference:str>/reply", methods=["POST"], name="ticket_reply")


@staff_only("ticket")
async def show(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The whole conversation, what is known, and what can be done."""
    page = await ticket_page(request, visit, reference)
    await note_seen(context_of(request), visit, reference)
    return page


@staff_only("ticket")
async def thread(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The conversation alone, for the page to refresh itself."""
    shown = await gather(context_of(request), visit, reference, _window(request))
    return render("ticket/_thread.html", visit=visit, **shown)


@staff_only("answer")
async def reply(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Write to the citizen; then resolve the ticket or wait for them, when asked to.

    A refused text is given back.
    """
    text = form_text(request, "text")
    try:
        words = check_text(text)
        async with working_on(request, visit, reference) as work:
            once = _once_key(work.conversation, form_value(request, "once"))
            if not await _already_sent(work.session, work.conversation, once):
                await _send(request, work, words, once)
    except (BadRequest, TooLarge, Conflict) as error:
        return await ticket_page(request, visit, reference, error=error, text=text)
    return back_to(request, work.ticket)


async def _send(request: Request, work: Work, words: str, once: str | None) -> None:
    seen, then, staffing = seen_in(request), form_value(request, "then"), work.staffing
    await check_read(work.session, work.conversation, seen)
    by = way_asked(request)
    await staffing.reply(words, seen.version, once, by=by)
    work.journal("ticket.mailed" if by == "mail" else "ticket.reply")
    await forget_draft(work.session, work.visit.staff.id, reply_place(work.ticket.reference))
    if then == "resolve" and await staffing.resolve():
        work.journal("ticket.resolved")
    elif then == "wait" and await staffing.wait():
        work.journal("ticket.waiting")


async def ticket_page(
    request: Request, visit: Visit, reference: str, *, error: DeskError | None = None,
    text: str | None = None, preview: bool = False, attempt: Attempt | None = None,
    typed: Mapping[str, str] | None = None,
) -> HTTPResponse:  # fmt: skip
    """The page; with why something was refused, and what was typed: the reply (``text``), others by field."""
    context = context_of(request)
    shown = await gather(context, visit, reference, _window(request))
    ticket, conversation = shown["ticket"], shown["conversation"]
    shown["composer"] = await composer_of(request, visit, ticket, conversation, text, preview=preview)
    async with context.database.read() as session:
        shown["circuit"] = await circuit_panel(session, visit, ticket, context.clock.now(), attempt)
        shown["forms"] = await forms_of(session, visit, ticket, typed or {}, context.clock.now())
    refused = error or (attempt.error if attempt else None)
    status = int(refused.status) if refused else 200
    why = sentence(visit.commune.texts, error) if error else ""
    return render(PAGE, status, visit, error=error, sentence=why, text=text, **shown)


def _window(request: Request) -> Window:
    """Which part of the conversation the address asks for, the end of it for nonsense."""
    return Window(_number(request, "avant"), _number(request, "depuis"))


def _number(request: Request, name: str) -> int | None:
    given = str(request.args.get(name, ""))
    return min(int(given), LARGEST) if given.isascii() and given.isdigit() and len(given) < 20 else None


def _once_key(conversation: Conversation, once: str) -> str | None:
    """A reply's idempotency key: a double click or a reload sends nothing twice."""
    return f"{conversation.id}:staff:{once[:64]}" if once else None


async def _already_sent(session: AsyncSession, conversation: Conversation, once: str | None) -> bool:
    if once is None:
        return False
    query = select(Message.id).where(Message.channel == conversation.channel, Message.external_id == once)
    return await session.scalar(query) is not None
