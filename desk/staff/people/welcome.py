"""Where a one-time link leads: choose a password, and come in.

The link's secret is in the query, not in the path, which is logged when something fails.
"""

import asyncio

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.errors import BadRequest, Conflict
from desk.ids import new_token
from desk.journal.record import record
from desk.staff.entry import LOGIN_COOKIE, admit, doer_of, set_cookie, welcome
from desk.staff.guard import form_value, same_key
from desk.staff.invitations import accept, find_invitation
from desk.staff.login import code_form
from desk.staff.models import Invitation
from desk.staff.pages import render
from desk.staff.password_rules import MAX_LENGTH, MIN_LENGTH, check_password
from desk.staff.passwords import hash_password
from desk.texts import load_texts
from desk.texts.errors import sentence


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/invitation", methods=["GET"], name="invitation")
    pages.add_route(submit, "/invitation", methods=["POST"], name="invitation_submit")


async def show(request: Request) -> HTTPResponse:
    """The form, or why the link opens nothing any more."""
    context, token = context_of(request), request.args.get("jeton", "")
    async with context.database.read() as session:
        invitation = await find_invitation(session, token, context.clock.now())
    return _form(request, invitation)


async def submit(request: Request) -> HTTPResponse:
    """Choose the password; the link has then served."""
    context, token = context_of(request), form_value(request, "jeton")
    password = form_value(request, "password")
    now = context.clock.now()
    async with context.database.read() as session:
        invitation = await find_invitation(session, token, now)
    if invitation is None or context.communes.get(invitation.commune) is None:
        return _form(request, None)
    if not same_key(form_value(request, "csrf"), request.cookies.get(LOGIN_COOKIE) or ""):
        return _form(request, invitation, error=sentence(load_texts(), BadRequest("csrf")), status=403)
    town = context.communes[invitation.commune].settings.name
    try:
        if password != form_value(request, "again"):
            raise BadRequest("passwords_differ")
        check_password(password, invitation.email, invitation.first_name, town)
        hashed = await asyncio.to_thread(hash_password, password)
        return await _come_in(request, token, hashed)
    except (BadRequest, Conflict) as error:
        return _form(request, invitation, error=sentence(load_texts(), error), status=int(error.status))


async def _come_in(request: Request, token: str, hashed: str) -> HTTPResponse:
    context = context_of(request)
    now, opened = context.clock.now(), None
    async with context.database.write() as session:
        invitation = await find_invitation(session, token, now, lock=True)
        if invitation is None:  # a double click: the first one is in
            return _form(request, None)
        joins = invitation.staff_id is None
        staff = await accept(session, invitation, hashed, now)
        record(session, doer_of(staff), "people.joined" if joins else "password.chosen", now, staff.email)
        if not staff.totp_on:
            opened = await admit(request, session, staff, "invitation")
    return welcome(request, staff, opened) if opened else code_form(request, staff, "")


def _form(request: Request, invitation: Invitation | None, *, error: str = "",
          status: int = 200) -> HTTPResponse:  # fmt: skip
    context = context_of(request)
    commune = context.communes.get(invitation.commune) if invitation else None
    key = request.cookies.get(LOGIN_COOKIE) or new_token()
    token = request.args.get("jeton", "") or form_value(request, "jeton")
    response = render(
        "people/welcome.html", status=status if commune else 410, invitation=invitation, commune=commune,
        csrf=key, token=token, error=error, minimum=MIN_LENGTH, maximum=MAX_LENGTH,
    )  # fmt: skip
    set_cookie(request, response, LOGIN_COOKIE, key, 3600)
    return response
