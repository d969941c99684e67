"""The buttons of a ticket's page: one press, one change, twice the same as once."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from desk.dialogue.staffing import Staffing
from desk.errors import BadRequest, Conflict
from desk.staff.guard import Visit, form_value, staff_only
from desk.staff.ticket.forms import answering
from desk.staff.ticket.pages import ticket_page
from desk.staff.ticket.working import back_to, working_on

VERBS: dict[str, tuple[Callable[[Staffing], Awaitable[bool]], str]] = {
    "take": (Staffing.take, "ticket.taken"),
    "release": (Staffing.release, "ticket.released"),
    "wait": (Staffing.wait, "ticket.waiting"),
    "resume": (Staffing.resume, "ticket.resumed"),
    "resolve": (Staffing.resolve, "ticket.resolved"),
    "reopen": (Staffing.reopen, "ticket.reopened"),
}


def register(pages: Blueprint) -> None:
    """Add these routes."""
    place = "/tickets/<reference:str>"
    for verb in VERBS:
        pages.add_route(_button(verb), f"{place}/{verb}", methods=["POST"], name=f"ticket_{verb}")
    pages.add_route(urgent, f"{place}/urgent", methods=["POST"], name="ticket_urgent")
    pages.add_route(assign, f"{place}/assign", methods=["POST"], name="ticket_assign")


def _button(verb: str) -> Callable[..., Coroutine[Any, Any, HTTPResponse | None]]:
    do, action = VERBS[verb]

    @staff_only("answer")
    async def press(request: Request, visit: Visit, reference: str) -> HTTPResponse:
        try:
            async with working_on(request, visit, reference) as work:
                if await do(work.staffing):
                    work.journal(action)
        except Conflict as error:
            return await ticket_page(request, visit, reference, error=error)
        return back_to(request, work.ticket)

    return press


@staff_only("sort")
async def urgent(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Put the ticket before all others (``on`` 1), or back among them (0)."""
    wanted = form_value(request, "on") == "1"
    try:
        async with working_on(request, visit, reference) as work:
            if await work.staffing.urgent(wanted):
                work.journal("ticket.urgent" if wanted else "ticket.ordinary")
    except Conflict as error:
        return await ticket_page(request, visit, reference, error=error)
    return back_to(request, work.ticket)


@staff_only("sort")
async def assign(request: Request, visit: Visit, reference: str) -> HTTPResponse:
    """Give the ticket to a colleague who may answer."""
    to = form_value(request, "to")
    try:
        async with working_on(request, visit, reference) as work:
            known = {str(one.id): one for one in await answering(work.session, visit.commune.id)}
            if to not in known:
                raise BadRequest("not_a_colleague")
            if await work.staffing.assign(known[to]):
                work.journal("ticket.assigned", to=known[to].email)
    except (BadRequest, Conflict) as error:
        return await ticket_page(request, visit, reference, error=error)
    return back_to(request, work.ticket)
