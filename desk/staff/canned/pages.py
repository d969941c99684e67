"""The pages of the replies kept ready."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import context_of
from desk.conversations.errors import MAX_TEXT
from desk.errors import BadRequest, Conflict, DeskError, NotFound
from desk.journal.record import record
from desk.staff.canned.placeholders import NAMES
from desk.staff.canned.store import (
    LONGEST_TITLE,
    Wording,
    add_canned,
    canned_replies,
    canned_reply,
    change_canned,
    remove_canned,
)
from desk.staff.composer.drafts import forget_draft
from desk.staff.guard import Visit, form_text, form_value, staff_only
from desk.staff.models import CannedReply, Staff
from desk.staff.pages import moment, render

LIST = "/staff/canned"
DRAFT_OF_NEW = "canned:new"


def register(pages: Blueprint) -> None:
    """Add these routes."""
    pages.add_route(show_list, "/canned", methods=["GET"], name="canned")
    pages.add_route(add, "/canned", methods=["POST"], name="canned_add")
    pages.add_route(show, "/canned/<number:int>", methods=["GET"], name="canned_show")
    pages.add_route(change, "/canned/<number:int>", methods=["POST"], name="canned_change")
    pages.add_route(remove, "/canned/<number:int>/delete", methods=["POST"], name="canned_remove")


@staff_only("edit")
async def show_list(request: Request, visit: Visit) -> HTTPResponse:
    """All of them, and a form for a new one."""
    return await _list_page(request, visit)


@staff_only("edit")
async def add(request: Request, visit: Visit) -> HTTPResponse:
    """Keep a new one; refused words are given back."""
    context, wording = context_of(request), _wording(request)
    now = context.clock.now()
    try:
        async with context.database.write() as session:
            await add_canned(session, visit.commune.id, wording, visit.staff.id, now)
            await forget_draft(session, visit.staff.id, DRAFT_OF_NEW)
            record(session, visit.doer, "canned.added", now, wording.title)
    except (BadRequest, Conflict) as error:
        return await _list_page(request, visit, error, wording)
    return redirect(LIST, status=303)


@staff_only("edit")
async def show(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """One of them, to change."""
    return await _one_page(request, visit, number)


@staff_only("edit")
async def change(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """Other words for it. Refused ones are given back, beside what a colleague wrote meanwhile."""
    context, wording = context_of(request), _wording(request)
    now = context.clock.now()
    try:
        async with context.database.write() as session:
            reply = await canned_reply(session, visit.commune.id, number, lock=True)
            await change_canned(session, reply, wording, form_value(request, "seen"), visit.staff.id, now)
            await forget_draft(session, visit.staff.id, _draft_of(number))
            record(session, visit.doer, "canned.changed", now, wording.title)
    except NotFound:
        return await _list_page(request, visit, Conflict("canned_gone"), wording)
    except (BadRequest, Conflict) as error:
        return await _one_page(request, visit, number, error, wording)
    return redirect(LIST, status=303)


@staff_only("edit")
async def remove(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """Take it away. One that is gone already is no mistake: a double click, or a colleague."""
    context = context_of(request)
    now = context.clock.now()
    try:
        async with context.database.write() as session:
            reply = await canned_reply(session, visit.commune.id, number, lock=True)
            await remove_canned(session, reply, form_value(request, "seen"))
            await forget_draft(session, visit.staff.id, _draft_of(number))
            record(session, visit.doer, "canned.removed", now, reply.title)
    except NotFound:
        return redirect(LIST, status=303)
    except Conflict as error:
        return await _one_page(request, visit, number, error)
    return redirect(LIST, status=303)


def _wording(request: Request) -> Wording:
    title = " ".join(form_value(request, "title").split())
    return Wording(title, form_text(request, "body").strip())


def _draft_of(number: int) -> str:
    return f"canned:{number}"


async def _list_page(
    request: Request, visit: Visit, error: DeskError | None = None, typed: Wording | None = None
) -> HTTPResponse:
    async with context_of(request).database.read() as session:
        replies = await canned_replies(session, visit.commune.id)
    return _page(
        "canned/list.html", visit, error, typed, replies=replies, place=DRAFT_OF_NEW, kept=Wording("", "")
    )


async def _one_page(
    request: Request, visit: Visit, number: int, error: DeskError | None = None, typed: Wording | None = None
) -> HTTPResponse:
    async with context_of(request).database.read() as session:
        reply = await canned_reply(session, visit.commune.id, number)
        author = await session.get(Staff, reply.updated_by) if reply.updated_by else None
    return _page(
        "canned/one.html", visit, error, typed, reply=reply, author=author.first_name if author else "",
        changed=moment(visit.commune, reply.updated_at), seen=_seen(reply), place=_draft_of(number),
        kept=Wording(reply.title, reply.body),
    )  # fmt: skip


def _seen(reply: CannedReply) -> str:
    return reply.updated_at.isoformat()


def _page(
    template: str,
    visit: Visit,
    error: DeskError | None,
    typed: Wording | None,
    *,
    kept: Wording,
    **shown: object,
) -> HTTPResponse:
    status = int(error.status) if error else 200
    return render(template, status, visit, error=error, typed=typed, wording=typed or kept, kept=kept,
                  names=NAMES, longest_title=LONGEST_TITLE, longest=MAX_TEXT, **shown)  # fmt: skip
