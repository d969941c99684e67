"""A ticket's page tells that it is open, and learns who else is there (static/presence.js)."""

from sanic import Blueprint, HTTPResponse, Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.conversations.hub import queue_subject
from desk.staff.composer.presence import arrive, leave, others_on
from desk.staff.guard import Visit, form_value, staff_only
from desk.staff.pages import render
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket


def register(pages: Blueprint) -> None:
    """Add these routes."""
    pages.add_route(look, "/tickets/<reference:str>/presence", methods=["GET"], name="presence")
    pages.add_route(beat, "/tickets/<reference:str>/presence", methods=["POST"], name="presence_beat")


@staff_only("ticket")
async def look(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Who else is there."""
    async with context_of(request).database.read() as session:
        ticket, _ = await ticket_for_staff(session, visit.reach, reference)
        return await _present(request, visit, session, ticket)


@staff_only("ticket")
async def beat(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The page is open (``writing`` 0 or 1) or closes (``gone`` 1). Colleagues hear of a change only."""
    context = context_of(request)
    async with context.database.write() as session:
        ticket, _ = await ticket_for_staff(session, visit.reach, reference)
        if form_value(request, "gone") == "1":
            news = await leave(session, ticket.id, visit.staff.id)
        else:
            writing = form_value(request, "writing") == "1"
            news = await arrive(session, ticket.id, visit.staff.id, writing, context.clock.now())
        answer = await _present(request, visit, session, ticket)
    if news:
        subject = queue_subject(ticket.commune)
        context.hub.publish(subject, kind="presence", conversation=ticket.conversation_id)
    return answer


async def _present(request: Request, visit: Visit, session: AsyncSession, ticket: Ticket) -> HTTPResponse:
    now = context_of(request).clock.now()
    present = await others_on(session, ticket.id, visit.staff.id, now)
    return render("ticket/_presence.html", visit=visit, present=present)
