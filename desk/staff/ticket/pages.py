"""A ticket's page and what staff do there."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.errors import MAX_TEXT, check_text
from desk.conversations.models import Conversation, Delivery, Message
from desk.conversations.view import messages_after
from desk.dialogue.staffing import Staffing
from desk.errors import BadRequest, Conflict, DeskError, TooLarge
from desk.ids import new_id
from desk.staff.guard import Visit, form_value, staff_only
from desk.staff.models import Staff
from desk.staff.pages import moment, render, time_left, topic_scope
from desk.staff.ticket.history import history_line
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket, TicketEvent

THREAD = 2000
REPORT_PARTS = ("what", "where", "since")
ACTIONS = ("take", "release", "resolve")


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/tickets/<reference:str>", methods=["GET"], name="ticket")
    pages.add_route(thread, "/tickets/<reference:str>/thread", methods=["GET"], name="ticket_thread")
    pages.add_route(reply, "/tickets/<reference:str>/reply", methods=["POST"], name="ticket_reply")
    pages.add_route(act, "/tickets/<reference:str>/<action:str>", methods=["POST"], name="ticket_act")


@staff_only("ticket")
async def show(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The whole conversation, what is known, and the reply box."""
    return await _page(request, visit, reference)


@staff_only("ticket")
async def thread(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The conversation alone, for the page to refresh itself."""
    return await _page(request, visit, reference, template="_thread.html")


@staff_only("answer")
async def reply(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Write to the citizen, and resolve the ticket too when asked to. A refused text is given back."""
    text = form_value(request, "text")
    try:
        words = check_text(text)
        async with context_of(request).database.write() as session:
            work, ticket, conversation = await _staffing(request, session, visit, reference)
            if not await _already_sent(session, conversation, form_value(request, "once")):
                once = _once_key(conversation, form_value(request, "once"))
                await work.reply(words, _seen(request), once)
                if form_value(request, "then") == "resolve":
                    await work.resolve()
    except (BadRequest, TooLarge, Conflict) as error:
        return await _page(request, visit, reference, error=error, text=text)
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
        return await _page(request, visit, reference, error=error)
    _tell(request, ticket)
    return redirect(f"/staff/tickets/{ticket.reference}#fin", status=303)


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


def _seen(request: Request) -> int | None:
    """The ticket's version that was on the screen, None when the form does not say."""
    version = form_value(request, "version")
    return int(version) if version.isascii() and version.isdigit() else None


def _details(ticket: Ticket) -> list[tuple[str, object]]:
    """What a report says, in the order it was asked for; PostgreSQL keeps none."""
    names = [name for name in REPORT_PARTS if name in ticket.details]
    names += sorted(ticket.details.keys() - set(REPORT_PARTS))
    return [(name, ticket.details[name]) for name in names]


def _tell(request: Request, ticket: Ticket) -> None:
    context_of(request).hub.replies_stored(ticket.conversation_id, ticket.commune)


async def _page(
    request: Request, visit: Visit, reference: str, *, template: str = "ticket.html",
    error: DeskError | None = None, text: str = "",
) -> HTTPResponse:  # fmt: skip
    context = context_of(request)
    async with context.database.read() as session:
        ticket, conversation = await ticket_for_staff(session, visit.reach, reference)
        messages = await messages_after(
            session, conversation.id, max(0, conversation.last_seq - THREAD), THREAD
        )
        failed = await _failed(session, conversation)
        events = await session.scalars(
            select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
        )
        people = await _people(session, visit)
        history = list(events)
    level, left = time_left(ticket.due_at, context.clock.now())
    return render(
        template, status=int(error.status) if error else 200, visit=visit, ticket=ticket,
        conversation=conversation, messages=messages, failed=failed, level=level, left=left,
        due=moment(visit.commune, ticket.due_at), opened=moment(visit.commune, ticket.opened_at),
        moment=lambda value: moment(visit.commune, value), subject=topic_scope(ticket.topic),
        service=visit.commune.department_name(ticket.service), people=people,
        history=[(moment(visit.commune, event.at), history_line(event, people)) for event in history],
        mine=conversation.owner == "staff" and conversation.owner_staff_id == visit.staff.id,
        holder=people.get(conversation.owner_staff_id or 0), error=error, text=text, limit=MAX_TEXT,
        once=new_id(), details=_details(ticket),
    )  # fmt: skip


async def _failed(session: AsyncSession, conversation: Conversation) -> dict[int, str]:
    """The messages of this conversation that could not be delivered, with why."""
    rows = await session.execute(
        select(Delivery.message_id, Delivery.error).where(
            Delivery.conversation_id == conversation.id, Delivery.state == "failed"
        )
    )
    return {message_id: error or "" for message_id, error in rows.tuples()}


async def _people(session: AsyncSession, visit: Visit) -> dict[int, str]:
    rows = await session.execute(select(Staff.id, Staff.first_name).where(Staff.commune == visit.commune.id))
    return {staff_id: name for staff_id, name in rows.tuples()}
