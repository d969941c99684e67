"""Logging in, in one step or two, and out."""

import asyncio

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import client_address, context_of
from desk.errors import TooMany
from desk.ids import new_token
from desk.journal.record import record
from desk.staff.accounts import account_of, find_account, normal_email
from desk.staff.entry import LOGIN_COOKIE, LOGIN_PATH, admit, doer_of, next_page, set_cookie, welcome
from desk.staff.guard import COOKIE, Visit, form_value, same_key, staff_only, visit_of
from desk.staff.halfway import halfway_pass, holder_of, is_good
from desk.staff.models import Staff
from desk.staff.oidc.leaving import leave
from desk.staff.pages import render
from desk.staff.passwords import password_matches
from desk.staff.second_factor import use_code
from desk.staff.sessions import close_session
from desk.staff.throttle import begin_attempt, code_of, forget_attempt, password_of


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/login", methods=["GET"], name="login_show")
    pages.add_route(submit, "/login", methods=["POST"], name="login_submit")
    pages.add_route(submit_code, "/login/code", methods=["POST"], name="login_code")
    pages.add_route(logout, "/logout", methods=["POST"], name="logout")


async def show(request: Request) -> HTTPResponse:
    """The log-in form; whoever is already in goes on."""
    suite = request.args.get("suite", "")
    visit = await visit_of(request)
    if visit is not None:
        return redirect(next_page(suite, visit.staff), status=303)
    return login_form(request, suite=suite)


async def submit(request: Request) -> HTTPResponse:
    """Check the e-mail and password; refusals are counted and never say which was wrong."""
    context, suite = context_of(request), form_value(request, "suite")
    email, password = form_value(request, "email"), form_value(request, "password")
    if not _from_our_form(request):
        return login_form(request, suite=suite, email=email, error="expired", status=403)
    now = context.clock.now()
    try:
        attempt = await begin_attempt(
            context.database, password_of(normal_email(email)), client_address(request), now
        )
    except TooMany as error:
        return login_form(request, suite=suite, email=email, error="throttled", minutes=minutes_of(error),
                          status=429)  # fmt: skip
    async with context.database.read() as session:
        staff = await find_account(session, email)
    # argon2 takes tens of milliseconds on purpose: not on the thread that serves everyone else
    good = await asyncio.to_thread(password_matches, staff.password_hash if staff else None, password)
    if staff is None or not good:
        await _note_refusal(request, staff, "login.refused")
        return login_form(request, suite=suite, email=email, error="refused", status=401)
    async with context.database.write() as session:
        await forget_attempt(session, attempt)
        token = None if staff.totp_on else await admit(request, session, staff)
    return welcome(request, staff, token, suite) if token else code_form(request, staff, suite)


async def submit_code(request: Request) -> HTTPResponse:
    """The second step: the code of the person whose password, or whose log-in elsewhere, was good."""
    context, suite = context_of(request), form_value(request, "suite")
    now = context.clock.now()
    async with context.database.read() as session:
        staff = await _halfway(request, session)
    if staff is None:
        return login_form(request, suite=suite, error="expired", status=403)
    try:
        attempt = await begin_attempt(context.database, code_of(staff.id), client_address(request), now)
    except TooMany as error:
        return code_form(request, staff, suite, error="throttled", minutes=minutes_of(error), status=429)
    async with context.database.write() as session:
        staff = await account_of(session, staff.commune, staff.id, lock=True)
        kind = use_code(staff, form_value(request, "code"), now) if staff.active else None
        if kind is not None:
            await forget_attempt(session, attempt)
            token = await admit(request, session, staff, kind)
    if kind is None:
        await _note_refusal(request, staff, "login.code_refused")
        return code_form(request, staff, suite, error="refused", status=401)
    return welcome(request, staff, token, suite)


@staff_only("account")
async def logout(request: Request, visit: Visit) -> HTTPResponse:
    """End the session, here and, for whoever came from there, at the identity provider."""
    context = context_of(request)
    async with context.database.write() as session:
        await close_session(session, visit.staff.id, visit.session_id)
        record(session, visit.doer, "logout", context.clock.now())
    response = await leave(request) or redirect(LOGIN_PATH, status=303)
    response.delete_cookie(COOKIE, path="/staff")
    return response


def login_form(request: Request, *, status: int = 200, suite: str = "", email: str = "", error: str = "",
               minutes: int = 0) -> HTTPResponse:  # fmt: skip
    """The log-in page, with what was typed but the password, and why it was refused."""
    key = request.cookies.get(LOGIN_COOKIE) or new_token()  # a second tab keeps the first one alive
    settings = context_of(request).settings
    elsewhere = settings.oidc_label if settings.oidc_issuer else ""
    response = render("login.html", status=status, csrf=key, suite=suite, email=email, error=error,
                      minutes=minutes, elsewhere=elsewhere)  # fmt: skip
    set_cookie(request, response, LOGIN_COOKIE, key, 3600)
    return response


def code_form(request: Request, staff: Staff, suite: str, *, status: int = 200, error: str = "",
              minutes: int = 0) -> HTTPResponse:  # fmt: skip
    """The page that asks for a code, for ten minutes; whoever sees it is not in yet."""
    key = request.cookies.get(LOGIN_COOKIE) or new_token()
    now = context_of(request).clock.now()
    response = render("login_code.html", status=status, csrf=key, suite=suite, error=error, minutes=minutes,
                      halfway=halfway_pass(staff, key, now))  # fmt: skip
    set_cookie(request, response, LOGIN_COOKIE, key, 3600)
    return response


def minutes_of(error: TooMany) -> int:
    """How long to wait, in whole minutes."""
    return -(-int(str(error.data["retry_after"])) // 60)


def _from_our_form(request: Request) -> bool:
    return same_key(form_value(request, "csrf"), request.cookies.get(LOGIN_COOKIE) or "")


async def _halfway(request: Request, session: AsyncSession) -> Staff | None:
    """Who is halfway through, None when the page is too old or not ours."""
    given = form_value(request, "halfway")
    number, browser = holder_of(given), request.cookies.get(LOGIN_COOKIE) or ""
    staff = await session.get(Staff, number) if number is not None and _from_our_form(request) else None
    if staff is None or not staff.active or not staff.totp_on:
        return None
    return staff if is_good(staff, given, browser, context_of(request).clock.now()) else None


async def _note_refusal(request: Request, staff: Staff | None, code: str) -> None:
    """Journaled for a known account only; an unknown address may be anybody's, or a password."""
    if staff is None:
        return
    context = context_of(request)
    async with context.database.write() as session:
        record(session, doer_of(staff), code, context.clock.now())
