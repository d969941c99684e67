"""What the editor's page shows, gathered in one reading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sanic import HTTPResponse, Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.catalogue import Topic, load_topics
from desk.answers.content import MAX_BODY, Problem, Typed, check, typed_of
from desk.answers.details import known_details
from desk.answers.drafts import MAX_COMMENT, Seen, draft_content, draft_moment
from desk.answers.frame import policy_of
from desk.answers.models import Answer
from desk.answers.review import is_due
from desk.answers.seed import MAX_BUTTON_TITLE, values_of
from desk.answers.store import answer_of, titles_of
from desk.app_context import context_of
from desk.communes.registry import Commune
from desk.errors import Conflict, DeskError, NotFound
from desk.staff.answers.compare import changes, fields
from desk.staff.answers.form import BUTTON_KINDS, BUTTON_ROWS
from desk.staff.answers.from_ticket import blank
from desk.staff.answers.preview import preview
from desk.staff.answers.words import case_name, done_sentence, value_name
from desk.staff.frame.listing import service_topics
from desk.staff.guard import Visit
from desk.staff.names import first_names
from desk.staff.pages import render, topic_scope
from desk.texts.dates import say_time

PLACEHOLDERS = ("horaires", "semaine", "adresse", "telephone", "courriel")


@dataclass(frozen=True)
class Sheet:
    """What is being written, and how the page came to it."""

    topic: Topic
    typed: Typed
    comment: str = ""
    origin: str = ""
    """The reference of the ticket it is made of."""
    as_variant: bool = False
    judged: bool = False
    """Whether what is wrong is said: not while rows are being added."""
    error: DeskError | None = None
    focus: str = ""
    case: dict[str, str] = field(default_factory=dict)
    seen: Seen | None = None
    """What an earlier page showed, None when this one shows the answer as it is now."""


def topic_named(topic: str) -> Topic:
    """The catalogue's topic. Raises NotFound."""
    known = load_topics().get(topic)
    if known is None:
        raise NotFound()
    return known


def written_content(row: Answer | None) -> Typed | None:
    """What the town last wrote on a topic, published or not; None when it wrote nothing."""
    if row is None:
        return None
    return draft_content(row) or (typed_of(row) if row.version else None)


def opening_sheet(row: Answer | None, topic: Topic, commune: Commune, today: date, **more: Any) -> Sheet:
    """The editor on what the town last wrote, or on a blank answer, which is not judged yet."""
    written = written_content(row)
    start = written or blank(topic, commune.settings.name, commune.settings.website, today)
    return Sheet(topic, start, judged=written is not None, **more)


def said_day_and_time(commune: Commune, moment: datetime) -> tuple[str, str]:
    """A moment in the commune's time, its year included."""
    local = commune.local(moment)
    return local.strftime("%d/%m/%Y"), say_time(local.time())


async def show_sheet(request: Request, visit: Visit, sheet: Sheet) -> HTTPResponse:
    """The editor."""
    context = context_of(request)
    commune, now = visit.commune, context.clock.now()
    today = commune.local(now).date()
    async with context.database.read() as session:
        row = await answer_of(session, commune.id, sheet.topic.id)
        people = await first_names(session, commune.id)
        topics = await _topics(session, commune)
        policy = await policy_of(session, commune.id, sheet.topic.id)
    _, problems = check(sheet.topic.id, sheet.typed, commune.settings, today) if sheet.judged else (None, [])
    wrong: dict[str, Problem] = {}
    for problem in problems:
        wrong.setdefault(problem.where, problem)  # one sentence a field
    return render(
        "answers/edit.html", status=int(sheet.error.status) if sheet.error else 200, visit=visit, sheet=sheet,
        row=row, seen=sheet.seen or _seen(row), wrong=wrong, topics=topics, due=is_due(row, today),
        policy=policy, done=done_sentence(request.args.get("fait")), places=commune.settings.places,
        rows=_form_rows(sheet.typed, commune), kinds=BUTTON_KINDS, button_rows=BUTTON_ROWS,
        limits={"title": MAX_BUTTON_TITLE, "body": MAX_BODY, "comment": MAX_COMMENT},
        draft=_draft(row, people, commune) if row and row.draft else None,
        theirs=_theirs(sheet, row, commune) if isinstance(sheet.error, Conflict) else None,
        preview=preview(sheet.typed, sheet.case, commune, now), case=sheet.case,
        details=known_details(commune.settings),
        value_name=lambda detail, value: value_name(detail, value, commune),
        placeholders=PLACEHOLDERS,
    )  # fmt: skip


def _seen(row: Answer | None) -> Seen:
    return Seen(row.version if row else 0, draft_moment(row))


def _draft(row: Answer, people: Mapping[int, str], commune: Commune) -> dict[str, Any]:
    """Who drafted, when, on which version, and what it changes to what is published."""
    typed = draft_content(row) or {}
    return {
        "by": people.get(row.draft_by or 0, ""),
        "at": said_day_and_time(commune, row.draft_at) if row.draft_at else ("", ""),
        "outdated": (row.draft or {}).get("base") != row.version,
        "changes": changes(typed_of(row), typed, commune) if row.version else [],
    }


def _theirs(sheet: Sheet, row: Answer | None, commune: Commune) -> dict[str, Any] | None:
    """What a colleague wrote meanwhile: whole, and beside what is in the form."""
    content = written_content(row)
    if content is None:
        return None
    return {
        "fields": [(name, text) for name, text in fields(content, commune) if text],
        "changes": changes(content, sheet.typed, commune),
    }


def _form_rows(typed: Typed, commune: Commune) -> dict[str, Any]:
    """The form's repeated rows: cases with every box, buttons, sources (an empty one when there is none)."""
    known = known_details(commune.settings)
    return {
        "variants": [
            {
                "name": case_name(one["when"], commune),
                "body": one["body"],
                "boxes": _boxes(one["when"], known),
            }
            for one in typed["variants"]
        ],
        "buttons": [_button(typed["buttons"], number) for number in BUTTON_ROWS],
        "sources": typed["sources"] or [{"label": "", "url": ""}],
    }


def _boxes(when: Mapping[str, Any], known: Mapping[str, list[str]]) -> list[tuple[str, list[str], list[str]]]:
    """Each detail with its values and those ticked; values that nobody knows any more stay to be unticked."""
    details = [*known, *(name for name in when if name not in known)]
    found = []
    for name in details:
        ticked = values_of(when, name)
        values = known.get(name, [])
        found.append((name, [*values, *(one for one in ticked if one not in values)], ticked))
    return found


def _button(buttons: list[dict[str, str]], number: int) -> dict[str, str]:
    row = buttons[number] if number < len(buttons) else {"title": "", "topic": ""}
    kind = next((kind for kind in BUTTON_KINDS if kind in row), "topic")
    goal = row.get(kind, "")
    strange = goal if kind != "url" and goal not in load_topics() else ""
    return {"title": row["title"], "kind": kind, "goal": goal, "strange": strange}


async def _topics(session: AsyncSession, commune: Commune) -> dict[str, list[tuple[str, str]]]:
    """The topics a button may lead to, by department: the town's title, the catalogue's words without one."""
    titles = await titles_of(session, commune.id, load_topics())
    shared: dict[str, list[tuple[str, str]]] = {}
    for service, owned in service_topics(commune).items():
        named = [(topic, titles.get(topic, topic_scope(topic))) for topic in owned]
        shared.setdefault(commune.department_name(service), []).extend(named)
    return shared
