"""What the composer asks for: texts to insert, the preview, what is new. Each also works as a plain form."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import text as plain_response
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.store import find_answer, titles_of
from desk.app_context import context_of
from desk.conversations.models import Conversation
from desk.errors import BadRequest, NotFound
from desk.staff.canned.placeholders import filled, values_for
from desk.staff.canned.store import canned_reply
from desk.staff.composer.by_mail import is_mail, preview_of
from desk.staff.composer.candidates import answer_text
from desk.staff.composer.collision import Seen, seen_in
from desk.staff.composer.view import shown_news
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.pages import moment, render
from desk.staff.ticket.pages import ticket_page
from desk.staff.ticket.view import gather
from desk.tickets.access import ticket_for_staff
from desk.tickets.models import Ticket


def register(pages: Blueprint) -> None:
    """Add these routes."""
    ticket = "/tickets/<reference:str>"
    pages.add_route(canned, f"{ticket}/canned/<number:int>", methods=["GET"], name="composer_canned")
    pages.add_route(answer, f"{ticket}/answers/<topic:str>", methods=["GET"], name="composer_answer")
    pages.add_route(news, f"{ticket}/news", methods=["GET"], name="composer_news")
    pages.add_route(preview, f"{ticket}/preview", methods=["POST"], name="composer_preview")
    pages.add_route(outlet, f"{ticket}/outlet", methods=["GET"], name="composer_outlet")
    pages.add_route(compose, f"{ticket}/compose", methods=["POST"], name="composer_compose")


@staff_only("ticket")
async def canned(request: Request, visit: Visit, reference: str, number: int) -> HTTPResponse:
    """A reply kept ready, filled for this ticket."""
    async with context_of(request).database.read() as session:
        ticket, _ = await ticket_for_staff(session, visit.reach, reference)
        return _text(await _filled(session, visit, ticket, number))


@staff_only("ticket")
async def answer(request: Request, visit: Visit, reference: str, topic: str) -> HTTPResponse:
    """One of the town's answers, as it would be typed to this citizen."""
    async with context_of(request).database.read() as session:
        _, conversation = await ticket_for_staff(session, visit.reach, reference)
        return _text(await _answer(request, session, visit, conversation, topic))


@staff_only("ticket")
async def news(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """What came since the ``version`` and the message (``read``) that the page had seen, if anything."""
    async with context_of(request).database.read() as session:
        ticket, conversation = await ticket_for_staff(session, visit.reach, reference)
        now = Seen(ticket.version, conversation.last_seq)
        found = await shown_news(session, visit, ticket, conversation, seen_in(request), now)
    return render("ticket/_news.html", visit=visit, news=found, live=True,
                  moment=lambda at: moment(visit.commune, at))  # fmt: skip


@staff_only("answer")
async def preview(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """The text as its citizen would see it."""
    async with context_of(request).database.read() as session:
        ticket, conversation = await ticket_for_staff(session, visit.reach, reference)
        shown = await preview_of(request, session, visit, ticket, conversation, form_text(request, "text"))
    return render("ticket/_preview.html", visit=visit, ticket=ticket, preview=shown, letter=is_mail(request))


@staff_only("answer")
async def outlet(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """How the reply leaves by now; nothing when it is as the page shows it (``vu``)."""
    shown = await gather(context_of(request), visit, reference)
    if shown["stamp"] == request.args.get("vu"):
        return HTTPResponse(status=204, headers={"cache-control": "no-store"})
    return render("ticket/_outlet.html", visit=visit, **shown)


@staff_only("answer")
async def compose(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Without JavaScript: the page again, with the preview, or with what was chosen added to the text."""
    text = form_text(request, "text")
    if form_value(request, "preview"):
        return await ticket_page(request, visit, reference, text=text, preview=True)
    async with context_of(request).database.read() as session:
        ticket, conversation = await ticket_for_staff(session, visit.reach, reference)
        added = await _chosen(request, session, visit, ticket, conversation)
    return await ticket_page(
        request, visit, reference, text="\n\n".join(filter(None, [text.rstrip(), added]))
    )


async def _chosen(
    request: Request, session: AsyncSession, visit: Visit, ticket: Ticket, conversation: Conversation
) -> str:
    """The words of the button pressed; none when nothing was chosen, or when it is no longer there."""
    topic, number = form_value(request, "answer"), form_value(request, "canned")
    try:
        if topic:
            return await _answer(request, session, visit, conversation, topic)
        if number.isascii() and number.isdigit():
            return await _filled(session, visit, ticket, int(number))
    except NotFound:
        return ""
    if number:
        raise BadRequest()
    return ""


async def _filled(session: AsyncSession, visit: Visit, ticket: Ticket, number: int) -> str:
    reply = await canned_reply(session, visit.commune.id, number)
    titles = await titles_of(session, visit.commune.id, [ticket.topic] if ticket.topic else [])
    return filled(reply.body, values_for(visit.commune, ticket, visit.staff, titles.get(ticket.topic or "")))


async def _answer(
    request: Request, session: AsyncSession, visit: Visit, conversation: Conversation, topic: str
) -> str:
    found = await find_answer(session, visit.commune.id, topic)
    if found is None:
        raise NotFound()
    now = context_of(request).clock.now()
    return await answer_text(session, visit.commune, conversation, found, now)


def _text(words: str) -> HTTPResponse:
    return plain_response(words, headers={"cache-control": "no-store"})
