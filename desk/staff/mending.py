"""The button of the banner: somebody says that a Page is mended, and what waits is tried at once."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import context_of
from desk.conversations.channel_pages import try_again
from desk.conversations.deliveries import hasten_page
from desk.conversations.hub import OUTBOX, queue_subject
from desk.errors import BadRequest
from desk.journal.record import record
from desk.staff.guard import Visit, form_value, staff_only

MESSENGER = "messenger"


def register(pages: Blueprint) -> None:
    """Add this route."""
    pages.add_route(retry, "/messenger/retry", methods=["POST"], name="messenger_retry")


@staff_only("mend")
async def retry(request: Request, visit: Visit) -> HTTPResponse:
    """Try a Page of the town again. Raises BadRequest for any other."""
    page, context = form_value(request, "page"), context_of(request)
    if page not in {one.id for one in visit.commune.settings.messenger.pages}:
        raise BadRequest("unknown_page")
    now = context.clock.now()
    async with context.database.write() as session:
        await try_again(session, MESSENGER, page, now)
        await hasten_page(session, page, now)
        record(session, visit.doer, "page.retried", now, page)
    context.hub.publish(OUTBOX)
    context.hub.publish(queue_subject(visit.commune.id), kind="changed")
    return redirect(visit.home, status=303)
