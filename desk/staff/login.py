"""Logging in and out."""

import asyncio

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import client_address, context_of
from desk.errors import TooMany
from desk.ids import new_token
from desk.staff.accounts import (
    check_throttle,
    close_session,
    count_attempt,
    find_account,
    forget_attempt,
    open_session,
)
from desk.staff.guard import COOKIE, Visit, form_value, same_key, staff_only, visit_of
from desk.staff.pages import render
from desk.staff.passwords import password_matches

LOGIN_COOKIE = "beffroi_login"
HOME = "/staff/"


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/login", methods=["GET"], name="login_show")
    pages.add_route(submit, "/login", methods=["POST"], name="login_submit")
    pages.add_route(logout, "/logout", methods=["POST"], name="logout")


async def show(request: Request) -> HTTPResponse:
    """The log-in form; whoever is already in goes on."""
    if await visit_of(request) is not None:
        return redirect(_next_page(request.args.get("suite", "")), status=303)
    return _form(request, suite=request.args.get("suite", ""))


async def submit(request: Request) -> HTTPResponse:
    """Check the e-mail and password; refusals are counted and never say which was wrong."""
    context, suite = context_of(request), form_value(request, "suite")
    email, password = form_value(request, "email"), form_value(request, "password")
    if not same_key(form_value(request, "csrf"), request.cookies.get(LOGIN_COOKIE) or ""):
        return _form(request, suite=suite, email=email, error="expired", status=403)
    address, now = client_address(request), context.clock.now()
    async with context.database.write() as session:
        attempt = await count_attempt(session, email, address, now)
    try:
        async with context.database.read() as session:
            await check_throttle(session, email, address, now)
            staff = await find_account(session, email)
    except TooMany as error:
        async with context.database.write() as session:
            await forget_attempt(session, attempt)
        minutes = -(-int(str(error.data["retry_after"])) // 60)
        return _form(request, suite=suite, email=email, error="throttled", minutes=minutes, status=429)
    # argon2 takes tens of milliseconds on purpose: not on the thread that serves everyone else
    good = await asyncio.to_thread(password_matches, staff.password_hash if staff else None, password)
    if staff is None or not good:
        return _form(request, suite=suite, email=email, error="refused", status=401)
    async with context.database.write() as session:
        await forget_attempt(session, attempt)
        token = await open_session(session, staff, context.settings.session_hours, now)
    response = redirect(_next_page(suite), status=303)
    _set_cookie(request, response, COOKIE, token, context.settings.session_hours * 3600)
    response.delete_cookie(LOGIN_COOKIE, path="/staff")
    return response


@staff_only("account")
async def logout(request: Request, _visit: Visit) -> HTTPResponse:
    """End the session."""
    async with context_of(request).database.write() as session:
        await close_session(session, request.cookies.get(COOKIE) or "")
    response = redirect("/staff/login", status=303)
    response.delete_cookie(COOKIE, path="/staff")
    return response


def _form(request: Request, *, status: int = 200, suite: str = "", email: str = "", error: str = "",
          minutes: int = 0) -> HTTPResponse:  # fmt: skip
    key = request.cookies.get(LOGIN_COOKIE) or new_token()  # a second tab keeps the first one alive
    response = render("login.html", status=status, csrf=key, suite=suite, email=email, error=error,
                      minutes=minutes)  # fmt: skip
    _set_cookie(request, response, LOGIN_COOKIE, key, 3600)
    return response


def _set_cookie(request: Request, response: HTTPResponse, name: str, value: str, seconds: int) -> None:
    secure = context_of(request).settings.secure_cookies
    response.add_cookie(name, value, path="/staff", httponly=True, samesite="Lax", secure=secure,
                        max_age=seconds)  # fmt: skip


def _next_page(suite: str) -> str:
    """Only a staff page of this very site may follow a log-in."""
    inside = suite.startswith("/staff/") and "//" not in suite and "\\" not in suite
    return suite if inside and not suite.startswith("/staff/log") else HOME
