"""Sorting from a ticket's page: the right topic and department, two tickets made one, one made two."""

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.conversations.errors import check_text
from desk.errors import BadRequest, Conflict, NotFound, TooLarge
from desk.ids import normal_reference
from desk.journal.record import record
from desk.staff.composer.drafts import forget_draft
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.pages import render
from desk.staff.ticket.filing import departments_for, filing_in
from desk.staff.ticket.pages import ticket_page
from desk.staff.ticket.working import Work, back_to, working_on
from desk.tickets.access import pair_for_staff
from desk.tickets.sorting import file_under

FIELDS = frozenset({"tri-service", "part-service"})
"""The two lists of departments on the page."""


def register(pages: Blueprint) -> None:
    """Add these routes."""
    place = "/tickets/<reference:str>"
    pages.add_route(sort, f"{place}/sort", methods=["POST"], name="ticket_sort")
    pages.add_route(propose, "/topics/service", methods=["GET"], name="ticket_service")
    pages.add_route(merge, f"{place}/merge", methods=["POST"], name="ticket_merge")
    pages.add_route(split, f"{place}/split", methods=["POST"], name="ticket_split")


@staff_only("sort")
async def sort(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Correct the topic and the department."""
    seen = form_value(request, "seen_topic") or None, form_value(request, "seen_service") or None
    try:
        filing = filing_in(request, visit.commune)
        async with working_on(request, visit, reference) as work:
            if file_under(work.session, work.ticket, filing, seen, visit.staff.id, work.now):
                work.journal("ticket.sorted", topic=filing[0], service=filing[1])
    except (BadRequest, Conflict) as error:
        return await ticket_page(request, visit, reference, error=error)
    return back_to(request, work.ticket, "tri")


@staff_only("sort")
async def propose(request: Request, visit: Visit) -> HTTPResponse:
    """The list of departments when a topic is chosen: its own comes first."""
    field = str(request.args.get("champ", ""))
    if field not in FIELDS:
        raise BadRequest()
    found = departments_for(visit.commune, str(request.args.get("topic", "")))
    return render("ticket/_service.html", visit=visit, field=field, departments=found)


@staff_only("sort")
async def merge(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Close another ticket of the same person into this one. A refused number is given back."""
    context, given = context_of(request), form_value(request, "other")
    sure = form_value(request, "sure") == "1"
    try:
        async with context.database.write() as session:
            try:
                kept, other = await pair_for_staff(session, visit.reach, reference, normal_reference(given))
            except NotFound as error:
                raise BadRequest("merge_unknown") from error
            work = Work(session, visit, *kept, context.clock.now())
            if await work.staffing.merge(*other, sure=sure):
                work.journal("ticket.merged", other=other[0].reference, vouched=sure)
                record(session, visit.doer, "ticket.merged_away", work.now, other[0].reference,
                       other=reference)  # fmt: skip
    except (BadRequest, Conflict) as error:
        return await ticket_page(request, visit, reference, error=error, typed={"other": given})
    context.hub.replies_stored(other[0].conversation_id, other[0].commune)
    return back_to(request, work.ticket)


@staff_only("sort")
async def split(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Open a ticket of its own for the other thing that was asked, and show it."""
    about = form_text(request, "about")
    try:
        if not about.strip():
            raise BadRequest("split_about")
        words, filing = check_text(about), filing_in(request, visit.commune)
        async with working_on(request, visit, reference) as work:
            beside, is_new = await work.staffing.split(filing, words, form_value(request, "once")[:64])
            if is_new:
                work.journal("ticket.split", other=beside.reference)
            await forget_draft(work.session, visit.staff.id, f"ticket:{reference}:split")
    except (BadRequest, Conflict, TooLarge) as error:
        typed = {name: form_value(request, name) for name in ("topic", "service")} | {"about": about}
        return await ticket_page(request, visit, reference, error=error, typed=typed)
    return back_to(request, beside)
