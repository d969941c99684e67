"""Notes that colleagues leave on a ticket."""

from sanic import Blueprint, HTTPResponse, Request

from desk.conversations.errors import check_text
from desk.errors import BadRequest, TooLarge
from desk.staff.composer.drafts import forget_draft
from desk.staff.guard import Visit, form_text, staff_only
from desk.staff.ticket.pages import ticket_page
from desk.staff.ticket.working import back_to, working_on
from desk.tickets.notes import add_note


def register(pages: Blueprint) -> None:
    """Add this route."""
    pages.add_route(note, "/tickets/<reference:str>/notes", methods=["POST"], name="ticket_note")


@staff_only("ticket")
async def note(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Leave a note, which the citizen never sees. A refused one is given back."""
    text = form_text(request, "note")
    try:
        words = check_text(text)
        async with working_on(request, visit, reference) as work:
            if await add_note(work.session, work.ticket, visit.staff.id, words, work.now):
                work.journal("ticket.note")
            await forget_draft(work.session, visit.staff.id, f"ticket:{reference}:note")
    except (BadRequest, TooLarge) as error:
        return await ticket_page(request, visit, reference, error=error, typed={"note": text})
    return back_to(request, work.ticket)
