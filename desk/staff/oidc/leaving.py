"""Logging out of the identity provider too."""

from urllib.parse import urlencode

from sanic import HTTPResponse, Request

from desk.app_context import context_of
from desk.ids import new_token
from desk.staff.entry import set_cookie
from desk.staff.oidc.errors import OidcFailure
from desk.staff.oidc.provider import Provider
from desk.staff.pages import render

COOKIE, PATH = "beffroi_identity", "/staff/logout"
LONGEST = 3500
"""Bytes of a token that a cookie holds; with a longer one, leaving the desk leaves the desk only."""


def remember(request: Request, response: HTTPResponse, id_token: str) -> None:
    """Keep the token in the browser, for the log-out page alone."""
    if len(id_token) <= LONGEST:
        hours = context_of(request).settings.session_hours
        set_cookie(request, response, COOKIE, id_token, hours * 3600, PATH)


async def leave(request: Request) -> HTTPResponse | None:
    """A page that goes on to the provider's log-out, None for whoever did not come from there.

    A page and not a redirect: browsers let a form lead only where ``form-action`` says, redirects included.
    """
    settings, token = context_of(request).settings, request.cookies.get(COOKIE)
    if not settings.oidc_issuer or not token:
        return None
    try:
        description = await Provider(settings).describe()
    except OidcFailure:
        return None
    end = description.get("end_session_endpoint")
    if not isinstance(end, str) or not end:
        return None
    query = urlencode({"id_token_hint": token, "state": new_token(),
                       "post_logout_redirect_uri": f"{settings.site}/staff/login"})  # fmt: skip
    address = f"{end}{'&' if '?' in end else '?'}{query}"
    response = render("left.html", address=address, service=settings.oidc_label)
    response.headers["refresh"] = f"0;url={address}"
    response.delete_cookie(COOKIE, path=PATH)
    return response
