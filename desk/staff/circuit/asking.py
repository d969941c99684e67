"""Putting a question about a ticket to a department of the town, or to one of its people."""

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.conversations.errors import check_text
from desk.errors import BadRequest, Conflict, TooLarge
from desk.journal.record import record
from desk.staff.circuit.panel import Attempt, stamp, visible
from desk.staff.circuit.telling import moved
from desk.staff.circuit.whom import addresses_of, departments, pick
from desk.staff.composer.drafts import forget_draft
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.pages import render
from desk.staff.ticket.pages import ticket_page
from desk.tickets.access import ticket_for_staff
from desk.tickets.consultation_mail import mail_staff
from desk.tickets.consultations import ask_department, consultations_of
from desk.tickets.deadline import Promise


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    place = "/tickets/<reference:str>"
    pages.add_route(ask, f"{place}/ask", methods=["POST"], name="circuit_ask")
    pages.add_route(news, f"{place}/consultations/news", methods=["GET"], name="circuit_news")


@staff_only("ask")
async def ask(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Ask a department of the town. A refused question is given back."""
    context, commune = context_of(request), visit.commune
    text, to, now = form_text(request, "question"), form_value(request, "to"), context.clock.now()
    try:
        question = check_text(text)
        async with context.database.write() as session:
            ticket, _ = await ticket_for_staff(session, visit.reach, reference, lock=True)
            known = await departments(session, commune)
            department, person = pick(known, to, commune, commune.local(now).date())
            asked = await ask_department(
                session, ticket, Promise(commune.settings), department.service,
                person.id if person else None, question, visit.staff.id, now,
            )  # fmt: skip
            if asked is not None:
                record(session, visit.doer, "consultation.ask", now, reference, consultation=asked.id,
                       service=department.service, person=person.email if person else None)  # fmt: skip
                addresses = addresses_of(commune, known, department.service, person)
                await mail_staff(
                    session, commune, context.settings.site, "asked", ticket, asked, addresses, now
                )
            await forget_draft(session, visit.staff.id, f"ticket:{reference}:question")
    except (BadRequest, TooLarge, Conflict) as error:
        return await ticket_page(request, visit, reference, attempt=Attempt("ask", error, text=text, to=to))
    return moved(request, ticket)


@staff_only("ticket")
async def news(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Whether the page is behind: a word about it, nothing when it is not."""
    async with context_of(request).database.read() as session:
        ticket, _ = await ticket_for_staff(session, visit.reach, reference)
        now = stamp(visible(visit, await consultations_of(session, ticket)))
    return render("circuit/_news.html", visit=visit, ticket=ticket,
                  moved=now != request.args.get("vu", ""))  # fmt: skip
