"""The queue's pages and its live feed."""

import asyncio
from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.conversations.hub import queue_subject
from desk.staff.guard import Visit, staff_only, visit_of
from desk.staff.pages import moment, render, time_left, topic_scope
from desk.staff.queue.listing import (
    PAGE,
    Cursor,
    Row,
    count_open,
    open_tickets,
    resolved_tickets,
    rows_of,
)
from desk.tickets.models import Ticket

REFRESH_SECONDS = 20
MAX_ID = 2**63 - 1


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(queue, "/", methods=["GET"], name="queue")
    pages.add_route(rows, "/rows", methods=["GET"], name="queue_rows")
    pages.add_route(resolved, "/resolved", methods=["GET"], name="queue_resolved")
    pages.add_route(events, "/events", methods=["GET"], name="queue_events")


@staff_only("queue")
async def queue(request: Request, visit: Visit) -> HTTPResponse:
    """Open tickets, urgent first, then by due time."""
    return await _open_list(request, visit, "queue.html")


@staff_only("queue")
async def rows(request: Request, visit: Visit) -> HTTPResponse:
    """The list alone, for the page to refresh itself."""
    return await _open_list(request, visit, "_rows.html")


@staff_only("queue")
async def resolved(request: Request, visit: Visit) -> HTTPResponse:
    """The latest resolved tickets."""
    async with context_of(request).database.read() as session:
        found = await rows_of(session, await resolved_tickets(session, visit.commune.id))
    return render("resolved.html", visit=visit, rows=[_line(request, visit, row) for row in found])


async def _open_list(request: Request, visit: Visit, template: str) -> HTTPResponse:
    async with context_of(request).database.read() as session:
        tickets = await open_tickets(session, visit.commune.id, _cursor(request.args.get("apres", "")))
        found = await rows_of(session, tickets[:PAGE])
        total = await count_open(session, visit.commune.id)
    following = _written(tickets[PAGE - 1]) if len(tickets) > PAGE else ""
    lines = [_line(request, visit, row) for row in found]
    return render(template, visit=visit, rows=lines, total=total, following=following,
                  here=request.args.get("apres", ""))  # fmt: skip


def _line(request: Request, visit: Visit, row: Row) -> dict[str, object]:
    level, left = time_left(row.ticket.due_at, context_of(request).clock.now())
    return {
        "ticket": row.ticket,
        "words": row.words,
        "holder": row.holder,
        "level": level,
        "left": left,
        "due": moment(visit.commune, row.ticket.due_at),
        "resolved": moment(visit.commune, row.ticket.resolved_at) if row.ticket.resolved_at else "",
        "subject": topic_scope(row.ticket.topic),
        "service": visit.commune.department_name(row.ticket.service) if row.ticket.service else "",
    }


def _written(ticket: Ticket) -> str:
    return f"{int(ticket.urgent)}_{ticket.due_at.timestamp()}_{ticket.id}"


def _cursor(written: str) -> Cursor | None:
    """The place in the list named by the address, None for the top or nonsense."""
    try:
        urgent, due, number = written.split("_")
        return Cursor(urgent == "1", datetime.fromtimestamp(float(due), UTC), min(int(number), MAX_ID))
    except (ValueError, OverflowError, OSError):
        return None


@staff_only("queue")
async def events(request: Request, visit: Visit) -> HTTPResponse | None:
    """Server-sent events: ``changed`` whenever the commune's queue or a conversation moves.

    The stream ends with the session, so that whoever has logged out learns nothing more.
    """
    response = await request.respond(
        content_type="text/event-stream", headers={"cache-control": "no-store", "x-accel-buffering": "no"}
    )
    if response is None:
        return HTTPResponse(status=500)
    with context_of(request).hub.watch(queue_subject(visit.commune.id)) as notices:
        line = "retry: 2000\n\nevent: changed\ndata: \n\n"
        while await visit_of(request) is not None:
            await response.send(line)
            try:
                notice = await asyncio.wait_for(notices.get(), REFRESH_SECONDS)
                line = f"event: changed\ndata: {notice.get('conversation', '')}\n\n"
            except TimeoutError:
                line = ": still here\n\n"
    return None
