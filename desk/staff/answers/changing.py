"""What staff do to an answer: reshape the form, preview it, keep a draft, publish, withdraw."""

from collections.abc import Awaitable, Callable

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.answers.content import check
from desk.answers.drafts import Editing
from desk.answers.store import answer_of
from desk.app_context import context_of
from desk.errors import BadRequest, Conflict, DeskError
from desk.staff.answers.form import Reshaped, read_comment, read_seen, read_typed, reshape
from desk.staff.answers.preview import preview, read_case
from desk.staff.answers.sheet import Sheet, opening_sheet, show_sheet, topic_named
from desk.staff.guard import Visit, form_value, staff_only
from desk.staff.pages import render


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    for name, page in (("form", refill), ("preview", show_preview), ("draft", save_draft),
                       ("drop", drop_draft), ("publish", publish), ("withdraw", withdraw)):  # fmt: skip
        path = f"/answers/<topic:str>/{name}"
        pages.add_route(page, path, methods=["POST"], name=f"answer_{name}")


@staff_only("edit")
async def refill(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """The form again with a row more, less or elsewhere; nothing is stored."""
    shaped = reshape(read_typed(request, blank_rows=True), form_value(request, "do"))
    return await _again(request, visit, topic, shaped)


@staff_only("edit")
async def show_preview(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """The preview alone, for the page to refresh itself."""
    topic_named(topic)
    case = read_case(request)
    said = preview(read_typed(request), case, visit.commune, context_of(request).clock.now())
    return render("answers/_preview.html", visit=visit, preview=said)


@staff_only("edit")
async def save_draft(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """Keep what is typed, right or wrong, for oneself and colleagues."""

    async def keep(editing: Editing) -> None:
        await editing.save_draft(read_typed(request), read_seen(request))

    return await _change(request, visit, topic, keep, "draft")


@staff_only("edit")
async def drop_draft(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """Forget the draft; what is published stays."""

    async def drop(editing: Editing) -> None:
        await editing.drop_draft(read_seen(request))

    return await _change(request, visit, topic, drop, "dropped", writing=False)


@staff_only("edit")
async def publish(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """The next citizen reads it; what is wrong comes back with the text kept."""
    now = context_of(request).clock.now()
    content, _ = check(
        topic_named(topic).id, read_typed(request), visit.commune.settings, visit.commune.local(now).date()
    )
    if content is None:
        return await _again(request, visit, topic, Reshaped(read_typed(request)), BadRequest("answer_wrong"))

    async def put(editing: Editing) -> None:
        await editing.publish(content, read_seen(request), read_comment(request))

    return await _change(request, visit, topic, put, "published")


@staff_only("edit")
async def withdraw(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """Nobody reads it any more: the question goes to staff."""

    async def take_away(editing: Editing) -> None:
        await editing.withdraw(read_seen(request), read_comment(request))

    return await _change(request, visit, topic, take_away, "withdrawn", writing=False)


async def _change(
    request: Request, visit: Visit, topic: str, act: Callable[[Editing], Awaitable[None]], done: str,
    *, writing: bool = True,
) -> HTTPResponse:  # fmt: skip
    """One change in one transaction; a colleague's change since shows beside what was typed.

    A button alone, not ``writing``, sends no text: its page is then the answer as it is now.
    """
    context = context_of(request)
    name = topic_named(topic).id
    try:
        async with context.database.write() as session:
            await act(Editing(session, visit.doer, name, context.clock.now()))
    except Conflict as error:
        if not writing:
            return await show_sheet(request, visit, await _fresh(request, visit, name, error))
        return await _again(request, visit, topic, Reshaped(read_typed(request)), error)
    return redirect(f"/staff/answers/{name}?fait={done}", status=303)


async def _fresh(request: Request, visit: Visit, topic: str, error: DeskError) -> Sheet:
    """The answer as a colleague has just left it, and why nothing was done."""
    context = context_of(request)
    async with context.database.read() as session:
        row = await answer_of(session, visit.commune.id, topic)
    today = visit.commune.local(context.clock.now()).date()
    return opening_sheet(row, topic_named(topic), visit.commune, today, error=error)


async def _again(
    request: Request, visit: Visit, topic: str, shaped: Reshaped, error: DeskError | None = None
) -> HTTPResponse:
    """The editor with what was typed. After a conflict, sending again counts as having seen the change."""
    seen = None if isinstance(error, Conflict) else read_seen(request)
    return await show_sheet(
        request, visit,
        Sheet(topic_named(topic), shaped.typed, comment=form_value(request, "comment"),
              origin=form_value(request, "depuis"), as_variant=bool(form_value(request, "cas")),
              judged=error is not None, error=error, focus=shaped.focus, case=read_case(request), seen=seen),
    )  # fmt: skip
