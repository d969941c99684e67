"""Reading and changing the frame: several topics at once, or one with the history of its decisions."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.answers.catalogue import load_topics
from desk.answers.frame import MAX_NAME, POLICIES, decide, decisions_in_force, decisions_on
from desk.answers.store import titles_of
from desk.app_context import context_of
from desk.errors import BadRequest, Conflict, DeskError, NotFound
from desk.journal.record import record
from desk.staff.frame.form import Form, read_form
from desk.staff.frame.listing import board_of, count_policies, service_topics
from desk.staff.guard import Visit, staff_only
from desk.staff.names import first_names
from desk.staff.pages import moment, render

BOARD = "/staff/frame"


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show_all, "/frame", methods=["GET"], name="frame")
    pages.add_route(decide_many, "/frame", methods=["POST"], name="frame_decide")
    pages.add_route(show_one, "/frame/<topic:str>", methods=["GET"], name="frame_topic")
    pages.add_route(decide_one, "/frame/<topic:str>", methods=["POST"], name="frame_topic_decide")


@staff_only("base")
async def show_all(request: Request, visit: Visit) -> HTTPResponse:
    """Every topic by department, with its policy; ticked ones are decided upon together."""
    return await _all(request, visit, _blank(request, visit))


@staff_only("frame")
async def decide_many(request: Request, visit: Visit) -> HTTPResponse:
    """Decide on the ticked topics, and on all those of the ticked departments."""
    form = read_form(request)
    by_service = service_topics(visit.commune)
    topics = set(form.topics) & load_topics().keys()
    topics.update(*(by_service.get(service, []) for service in form.services))
    try:
        if not topics:
            raise BadRequest("frame_none_ticked")
        await _decide(request, visit, form, [topic for topic in load_topics() if topic in topics])
    except (BadRequest, Conflict) as error:
        return await _all(request, visit, form, error)
    return redirect(f"{BOARD}?fait={len(topics)}", status=303)


@staff_only("base")
async def show_one(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """One topic: its policy, and every decision taken on it."""
    return await _one(request, visit, _known(topic), _blank(request, visit))


@staff_only("frame")
async def decide_one(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """Decide on one topic."""
    form = read_form(request)
    try:
        await _decide(request, visit, form, [_known(topic)])
    except (BadRequest, Conflict) as error:
        return await _one(request, visit, topic, form, error)
    return redirect(f"{BOARD}/{topic}?fait=1", status=303)


async def _decide(request: Request, visit: Visit, form: Form, topics: list[str]) -> None:
    context = context_of(request)
    now = context.clock.now()
    decision = form.decision()
    decision.check(visit.commune.local(now).date())
    async with context.database.write() as session:
        news = await decide(session, visit.commune.id, topics, decision,
                            seen=form.seen, staff_id=visit.staff.id, now=now)  # fmt: skip
        for row in news:
            record(session, visit.doer, "frame.decided", now, row.topic, policy=row.policy)


def _known(topic: str) -> str:
    if topic not in load_topics():
        raise NotFound()
    return topic


def _blank(request: Request, visit: Visit) -> Form:
    """Nothing decided yet, today."""
    today = visit.commune.local(context_of(request).clock.now()).date()
    return Form(decided_on=today.isoformat())


async def _all(request: Request, visit: Visit, form: Form, error: DeskError | None = None) -> HTTPResponse:
    async with context_of(request).database.read() as session:
        decisions = await decisions_in_force(session, visit.commune.id)
        titles = await titles_of(session, visit.commune.id, load_topics())
    services = board_of(visit.commune, titles, decisions)
    return _page(
        request, visit, "frame/board.html", form, error, services=services, counts=count_policies(services),
        seen=max((row.id for row in decisions.values()), default=0),
    )  # fmt: skip


async def _one(
    request: Request, visit: Visit, topic: str, form: Form, error: DeskError | None = None
) -> HTTPResponse:
    async with context_of(request).database.read() as session:
        decisions = await decisions_on(session, visit.commune.id, topic)
        titles = await titles_of(session, visit.commune.id, [topic])
        people = await first_names(session, visit.commune.id)
    return _page(
        request, visit, "frame/topic.html", form, error, topic=load_topics()[topic],
        title=titles.get(topic, ""),
        policy=decisions[0].policy if decisions else "auto", seen=decisions[0].id if decisions else 0,
        decisions=[(row, moment(visit.commune, row.at), people.get(row.staff_id or 0)) for row in decisions],
    )  # fmt: skip


def _page(
    request: Request, visit: Visit, template: str, form: Form, error: DeskError | None, *,
    seen: int, **values: object,
) -> HTTPResponse:  # fmt: skip
    """A page of the frame. A form given back for another reason still says what it was filled in with."""
    done = str(request.args.get("fait", ""))[:4]
    return render(
        template, status=int(error.status) if error else 200, visit=visit, form=form, policies=POLICIES,
        today=_blank(request, visit).decided_on, limit=MAX_NAME, done=int(done) if done.isdecimal() else 0,
        error=visit.commune.texts(f"errors.{error.code}", **error.data) if error else "",
        wrong=error.data.get("field") if error else None,
        seen=form.seen if isinstance(error, BadRequest) else seen, **values,
    )  # fmt: skip
