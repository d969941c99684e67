"""Who may open a staff page, and proof that a form was sent from it."""

import hmac
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from sanic import HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import context_of
from desk.communes.registry import Commune
from desk.conversations.channel_models import ChannelPage
from desk.conversations.channel_pages import troubled_pages
from desk.errors import Forbidden
from desk.journal.record import Doer
from desk.staff.models import Staff
from desk.staff.roles import Action, first_page, may, sees_every_ticket
from desk.staff.sessions import find_session
from desk.tickets.access import Reach

COOKIE = "beffroi_staff"
LOGIN = "/staff/login"


@dataclass(frozen=True)
class Visit:
    """A member of staff at work: the account, its commune, the page's form key, the session's id.

    ``troubled``: the Pages that cannot send as they should, for those who may mend them.
    """

    staff: Staff
    commune: Commune
    csrf: str
    session_id: str
    troubled: Sequence[ChannelPage] = ()

    def may(self, action: Action) -> bool:
        """Whether the person's role allows it."""
        return may(self.staff.role, action)

    @property
    def home(self) -> str:
        """Where the person starts."""
        return first_page(self.staff.role)

    @property
    def reach(self) -> Reach:
        """The tickets this person may open."""
        everything = sees_every_ticket(self.staff.role)
        return Reach(self.commune.id, None if everything else tuple(self.staff.services))

    @property
    def doer(self) -> Doer:
        """The person, for the journal."""
        return Doer(self.commune.id, self.staff.email, self.staff.id)


Page = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]


def staff_only(action: Action) -> Callable[[Page], Page]:
    """Open a page to logged-in staff whose role has ``action``, passing the Visit; others log in first.

    A POST must carry its session's form key. Raises Forbidden otherwise. The page remembers its action,
    so that a test can compare every route with the table of roles.
    """

    def guard(page: Page) -> Page:
        @wraps(page)
        async def guarded(request: Request, *args: object, **kwargs: object) -> HTTPResponse | None:
            visit = await visit_of(request)
            if visit is None:
                return redirect(f"{LOGIN}?suite={quote(_page_of(request))}", status=303)
            if not visit.may(action):
                raise Forbidden()
            if request.method == "POST" and not same_key(_key_given(request), visit.csrf):
                raise Forbidden("csrf")
            return await page(request, visit, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return guard


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
        if commune is None:
            return None
        mends = may(staff.role, "mend") and commune.settings.messenger.pages
        troubled = await troubled_pages(session, commune.id) if mends else ()
    return Visit(staff, commune, staff_session.csrf, staff_session.id, troubled)


def form_value(request: Request, name: str) -> str:
    """A field of the form, empty when missing. A NUL, which PostgreSQL cannot compare, is left out."""
    values = request.form.getlist(name) if request.form else None
    return clean(values[0]) if values else ""


def form_text(request: Request, name: str) -> str:
    """What was written in a text area; browsers send each end of line as two characters."""
    return form_value(request, name).replace("\r\n", "\n")


def form_values(request: Request, name: str) -> list[str]:
    """Every value of a field, such as boxes that are ticked."""
    values = request.form.getlist(name) if request.form else None
    return [clean(value) for value in values or []]


def clean(value: object) -> str:
    """Text that both databases store: without NUL, without half a character."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def same_key(given: str, expected: str) -> bool:
    """Compared in constant time."""
    return bool(given) and hmac.compare_digest(given.encode(), expected.encode())


def _page_of(request: Request) -> str:
    """Where to come back to after logging in: the page asked for, or the one the form was sent from."""
    if request.method != "POST":
        return request.path
    sent_from = urlsplit(str(request.headers.get("referer", "")))
    return sent_from.path if sent_from.netloc == request.host else ""


def _key_given(request: Request) -> str:
    return form_value(request, "csrf") or str(request.headers.get("x-csrf", ""))
