"""My account: the password, absences, the sessions that are open."""

import asyncio
from datetime import date, timedelta

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import client_address, context_of
from desk.errors import BadRequest, DeskError, TooMany
from desk.journal.record import record
from desk.staff.accounts import account_of, set_away, set_password
from desk.staff.entry import LOGIN_PATH
from desk.staff.guard import COOKIE, Visit, form_value, staff_only
from desk.staff.pages import moment, render
from desk.staff.password_rules import MAX_LENGTH, MIN_LENGTH, check_password
from desk.staff.passwords import hash_password, password_matches
from desk.staff.sessions import close_session, close_sessions, sessions_of
from desk.staff.throttle import begin_attempt, forget_attempt, password_of
from desk.texts import load_texts
from desk.texts.errors import sentence

HOME = "/staff/account"
LONGEST_ABSENCE = timedelta(days=366)


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(account, "/account", methods=["GET"], name="account")
    pages.add_route(change_password, "/account/password", methods=["POST"], name="account_password")
    pages.add_route(away, "/account/away", methods=["POST"], name="account_away")
    pages.add_route(end_session, "/account/session", methods=["POST"], name="account_session")
    pages.add_route(end_others, "/account/sessions", methods=["POST"], name="account_sessions")


@staff_only("account")
async def account(request: Request, visit: Visit) -> HTTPResponse:
    """Everything that is the person's own."""
    return await account_page(request, visit, done=request.args.get("fait", ""))


@staff_only("account")
async def change_password(request: Request, visit: Visit) -> HTTPResponse:
    """Another password, for whoever knows the present one; the other sessions end."""
    context, password = context_of(request), form_value(request, "password")
    now = context.clock.now()
    try:
        if password != form_value(request, "again"):
            raise BadRequest("passwords_differ")
        check_password(password, visit.staff.email, visit.staff.first_name, visit.commune.settings.name)
        await check_own_password(request, visit, form_value(request, "old"))
    except (BadRequest, TooMany) as error:
        return await account_page(request, visit, error=error, at="password")
    hashed = await asyncio.to_thread(hash_password, password)
    async with context.database.write() as session:
        staff = await account_of(session, visit.commune.id, visit.staff.id, lock=True)
        set_password(staff, hashed)
        await close_sessions(session, staff.id, but=visit.session_id)
        record(session, visit.doer, "password.changed", now)
    return redirect(f"{HOME}?fait=password", status=303)


@staff_only("account")
async def away(request: Request, visit: Visit) -> HTTPResponse:
    """Away until a day, or back when the field is empty."""
    context = context_of(request)
    typed, now = form_value(request, "until").strip(), context.clock.now()
    try:
        until = _day(typed, visit.commune.local(now).date()) if typed else None
    except BadRequest as error:
        return await account_page(request, visit, error=error, at="away", until=typed)
    async with context.database.write() as session:
        set_away(await account_of(session, visit.commune.id, visit.staff.id, lock=True), until)
        record(session, visit.doer, "away.set" if until else "away.over", now)
    return redirect(f"{HOME}?fait=away", status=303)


@staff_only("account")
async def end_session(request: Request, visit: Visit) -> HTTPResponse:
    """End one of one's sessions; this very one is a log-out."""
    context, ended = context_of(request), form_value(request, "session")
    async with context.database.write() as session:
        await close_session(session, visit.staff.id, ended)
        record(session, visit.doer, "session.ended", context.clock.now())
    if ended != visit.session_id:
        return redirect(f"{HOME}?fait=session", status=303)
    response = redirect(LOGIN_PATH, status=303)
    response.delete_cookie(COOKIE, path="/staff")
    return response


@staff_only("account")
async def end_others(request: Request, visit: Visit) -> HTTPResponse:
    """End every session but this one."""
    context = context_of(request)
    async with context.database.write() as session:
        await close_sessions(session, visit.staff.id, but=visit.session_id)
        record(session, visit.doer, "session.ended", context.clock.now())
    return redirect(f"{HOME}?fait=session", status=303)


async def check_own_password(request: Request, visit: Visit, password: str) -> None:
    """Raises BadRequest for another password than the person's, TooMany after too many."""
    context = context_of(request)
    attempt = await begin_attempt(
        context.database, password_of(visit.staff.email), client_address(request), context.clock.now()
    )
    if not await asyncio.to_thread(password_matches, visit.staff.password_hash, password):
        raise BadRequest("password_wrong")
    async with context.database.write() as session:
        await forget_attempt(session, attempt)


def _day(typed: str, today: date) -> date:
    """The day that was chosen. Raises BadRequest for none, one that is over or one too far."""
    try:
        chosen = date.fromisoformat(typed)
    except ValueError as error:
        raise BadRequest("bad_away") from error
    if not today <= chosen <= today + LONGEST_ABSENCE:
        raise BadRequest("bad_away")
    return chosen


async def account_page(
    request: Request, visit: Visit, *, error: DeskError | None = None, at: str = "", done: str = "",
    until: str | None = None,
) -> HTTPResponse:  # fmt: skip
    """The page, with what went wrong (``at`` which part) or what was done."""
    context = context_of(request)
    now = context.clock.now()
    async with context.database.read() as session:
        opened = await sessions_of(session, visit.staff.id, now)
    today = visit.commune.local(now).date()
    absence = visit.staff.away_until
    kept = absence.isoformat() if absence and absence >= today else ""
    return render(
        "account/account.html", status=int(error.status) if error else 200, visit=visit, sessions=opened,
        error=sentence(load_texts(), error) if error else "", at=at, done=done, until=until or kept,
        today=today.isoformat(), latest=(today + LONGEST_ABSENCE).isoformat(), minimum=MIN_LENGTH,
        maximum=MAX_LENGTH, moment=lambda value: moment(visit.commune, value),
    )  # fmt: skip
