"""The photos and documents of a ticket's conversation, shown to staff within reach."""

from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.conversations.attachments import find_attachment
from desk.conversations.media_kinds import PICTURES
from desk.errors import NotFound
from desk.staff.guard import Visit, staff_only
from desk.tickets.access import ticket_for_staff

ALONE = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
"""What a citizen sent runs nothing, even opened by itself."""


def register(pages: Blueprint) -> None:
    """Add this page's route."""
    pages.add_route(
        show, "/tickets/<reference:str>/attachments/<number:str>", methods=["GET"], name="ticket_attachment"
    )


@staff_only("ticket")
async def show(request: Request, visit: Visit, reference: str, number: str) -> HTTPResponse:
    """The file itself: pictures are shown, all else is saved."""
    async with context_of(request).database.read() as session:
        _, conversation = await ticket_for_staff(session, visit.reach, reference)
        found = await find_attachment(session, [conversation.id], number)
    if found is None or found.state != "kept":
        raise NotFound()
    shown = "inline" if found.media_type in PICTURES else "attachment"
    return HTTPResponse(
        found.data,
        content_type=found.media_type,
        headers={
            "content-disposition": f"{shown}; filename*=UTF-8''{quote(found.name)}",
            "content-security-policy": ALONE,
            "cache-control": "private, max-age=3600",
        },
    )
