"""The proposed answer: written by the department, read over, sent or sent back by the manager."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.errors import check_text
from desk.conversations.models import Conversation, Message
from desk.dialogue.staffing import Staffing
from desk.errors import BadRequest, Conflict, Forbidden, NotFound, TooLarge
from desk.journal.record import record
from desk.staff.circuit.panel import Attempt, concerns, draft_place
from desk.staff.circuit.telling import moved
from desk.staff.circuit.whom import addresses_of, departments, person_of
from desk.staff.composer.by_mail import way_asked
from desk.staff.composer.collision import check_read, seen_in
from desk.staff.composer.drafts import forget_draft
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.pages import render
from desk.staff.ticket.pages import ticket_page
from desk.tickets import consultations
from desk.tickets.access import Reach, ticket_for_staff
from desk.tickets.consultation_mail import mail_staff
from desk.tickets.consultations import consultation_of
from desk.tickets.deadline import Promise
from desk.tickets.models import Consultation, Ticket
from desk.tickets.states import is_open

Found = tuple[Ticket, Conversation, Consultation]
Refused = (BadRequest, TooLarge, Conflict)
UNKNOWN = -1


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    place = "/tickets/<reference:str>/consultations/<number:int>"
    for name, page in (("propose", propose), ("approve", approve), ("return", send_back), ("cancel", cancel)):
        pages.add_route(page, f"{place}/{name}", methods=["POST"], name=f"circuit_{name}")


@staff_only("propose")
async def propose(request: Request, visit: Visit, reference: str, number: int) -> HTTPResponse:
    """The department's answer, for the manager to read over. A refused text is given back."""
    context, text = context_of(request), form_text(request, "text")
    try:
        words = check_text(text)
        async with context.database.write() as session:
            ticket, _, consultation = await _find(session, visit, reference, number)
            if not concerns(visit, consultation):
                raise Forbidden()
            now, promise = context.clock.now(), Promise(visit.commune.settings)
            if await consultations.propose(
                session, ticket, promise, consultation, words, visit.staff.id, _written(request), now
            ):
                record(session, visit.doer, "consultation.propose", now, reference, consultation=number)
            await forget_draft(session, visit.staff.id, draft_place(reference, "propose", number, 0))
    except NotFound:
        return await _given_back(request, visit, reference, number, text)
    except Refused as error:
        attempt = Attempt("propose", error, number, text)
        return await ticket_page(request, visit, reference, attempt=attempt)
    return moved(request, ticket)


async def _given_back(request: Request, visit: Visit, reference: str, number: int, text: str) -> HTTPResponse:
    """The text of somebody who is no longer asked, and so cannot open the ticket any more.

    Raises NotFound when they never were.
    """
    async with context_of(request).database.read() as session:
        ticket, _ = await ticket_for_staff(session, Reach(visit.commune.id), reference)
        if not concerns(visit, await consultation_of(session, ticket, number)):
            raise NotFound()
    return render(
        "circuit/kept.html", 409, visit, ticket=ticket, text=text, resolved=not is_open(ticket.state)
    )


@staff_only("ask")
async def approve(request: Request, visit: Visit, reference: str, number: int) -> HTTPResponse:
    """Send the proposal, as the manager left it, in the manager's name; resolve too when asked to."""
    context, text = context_of(request), form_text(request, "text")
    try:
        words = check_text(text)
        async with context.database.write() as session:
            found = await _find(session, visit, reference, number)
            if not await _sent_already(session, request, found):
                await _send(session, request, visit, found, words)
    except Refused as error:
        attempt = Attempt("approve", error, number, text)
        return await ticket_page(request, visit, reference, attempt=attempt)
    ticket = found[0]
    context.hub.replies_stored(ticket.conversation_id, ticket.commune)
    return redirect(f"/staff/tickets/{ticket.reference}#fin", status=303)


async def _send(session: AsyncSession, request: Request, visit: Visit, found: Found, words: str) -> None:
    ticket, conversation, consultation = found
    now, seen, written = context_of(request).clock.now(), seen_in(request), _written(request)
    version, proposal, writer = ticket.version, consultation.proposal, consultation.proposed_by
    await consultations.accept(session, ticket, consultation, written, visit.staff.id, now)
    if seen.version not in (None, version):
        raise Conflict(version=version)
    await check_read(session, conversation, seen)
    work = Staffing(session, visit.commune, ticket, conversation, visit.staff, now)
    await work.reply(words, once=_once(request, found), by=way_asked(request))
    record(session, visit.doer, "consultation.approve", now, ticket.reference, consultation=consultation.id,
           writer=writer or consultation.email, edited=words != proposal)  # fmt: skip
    await forget_draft(
        session, visit.staff.id, draft_place(ticket.reference, "approve", consultation.id, written)
    )
    if form_value(request, "then") == "resolve":
        await work.resolve()


@staff_only("ask")
async def send_back(request: Request, visit: Visit, reference: str, number: int) -> HTTPResponse:
    """Ask the department to write again, with a note. A refused note is given back."""
    context, commune, text = context_of(request), visit.commune, form_text(request, "note")
    try:
        note = check_text(text)
        async with context.database.write() as session:
            ticket, _, consultation = await _find(session, visit, reference, number)
            now = context.clock.now()
            if await consultations.send_back(
                session, ticket, Promise(commune.settings), consultation, note, _written(request),
                visit.staff.id, now,
            ):  # fmt: skip
                record(session, visit.doer, "consultation.return", now, reference, consultation=number)
                known = await departments(session, commune)
                writer = person_of(known, consultation.proposed_by)
                addresses = addresses_of(commune, known, consultation.service, writer)
                await mail_staff(
                    session, commune, context.settings.site, "returned", ticket, consultation, addresses, now
                )
            await forget_draft(session, visit.staff.id, draft_place(reference, "return", number, 0))
    except Refused as error:
        return await ticket_page(request, visit, reference, attempt=Attempt("return", error, number, text))
    return moved(request, ticket)


@staff_only("ask")
async def cancel(request: Request, visit: Visit, reference: str, number: int) -> HTTPResponse:
    """Ask no longer. Pressed twice, or too late, it does nothing more."""
    context = context_of(request)
    async with context.database.write() as session:
        ticket, _, consultation = await _find(session, visit, reference, number)
        now = context.clock.now()
        if await consultations.cancel(session, ticket, consultation, visit.staff.id, now):
            record(session, visit.doer, "consultation.cancel", now, reference, consultation=number)
    return moved(request, ticket)


async def _find(session: AsyncSession, visit: Visit, reference: str, number: int) -> Found:
    ticket, conversation = await ticket_for_staff(session, visit.reach, reference, lock=True)
    return ticket, conversation, await consultation_of(session, ticket, number)


def _written(request: Request) -> int:
    """The consultation's version on the writer's page; one that never was when the form does not say."""
    version = form_value(request, "written")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else UNKNOWN


def _once(request: Request, found: Found) -> str:
    """The idempotency key of the message that this page's form sends."""
    _, conversation, consultation = found
    return f"{conversation.id}:proposal:{consultation.id}:{form_value(request, 'key')[:64]}"


async def _sent_already(session: AsyncSession, request: Request, found: Found) -> bool:
    """Whether this very form was sent before: a double click."""
    _, conversation, consultation = found
    if consultation.state != "accepted":
        return False
    once = _once(request, found)
    query = select(Message.id).where(Message.channel == conversation.channel, Message.external_id == once)
    return await session.scalar(query) is not None
