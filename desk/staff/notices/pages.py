"""Listing, writing, changing and stopping notices."""

from dataclasses import replace

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.answers.catalogue import load_topics
from desk.answers.notices import (
    MAX_BODY,
    MAX_TITLE,
    change,
    content_of,
    create,
    find_notice,
    notices_not_over,
    notices_over,
    stop,
)
from desk.answers.store import titles_of
from desk.app_context import context_of
from desk.errors import BadRequest, Conflict, DeskError
from desk.journal.record import record
from desk.staff.guard import Visit, staff_only
from desk.staff.notices.form import Form, blank, form_of, read_form
from desk.staff.notices.listing import line_of, names_of, read_cursor, services_of, written_cursor
from desk.staff.pages import render

LIST = "/staff/notices"
PAGE = 50
DONE = ("created", "changed", "stopped")


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show_all, "/notices", methods=["GET"], name="notices")
    pages.add_route(show_new, "/notices/new", methods=["GET"], name="notice_new")
    pages.add_route(write_new, "/notices/new", methods=["POST"], name="notice_create")
    pages.add_route(show_one, "/notices/<number:int>", methods=["GET"], name="notice")
    pages.add_route(write_one, "/notices/<number:int>", methods=["POST"], name="notice_change")
    pages.add_route(stop_one, "/notices/<number:int>/stop", methods=["POST"], name="notice_stop")


@staff_only("edit")
async def show_all(request: Request, visit: Visit) -> HTTPResponse:
    """Those of now, those to come, and the last that are over."""
    context, commune = context_of(request), visit.commune
    now = context.clock.now()
    cursor = read_cursor(str(request.args.get("avant", "")))
    async with context.database.read() as session:
        alive = await notices_not_over(session, commune.id, now)
        over = await notices_over(session, commune.id, now, PAGE + 1, cursor)
        names = names_of(await titles_of(session, commune.id, load_topics()))
    lines = [line_of(commune, notice, names, now) for notice in alive]
    return render(
        "notices/list.html", visit=visit, older=cursor is not None,
        current=[line for line in lines if line.begun], coming=[line for line in lines if not line.begun],
        finished=[line_of(commune, notice, names, now) for notice in over[:PAGE]],
        following=written_cursor(over[PAGE - 1]) if len(over) > PAGE else "",
        told=_told(request),
    )  # fmt: skip


@staff_only("edit")
async def show_new(request: Request, visit: Visit) -> HTTPResponse:
    """An empty form."""
    return await _form(request, visit, blank(visit.commune, context_of(request).clock.now()))


@staff_only("edit")
async def write_new(request: Request, visit: Visit) -> HTTPResponse:
    """Publish a notice; the dates say from when to when."""
    context, form = context_of(request), read_form(request)
    now = context.clock.now()
    try:
        content = form.content(visit.commune)
        content.check(now)
    except BadRequest as error:
        return await _form(request, visit, form, error)
    async with context.database.write() as session:
        notice, is_new = await create(session, visit.commune.id, content, visit.staff.id, now)
        if is_new:
            record(session, visit.doer, "notice.created", now, notice.title, notice=notice.id)
    return redirect(f"{LIST}?fait=created", status=303)


@staff_only("edit")
async def show_one(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """A notice, to be changed."""
    return await _form(request, visit, None, number=number)


@staff_only("edit")
async def write_one(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """Change a notice that is not over."""
    context, form = context_of(request), read_form(request)
    now = context.clock.now()
    try:
        content = form.content(visit.commune)
        content.check(now)
        async with context.database.write() as session:
            notice = await find_notice(session, visit.commune.id, number, lock=True)
            if await change(session, notice, content, seen=form.version, now=now):
                record(session, visit.doer, "notice.changed", now, notice.title, notice=notice.id)
    except (BadRequest, Conflict) as error:
        return await _form(request, visit, form, error, number)
    return redirect(f"{LIST}?fait=changed", status=303)


@staff_only("edit")
async def stop_one(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """End a notice now, or before it began."""
    context = context_of(request)
    now = context.clock.now()
    async with context.database.write() as session:
        notice = await find_notice(session, visit.commune.id, number, lock=True)
        if stop(notice, now):
            record(session, visit.doer, "notice.stopped", now, notice.title, notice=notice.id)
    return redirect(f"{LIST}?fait=stopped", status=303)


async def _form(
    request: Request,
    visit: Visit,
    form: Form | None,
    error: DeskError | None = None,
    number: int | None = None,
) -> HTTPResponse:
    """The form; after a Conflict, beside what is there now: sending again then is done knowingly."""
    context, commune = context_of(request), visit.commune
    async with context.database.read() as session:
        notice = None if number is None else await find_notice(session, commune.id, number)
        names = names_of(await titles_of(session, commune.id, load_topics()))
    if notice is not None:
        form = form or form_of(content_of(notice), commune, notice.version)
        form = replace(form, version=notice.version) if isinstance(error, Conflict) else form
    beside = notice if isinstance(error, Conflict) else None
    return render(
        "notices/form.html", status=int(error.status) if error else 200, visit=visit, number=number,
        form=form, stored=line_of(commune, beside, names, context.clock.now()) if beside else None,
        services=services_of(commune, names, form.topics if form else []),
        longest_title=MAX_TITLE, longest=MAX_BODY,
        error=commune.texts(f"errors.{error.code}", **error.data) if error else "",
        wrong=error.data.get("field") if error else None,
    )  # fmt: skip


def _told(request: Request) -> str:
    """What has just been done, as the address says; empty for nonsense."""
    done = str(request.args.get("fait", ""))
    return done if done in DONE else ""
