"""Where the pages keep what is being written (static/drafts.js)."""

from datetime import datetime

from sanic import Blueprint, HTTPResponse, Request, json

from desk.app_context import context_of
from desk.staff.composer.drafts import check_place, draft_of, save_draft
from desk.staff.guard import Visit, clean, form_text, form_value, staff_only
from desk.staff.labels import label
from desk.texts.dates import say_time


def register(pages: Blueprint) -> None:
    """Add these routes."""
    pages.add_route(show, "/drafts", methods=["GET"], name="draft")
    pages.add_route(keep, "/drafts", methods=["POST"], name="draft_keep")


@staff_only("account")
async def show(request: Request, visit: Visit) -> HTTPResponse:
    """One's own draft at ``place``: ``text``, ``saved_at`` (ISO 8601) and the sentence that says so."""
    place = check_place(clean(request.args.get("place", "")))
    async with context_of(request).database.read() as session:
        draft = await draft_of(session, visit.staff.id, place)
    if draft is None:
        return _answer({"text": ""})
    return _answer(
        {"text": draft.text, "saved_at": draft.updated_at.isoformat(), "said": _said(visit, draft.updated_at)}
    )


@staff_only("account")
async def keep(request: Request, visit: Visit) -> HTTPResponse:
    """Keep ``text`` at ``place``. Raises BadRequest for an unknown kind of place, TooLarge."""
    place, text = check_place(form_value(request, "place")), form_text(request, "text")
    context = context_of(request)
    now = context.clock.now()
    async with context.database.write() as session:
        await save_draft(session, visit.staff.id, place, text, now)
    return _answer({"saved_at": now.isoformat(), "said": _said(visit, now) if text.strip() else ""})


def _answer(values: dict[str, str]) -> HTTPResponse:
    return json(values, headers={"cache-control": "no-store"}, ensure_ascii=False)


def _said(visit: Visit, saved: datetime) -> str:
    return label("draft", "saved", time=say_time(visit.commune.local(saved).time()))
