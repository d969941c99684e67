"""My second factor: the picture to photograph, the first code, the recovery codes, turning it off."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import client_address, context_of
from desk.errors import BadRequest, DeskError, TooMany
from desk.journal.record import record
from desk.staff.account.pages import HOME, account_page, check_own_password
from desk.staff.accounts import account_of
from desk.staff.guard import Visit, form_value, staff_only
from desk.staff.models import Staff
from desk.staff.pages import render
from desk.staff.second_factor import new_codes, prepare, turn_off, turn_on, use_code
from desk.staff.sessions import close_sessions
from desk.staff.throttle import begin_attempt, code_of, forget_attempt
from desk.staff.totp import address_of, picture_of
from desk.texts import load_texts
from desk.texts.errors import sentence

SETUP = "/staff/account/factor"


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(show, "/account/factor", methods=["GET"], name="factor")
    pages.add_route(start, "/account/factor", methods=["POST"], name="factor_start")
    pages.add_route(confirm, "/account/factor/confirm", methods=["POST"], name="factor_confirm")
    pages.add_route(renew, "/account/factor/codes", methods=["POST"], name="factor_codes")
    pages.add_route(stop, "/account/factor/off", methods=["POST"], name="factor_off")


@staff_only("account")
async def show(request: Request, visit: Visit) -> HTTPResponse:
    """The picture and the key, until a first code has come."""
    return _setup_page(visit)


@staff_only("account")
async def start(request: Request, visit: Visit) -> HTTPResponse:
    """Draw a new key."""
    async with context_of(request).database.write() as session:
        prepare(await account_of(session, visit.commune.id, visit.staff.id, lock=True))
    return redirect(SETUP, status=303)


@staff_only("account")
async def confirm(request: Request, visit: Visit) -> HTTPResponse:
    """A first code turns it on; the other sessions, opened without it, end.

    The recovery codes are shown this once: nothing keeps them, so there is no page to be redirected to.
    """
    context = context_of(request)
    now = context.clock.now()
    if visit.staff.totp_on:
        return redirect(HOME, status=303)
    async with context.database.write() as session:
        staff = await account_of(session, visit.commune.id, visit.staff.id, lock=True)
        codes = None if staff.totp_on else turn_on(staff, form_value(request, "code"), now)
        if codes is not None:
            await close_sessions(session, staff.id, but=visit.session_id)
            record(session, visit.doer, "totp.on", now)
    if codes is None:
        return _setup_page(visit, error=BadRequest("code_wrong"))
    return render("account/recovery.html", visit=visit, codes=codes, first=True)


@staff_only("account")
async def renew(request: Request, visit: Visit) -> HTTPResponse:
    """New recovery codes, for a code of the application; the old ones open nothing any more.

    For whoever has used them up, or never saw them because « Activer » was pressed twice.
    """
    context = context_of(request)
    now = context.clock.now()
    try:
        attempt = await begin_attempt(context.database, code_of(visit.staff.id), client_address(request), now)
        async with context.database.write() as session:
            staff = await account_of(session, visit.commune.id, visit.staff.id, lock=True)
            codes = new_codes(staff, form_value(request, "code"), now)
            if codes is None:
                raise BadRequest("code_wrong")
            await forget_attempt(session, attempt)
            record(session, visit.doer, "totp.codes", now)
    except (BadRequest, TooMany) as error:
        return await account_page(request, visit, error=error, at="codes")
    return render("account/recovery.html", visit=visit, codes=codes, first=False)


@staff_only("account")
async def stop(request: Request, visit: Visit) -> HTTPResponse:
    """Turn it off, with the password (for whoever has one) and a code."""
    context = context_of(request)
    now = context.clock.now()
    try:
        if visit.staff.password_hash:
            await check_own_password(request, visit, form_value(request, "password"))
        address = client_address(request)
        attempt = await begin_attempt(context.database, code_of(visit.staff.id), address, now)
        async with context.database.write() as session:
            staff = await account_of(session, visit.commune.id, visit.staff.id, lock=True)
            _spend(staff, form_value(request, "code"), request)
            turn_off(staff)
            await forget_attempt(session, attempt)
            record(session, visit.doer, "totp.off", now)
    except (BadRequest, TooMany) as error:
        return await account_page(request, visit, error=error, at="factor")
    return redirect(f"{HOME}?fait=factor", status=303)


def _spend(staff: Staff, code: str, request: Request) -> None:
    """Raises BadRequest for a bad code, unless a double click has turned it off already."""
    if staff.totp_on and use_code(staff, code, context_of(request).clock.now()) is None:
        raise BadRequest("code_wrong")


def _setup_page(visit: Visit, error: DeskError | None = None) -> HTTPResponse:
    secret = visit.staff.totp_secret
    if visit.staff.totp_on or not secret:
        return redirect(HOME, status=303)
    address = address_of(secret, visit.staff.email, visit.commune.settings.name)
    return render(
        "account/factor.html", status=int(error.status) if error else 200, visit=visit,
        picture=picture_of(address), key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        error=sentence(load_texts(), error) if error else "",
    )  # fmt: skip
