"""The last step of every way in: the session is opened, journaled, and its cookie given."""

from sanic import HTTPResponse, Request
from sanic.response import redirect
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import client_address, context_of
from desk.journal.record import Doer, record
from desk.staff.browsers import browser_name
from desk.staff.guard import COOKIE
from desk.staff.models import Staff
from desk.staff.roles import first_page
from desk.staff.sessions import Device, open_session

LOGIN_COOKIE = "beffroi_login"
LOGIN_PATH = "/staff/login"


async def admit(request: Request, session: AsyncSession, staff: Staff, how: str = "password") -> str:
    """Open a session for ``staff`` in the caller's transaction; what ``welcome`` takes.

    ``how``: password, code, recovery, invitation or oidc.
    """
    context = context_of(request)
    now = context.clock.now()
    device = Device(browser_name(request.headers.get("user-agent", "")), client_address(request))
    record(session, doer_of(staff), "login", now, how=how)
    return await open_session(session, staff, context.settings.session_hours, now, device)


def welcome(request: Request, staff: Staff, token: str, suite: str = "") -> HTTPResponse:
    """On to the page that was wanted, with the cookie."""
    response = redirect(next_page(suite, staff), status=303)
    set_cookie(request, response, COOKIE, token, context_of(request).settings.session_hours * 3600)
    response.delete_cookie(LOGIN_COOKIE, path="/staff")
    return response


def doer_of(staff: Staff) -> Doer:
    """The person, for the journal, before there is a visit."""
    return Doer(staff.commune, staff.email, staff.id)


def next_page(suite: str, staff: Staff) -> str:
    """Only a staff page of this very site may follow a log-in."""
    inside = suite.startswith("/staff/") and "//" not in suite and "\\" not in suite
    home = first_page(staff.role)
    away = suite == "/staff/" or suite.startswith(("/staff/log", "/staff/oidc"))
    return suite if inside and not away else home


def set_cookie(request: Request, response: HTTPResponse, name: str, value: str, seconds: int,
               path: str = "/staff") -> None:  # fmt: skip
    """A cookie that scripts and other sites do not see, for the staff pages only."""
    secure = context_of(request).settings.secure_cookies
    response.add_cookie(name, value, path=path, httponly=True, samesite="Lax", secure=secure,
                        max_age=seconds)  # fmt: skip
