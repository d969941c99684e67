"""The live feed of the staff pages."""

import asyncio

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.conversations.hub import queue_subject
from desk.staff.guard import Visit, staff_only, visit_of

REFRESH_SECONDS = 20
APART = frozenset({"presence", "received"})
"""What concerns the pages of one conversation alone."""


def register(pages: Blueprint) -> None:
    """Add the feed's route."""
    pages.add_route(events, "/events", methods=["GET"], name="queue_events")


@staff_only("queue")
async def events(request: Request, visit: Visit) -> HTTPResponse | None:
    """Server-sent events: ``changed`` whenever the commune's queue or a conversation moves, ``presence``
    when somebody opens or leaves a ticket's page or begins to write there, ``received`` when a message of
    ours has arrived or was read; the conversation's id with each.

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
                kind = notice.get("kind")
                event = kind if kind in APART else "changed"
                line = f"event: {event}\ndata: {notice.get('conversation', '')}\n\n"
            except TimeoutError:
                line = ": still here\n\n"
    return None
