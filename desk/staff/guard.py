"""Who may open a staff page, and proof that a form was sent from it."""

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import quote

from sanic import HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import context_of
from desk.communes.registry import Commune
from desk.errors import Forbidden
from desk.staff.accounts import find_session
from desk.staff.models import Staff

COOKIE = "beffroi_staff"
LOGIN = "/staff/login"


@dataclass(frozen=True)
class Visit:
    """A member of staff at work: the account, its commune, the page's form key."""

    staff: Staff
    commune: Commune
    csrf: str


Page = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]


def staff_only(page: Page) -> Page:
    """Open ``page`` to logged-in staff, passing the Visit; others go to the log-in page.

    A POST must carry its session's form key. Raises Forbidden otherwise.
    """

    @wraps(page)
    async def guarded(request: Request, *args: object, **kwargs: object) -> HTTPResponse | None:
        visit = await visit_of(request)
        if visit is None:
            return redirect(f"{LOGIN}?suite={quote(request.path)}", status=303)
        if request.method == "POST" and not same_key(form_value(request, "csrf"), visit.csrf):
            raise Forbidden("csrf")
        return await page(request, visit, *args, **kwargs)

    return guarded


async def visit_of(request: Request) -> Visit | None:
    """The visit the cookie stands for, None without a good one."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    context = context_of(request)
    async with context.database.read() as session:
        found = await find_session(session, token, context.clock.now())
    if found is None:
        return None
    staff, staff_session = found
    commune = context.communes.get(staff.commune)
    return Visit(staff, commune, staff_session.csrf) if commune else None


def form_value(request: Request, name: str) -> str:
    """A field of the form, empty when missing. A NUL, which PostgreSQL cannot compare, is left out."""
    values = request.form.getlist(name) if request.form else None
    return str(values[0]).replace("\x00", "") if values else ""


def same_key(given: str, expected: str) -> bool:
    """Compared in constant time."""
    return bool(given) and hmac.compare_digest(given.encode(), expected.encode())
