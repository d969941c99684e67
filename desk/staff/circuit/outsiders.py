"""Asking somebody outside the town hall, such as the water company, through a one-time link."""

import base64
import hmac

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import Context, context_of
from desk.conversations.errors import check_text
from desk.errors import BadRequest, Conflict, NotFound, TooLarge
from desk.ids import hash_token
from desk.journal.record import record
from desk.mail.outbox import is_address
from desk.staff.circuit.panel import Attempt
from desk.staff.circuit.telling import tell
from desk.staff.composer.drafts import forget_draft
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.pages import moment, render
from desk.staff.ticket.pages import ticket_page
from desk.tickets.access import ticket_for_staff
from desk.tickets.consultation_mail import mail_outside
from desk.tickets.consultations import ask_outside, consultation_behind
from desk.tickets.contact import find_contact


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    place = "/tickets/<reference:str>"
    pages.add_route(ask, f"{place}/ask-outside", methods=["POST"], name="circuit_outside")
    pages.add_route(link, f"{place}/link/<key:str>", methods=["GET"], name="circuit_link")


@staff_only("ask")
async def ask(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Send a question and its link to an address. A refused question is given back."""
    context = context_of(request)
    text, to = form_text(request, "question"), form_value(request, "email").strip()
    try:
        question = check_text(text)
        _check(to, question, sure=bool(form_value(request, "sure")))
        # The same page sent twice makes one link; sent again with other words, another one.
        key = hash_token("\n".join((form_value(request, "key"), to, question)))
        now, token = context.clock.now(), _token(visit, reference, key)
        async with context.database.write() as session:
            ticket, _ = await ticket_for_staff(session, visit.reach, reference, lock=True)
            asked = await ask_outside(session, ticket, to, question, token, visit.staff.id, now)
            if asked is not None:
                record(session, visit.doer, "consultation.ask_outside", now, reference,
                       consultation=asked.id, email=to)  # fmt: skip
                if context.settings.smtp_host:  # else a link would lie in the outbox for nothing
                    await mail_outside(session, visit.commune, asked, _address(context, token), now)
            await forget_draft(session, visit.staff.id, f"ticket:{reference}:outside")
    except (BadRequest, TooLarge, Conflict) as error:
        attempt = Attempt("outside", error, text=text, to=to)
        return await ticket_page(request, visit, reference, attempt=attempt)
    tell(context, ticket)
    return redirect(f"/staff/tickets/{reference}/link/{key}", status=303)


@staff_only("ask")
async def link(request: Request, visit: Visit, reference: str, key: str) -> HTTPResponse:
    """The link, to copy: only in the session that made it, only until it is used."""
    token = _token(visit, reference, key)
    async with context_of(request).database.read() as session:
        ticket, _ = await ticket_for_staff(session, visit.reach, reference)
        asked = await consultation_behind(session, token)
    if asked is None or asked.ticket_id != ticket.id or asked.state != "asked" or asked.expires_at is None:
        raise NotFound()
    return render("circuit/link.html", visit=visit, ticket=ticket, email=asked.email,
                  mailed=bool(context_of(request).settings.smtp_host),
                  until=moment(visit.commune, asked.expires_at),
                  address=_address(context_of(request), token))  # fmt: skip


def _check(email: str, question: str, *, sure: bool) -> None:
    """Raises BadRequest for an address that cannot be one, or for what looks like a citizen's contact."""
    if not is_address(email) or "." not in email.rpartition("@")[2]:
        raise BadRequest("bad_email")
    if find_contact(question) and not sure:
        raise BadRequest("personal_data")


def _token(visit: Visit, reference: str, key: str) -> str:
    """The link's secret, drawn from the session's own and from the form's ``key``.

    The desk stores its hash only, and can still show it to the session that made it.
    """
    drawn = hmac.digest(visit.csrf.encode(), f"{reference}:{key}".encode(), "sha256")
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def _address(context: Context, token: str) -> str:
    return f"{context.settings.site}/avis/{token}"
