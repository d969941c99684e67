"""The versions of an answer: who changed what, when and why; an older one restored."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.answers.content import check
from desk.answers.drafts import Editing
from desk.answers.store import answer_of
from desk.answers.versions import NEWEST, find_version, versions_of
from desk.app_context import context_of
from desk.errors import BadRequest, Conflict, DeskError, NotFound
from desk.staff.answers.compare import changes, fields
from desk.staff.answers.form import read_comment, read_seen
from desk.staff.answers.sheet import Sheet, said_day_and_time, show_sheet, topic_named
from desk.staff.answers.words import done_sentence
from desk.staff.guard import Visit, staff_only
from desk.staff.labels import label
from desk.staff.names import first_names
from desk.staff.pages import render
from desk.texts.errors import sentence

PAGE = 30


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    path = "/answers/<topic:str>/versions"
    pages.add_route(listing, path, methods=["GET"], name="answer_versions")
    pages.add_route(restore, f"{path}/<number:str>/restore", methods=["POST"], name="answer_restore")


def version_number(written: str) -> int:
    """A version as an address names it. Raises NotFound for what is no number, or too great for one."""
    if not (written.isascii() and written.isdigit() and 0 < len(written) < len(str(NEWEST))):
        raise NotFound()
    return int(written)


@staff_only("base")
async def listing(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """The versions, newest first, and what one of them changed."""
    return await _page(request, visit, topic)


@staff_only("edit")
async def restore(request: Request, visit: Visit, topic: str, number: str) -> HTTPResponse:
    """Publish an older version again; one that no longer holds opens in the editor, with what is wrong."""
    context, commune = context_of(request), visit.commune
    name, version, now = topic_named(topic), version_number(number), context.clock.now()
    async with context.database.read() as session:
        older = await find_version(session, commune.id, name.id, version)
    if older is None:
        raise NotFound()
    content, _ = check(name.id, older.content, commune.settings, commune.local(now).date())
    if content is None:
        sheet = Sheet(name, older.content, judged=True, error=BadRequest("answer_wrong"))
        return await show_sheet(request, visit, sheet)
    comment = read_comment(request) or label("answer_comment", "restored", what=version)
    try:
        async with context.database.write() as session:
            await Editing(session, visit.doer, name.id, now).restore(
                content, version, read_seen(request), comment
            )
    except Conflict as error:
        return await _page(request, visit, topic, error)
    return redirect(f"/staff/answers/{name.id}/versions?fait=restored", status=303)


async def _page(request: Request, visit: Visit, topic: str, error: DeskError | None = None) -> HTTPResponse:
    known, commune = topic_named(topic), visit.commune
    before = str(request.args.get("avant", ""))
    async with context_of(request).database.read() as session:
        row = await answer_of(session, commune.id, known.id)
        found = await versions_of(
            session, commune.id, known.id, PAGE + 1, version_number(before) if before else NEWEST
        )
        people = await first_names(session, commune.id)
    shown = found[:PAGE]
    return render(
        "answers/versions.html", status=int(error.status) if error else 200, visit=visit, topic=known,
        row=row, error=sentence(commune.texts, error) if error else "",
        following=shown[-1].version if len(found) > PAGE else None,
        done=done_sentence(request.args.get("fait")),
        versions=[
            {"row": one, "by": people.get(one.staff_id or 0, ""), "at": said_day_and_time(commune, one.at),
             "changes": changes(older.content, one.content, commune) if older else None,
             "fields": [(name, text) for name, text in fields(one.content, commune) if text]}
            for one, older in zip(shown, [*found[1:], None], strict=False)
        ],
    )  # fmt: skip
