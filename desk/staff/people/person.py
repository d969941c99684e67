"""One person's page: what they are and do, whether they may log in."""

from collections.abc import Awaitable, Callable

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import context_of
from desk.errors import BadRequest, Conflict, DeskError
from desk.journal.record import record
from desk.staff.accounts import account_of, change_account, close_account, mark_of, reopen_account
from desk.staff.guard import Visit, form_value, staff_only
from desk.staff.invitations import link_for, withdraw
from desk.staff.models import Staff
from desk.staff.pages import render
from desk.staff.people.forms import Typed, check_profile, departments, typed
from desk.staff.people.mails import mail_link
from desk.staff.people.pages import link_page
from desk.staff.roles import ROLES
from desk.staff.second_factor import turn_off
from desk.staff.sessions import close_sessions
from desk.texts import load_texts
from desk.texts.errors import sentence

MOST = 2**31 - 1


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/people/<number:int>", methods=["GET"], name="person")
    pages.add_route(change, "/people/<number:int>", methods=["POST"], name="person_change")
    pages.add_route(close, "/people/<number:int>/close", methods=["POST"], name="person_close")
    pages.add_route(reopen, "/people/<number:int>/reopen", methods=["POST"], name="person_reopen")
    pages.add_route(new_link, "/people/<number:int>/link", methods=["POST"], name="person_link")
    pages.add_route(remove_factor, "/people/<number:int>/factor", methods=["POST"], name="person_factor")


@staff_only("people")
async def show(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """What the person is, and what can be changed."""
    return await _page(request, visit, number)


@staff_only("people")
async def change(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """Another name, job, role or department, at once. Not over what a colleague has just changed."""
    context, form = context_of(request), typed(request)
    try:
        profile = check_profile(form, visit.commune)
        async with context.database.write() as session:
            person = await _locked(session, visit, number)
            if form_value(request, "seen") != mark_of(person):
                raise Conflict("person_changed")
            before = person.role
            await change_account(session, person, first_name=profile.first_name, job=profile.job,
                                 role=profile.role, services=profile.services)  # fmt: skip
            record(session, visit.doer, "people.changed", context.clock.now(), person.email,
                   role=profile.role, before=before, services=list(profile.services))  # fmt: skip
    except (BadRequest, Conflict) as error:
        return await _page(request, visit, number, error=error, form=form)
    return redirect("/staff/people", status=303)


@staff_only("people")
async def close(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """Nobody logs in with the account any more; whoever is in is out, and its links are void."""
    return await _do(request, visit, number, "people.closed", _close)


@staff_only("people")
async def reopen(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """The account opens again, as it was."""
    return await _do(request, visit, number, "people.reopened", _reopen)


@staff_only("people")
async def remove_factor(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """For somebody who lost both phone and recovery codes."""
    return await _do(request, visit, number, "totp.removed", _remove_factor)


@staff_only("people")
async def new_link(request: Request, visit: Visit, number: int) -> HTTPResponse:
    """A link with which the person chooses a new password."""
    context = context_of(request)
    now = context.clock.now()
    try:
        async with context.database.write() as session:
            person = await _locked(session, visit, number)
            if not person.active:
                raise Conflict("person_closed")
            token = await link_for(session, person, visit.staff.id, now)
            mailed = await mail_link(
                session, context.settings, visit.commune, person.email, token, now, kind="password",
                first_name=person.first_name, by=visit.staff,
            )  # fmt: skip
            record(session, visit.doer, "password.link", now, person.email)
    except Conflict as error:
        return await _page(request, visit, number, error=error)
    return link_page(request, visit, token, person.email, mailed=mailed, kind="password")


async def _close(request: Request, session: AsyncSession, person: Staff) -> None:
    await close_account(session, person)
    await close_sessions(session, person.id)
    await withdraw(session, person.commune, person.email, context_of(request).clock.now())


async def _reopen(_request: Request, _session: AsyncSession, person: Staff) -> None:
    reopen_account(person)


async def _remove_factor(_request: Request, _session: AsyncSession, person: Staff) -> None:
    turn_off(person)


async def _do(
    request: Request, visit: Visit, number: int, code: str,
    act: Callable[[Request, AsyncSession, Staff], Awaitable[None]],
) -> HTTPResponse:  # fmt: skip
    context = context_of(request)
    try:
        async with context.database.write() as session:
            person = await _locked(session, visit, number)
            await act(request, session, person)
            record(session, visit.doer, code, context.clock.now(), person.email)
    except Conflict as error:
        return await _page(request, visit, number, error=error)
    return redirect(f"/staff/people/{number}", status=303)


async def _locked(session: AsyncSession, visit: Visit, number: int) -> Staff:
    return await account_of(session, visit.commune.id, min(number, MOST), lock=True)


async def _page(
    request: Request, visit: Visit, number: int, error: DeskError | None = None, form: Typed | None = None
) -> HTTPResponse:
    async with context_of(request).database.read() as session:
        person = await account_of(session, visit.commune.id, min(number, MOST))
    stored = Typed(person.email, person.first_name, person.job, person.role, tuple(person.services))
    return render(
        "people/person.html", status=int(error.status) if error else 200, visit=visit, person=person,
        form=form or stored, seen=mark_of(person), error=sentence(load_texts(), error) if error else "",
        roles=ROLES, departments=departments(visit.commune),
    )  # fmt: skip
