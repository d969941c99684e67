"""The queue's page, its part that refreshes itself, and what a search found."""

from datetime import timedelta
from hashlib import sha256

from markupsafe import Markup
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.answers.catalogue import load_topics
from desk.app_context import context_of
from desk.staff.guard import Visit, clean, staff_only
from desk.staff.pages import render
from desk.staff.queue import feed
from desk.staff.queue.address import CHANNELS, RANKS, Address, read_address
from desk.staff.queue.lines import line_of, outlet_of_row
from desk.staff.queue.listing import MOST, PAGE, counts_of, rows_of, tickets_after
from desk.staff.queue.order import position_of, read_position, written
from desk.staff.queue.search import MOST as MOST_FOUND
from desk.staff.queue.search import find
from desk.staff.queue.streams import Onlooker, streams_of
from desk.staff.queue.views import View, views_for
from desk.staff.roles import sees_every_ticket

RESOLVED = "resolues"


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(queue, "/", methods=["GET"], name="queue")
    pages.add_route(rows, "/rows", methods=["GET"], name="queue_rows")
    pages.add_route(resolved, "/resolved", methods=["GET"], name="queue_resolved")
    feed.register(pages)


@staff_only("queue")
async def queue(request: Request, visit: Visit) -> HTTPResponse:
    """A view of the tickets within reach, or what was searched among all of them."""
    typed = _value(request, "q").strip()
    if typed:
        return await _results(request, visit, typed)
    address = _address(request, visit)
    live, shown = await _live(request, visit, address)
    return render("queue/page.html", visit=visit, typed="", address=address, live=live, shown=shown,
                  topics=_topics(visit), channels=CHANNELS, ranks=RANKS)  # fmt: skip


@staff_only("queue")
async def rows(request: Request, visit: Visit) -> HTTPResponse:
    """The counts and the list, for the page to refresh itself; nothing when they are as it shows them."""
    live, shown = await _live(request, visit, _address(request, visit))
    if _value(request, "vu") == shown:
        return HTTPResponse(status=204, headers={"cache-control": "no-store"})
    return render("queue/_live.html", visit=visit, live=live, shown=shown)


@staff_only("queue")
async def resolved(request: Request, visit: Visit) -> HTTPResponse:
    """The resolved tickets had a page of their own; its address still leads to them."""
    return redirect(f"/staff/?vue={RESOLVED}", status=303)


async def _live(request: Request, visit: Visit, address: Address) -> tuple[Markup, str]:
    """The part that moves, and its fingerprint."""
    context = context_of(request)
    now, views = context.clock.now(), _views(visit)
    soon = now + timedelta(hours=visit.commune.settings.soon_hours)
    who = Onlooker(visit.reach, visit.staff.id, now, soon)
    streams = {view: streams_of(view, address.filters, who) for view in views}
    order = address.order
    async with context.database.read() as session:
        after = read_position(order, address.after)
        tickets = await tickets_after(session, streams[address.view], order, after)
        found = await rows_of(session, tickets[:PAGE])
        counts = await counts_of(session, [(view.order, streams[view]) for view in views])
    following = address.following(written(position_of(order, tickets[PAGE - 1]))) if tickets[PAGE:] else None
    page = render(
        "queue/_rows.html", visit=visit, address=address, following=following, is_top=after is None,
        views=list(zip(views, counts, strict=True)), most=MOST,
        rows=[(row, line_of(visit, row.ticket, now), outlet_of_row(visit, row, now)) for row in found],
    )  # fmt: skip
    body = page.body or b""
    return Markup(body.decode()), sha256(body).hexdigest()[:16]  # noqa: S704 (the template has escaped it)


async def _results(request: Request, visit: Visit, typed: str) -> HTTPResponse:
    context = context_of(request)
    async with context.database.read() as session:
        found = await find(session, visit.reach, typed)
    now = context.clock.now()
    return render("queue/results.html", visit=visit, typed=typed, most=MOST_FOUND,
                  found=[(one, line_of(visit, one.ticket, now)) for one in found])  # fmt: skip


def _views(visit: Visit) -> tuple[View, ...]:
    return views_for(everything=sees_every_ticket(visit.staff.role))


def _address(request: Request, visit: Visit) -> Address:
    return read_address(lambda name: _value(request, name), _views(visit), visit.commune)


def _value(request: Request, name: str) -> str:
    """A parameter of the address, empty when missing."""
    return clean(request.args.get(name, ""))


def _topics(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    """The catalogue's topics by department, for the filter's list."""
    departments: dict[str, list[tuple[str, str]]] = {}
    for topic in load_topics().values():
        service = visit.commune.department_name(visit.commune.service_of(topic.id, topic.service))
        departments.setdefault(service, []).append((topic.id, topic.scope))
    return departments
