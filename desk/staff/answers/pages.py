"""The answer base: every topic in a list, and each one's page, to read or to edit."""

from dataclasses import replace

from sanic import Blueprint, HTTPResponse, Request

from desk.answers.content import typed_of
from desk.answers.frame import decisions_in_force
from desk.answers.placeholders import Moment, fill
from desk.answers.review import SIEVES, Entry, answer_base, narrowed
from desk.answers.store import answer_of
from desk.answers.versions import find_version
from desk.app_context import context_of
from desk.errors import NotFound
from desk.staff.answers import changing, versions
from desk.staff.answers.from_ticket import origin_of, with_reply
from desk.staff.answers.preview import preview
from desk.staff.answers.sheet import Sheet, opening_sheet, show_sheet, topic_named
from desk.staff.answers.versions import version_number
from desk.staff.answers.words import case_name
from desk.staff.guard import Visit, staff_only
from desk.staff.labels import label
from desk.staff.pages import render

MOST_WORDS = 100


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(listing, "/answers", methods=["GET"], name="answers")
    pages.add_route(show, "/answers/<topic:str>", methods=["GET"], name="answer")
    changing.register(pages)
    versions.register(pages)


@staff_only("base")
async def listing(request: Request, visit: Visit) -> HTTPResponse:
    """Every topic of the catalogue by department, narrowed as asked for."""
    context = context_of(request)
    commune = visit.commune
    today = commune.local(context.clock.now()).date()
    async with context.database.read() as session:
        entries = await answer_base(session, commune, today)
        policies = await decisions_in_force(session, commune.id)
    asked = {name: str(request.args.get(name, ""))[:MOST_WORDS] for name in ("service", "etat", "q")}
    found = [*narrowed(entries, service=asked["service"], sieve=asked["etat"], words=asked["q"])]
    return render(
        "answers/list.html", visit=visit, asked=asked, sieves=SIEVES, total=len(found),
        services={one.service: commune.department_name(one.service) for one in entries},
        groups=_by_service(found), origin=str(request.args.get("depuis", ""))[:32],
        counts={sieve: len([*narrowed(entries, sieve=sieve)]) for sieve in SIEVES},
        policies={topic: row.policy for topic, row in policies.items()},
    )  # fmt: skip


def _by_service(entries: list[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.service, []).append(entry)
    return groups


@staff_only("base")
async def show(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    """The editor for those who may edit, the answer to read for the others."""
    topic_named(topic)
    if not visit.may("edit"):
        return await _read(request, visit, topic)
    return await show_sheet(request, visit, await _opened(request, visit, topic))


async def _opened(request: Request, visit: Visit, name: str) -> Sheet:
    """What the editor opens on: the draft or the answer, an older version, a ticket's reply."""
    context, settings = context_of(request), visit.commune.settings
    topic = topic_named(name)
    today = visit.commune.local(context.clock.now()).date()
    reference, version = str(request.args.get("depuis", "")), str(request.args.get("version", ""))
    async with context.database.read() as session:
        row = await answer_of(session, visit.commune.id, name)
        if version:
            older = await find_version(session, visit.commune.id, name, version_number(version))
            if older is None:
                raise NotFound()
            return Sheet(topic, older.content, comment=_comment("restored", version), judged=True)
        sheet = opening_sheet(row, topic, visit.commune, today)
        if not reference:
            return sheet
        origin = await origin_of(session, visit.reach, reference, settings)
    as_variant = bool(request.args.get("cas"))
    return replace(
        sheet, typed=with_reply(sheet.typed, origin, today, as_variant=as_variant), origin=reference,
        as_variant=as_variant, judged=True, case=dict(origin.when) if as_variant else {},
        comment=_comment("from_ticket", reference),
    )  # fmt: skip


def _comment(code: str, what: str) -> str:
    return label("answer_comment", code, what=what)


async def _read(request: Request, visit: Visit, topic: str) -> HTTPResponse:
    context, commune = context_of(request), visit.commune
    async with context.database.read() as session:
        row = await answer_of(session, commune.id, topic)
    now = Moment(commune.local(context.clock.now()))
    row = row if row and row.published else None
    return render(
        "answers/read.html", visit=visit, topic=topic_named(topic), row=row,
        said=preview(typed_of(row), {}, commune, context.clock.now()) if row else None,
        cases=[(case_name(one["when"], commune), fill(one["body"], commune.settings, commune.texts, now))
               for one in (row.variants if row else [])],
    )  # fmt: skip
