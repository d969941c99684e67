"""Logging in through the identity provider: there, and back."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import context_of
from desk.errors import Conflict, NotFound
from desk.log import get_logger
from desk.staff.entry import admit, set_cookie, welcome
from desk.staff.guard import clean, same_key
from desk.staff.login import code_form, login_form
from desk.staff.models import Staff
from desk.staff.oidc.claims import Expected, Identity, check_id_token, identity_of, read_keys, read_person
from desk.staff.oidc.errors import OidcFailure
from desk.staff.oidc.leaving import remember
from desk.staff.oidc.matching import person_of
from desk.staff.oidc.provider import Provider
from desk.staff.oidc.secrets import Secrets, draw_secrets, read_secrets

COOKIE, PATH = "beffroi_oidc", "/staff/oidc"
LASTS = 600  # seconds to log in over there


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(start, "/oidc/start", methods=["GET"], name="oidc_start")
    pages.add_route(callback, "/oidc/callback", methods=["GET"], name="oidc_callback")


async def start(request: Request) -> HTTPResponse:
    """Off to the provider, with what will prove that the way back is this browser's."""
    provider = _provider(request)
    secrets = draw_secrets(clean(request.args.get("suite", "")))
    try:
        address = provider.address(await provider.describe(), secrets)
    except OidcFailure as failure:
        return _failed(request, failure, secrets.suite)
    response = redirect(address, status=303)
    set_cookie(request, response, COOKIE, secrets.written(), LASTS, PATH)
    return response


async def callback(request: Request) -> HTTPResponse:
    """Back from the provider: who is it, and do they have an account?"""
    provider, suite = _provider(request), ""
    try:
        secrets = _secrets(request)
        suite = secrets.suite
        identity, id_token = await _identity(request, provider, secrets)
        response = await _come_in(request, identity, suite)
    except OidcFailure as failure:
        response = _failed(request, failure, suite)
    else:
        remember(request, response, id_token)
    response.delete_cookie(COOKIE, path=PATH)  # it serves once
    return response


def _provider(request: Request) -> Provider:
    """Raises NotFound where there is none."""
    settings = context_of(request).settings
    if not settings.oidc_issuer:
        raise NotFound()
    return Provider(settings)


def _secrets(request: Request) -> Secrets:
    """What this browser began with. Raises OidcFailure when it began nothing, or something else."""
    secrets = read_secrets(request.cookies.get(COOKIE) or "")
    if secrets is None or not same_key(clean(request.args.get("state", "")), secrets.state):
        raise OidcFailure("failed", "state")
    return secrets


async def _identity(request: Request, provider: Provider, secrets: Secrets) -> tuple[Identity, str]:
    """Who logged in over there, and the token that says so."""
    context = context_of(request)
    code = clean(request.args.get("code", ""))
    if not code or request.args.get("error"):
        raise OidcFailure("failed", "no code")
    description = await provider.describe()
    tokens = await provider.tokens(description, code, secrets)
    keys = read_keys(await provider.keys(description))
    expected = Expected(provider.issuer, provider.client_id, secrets.nonce, context.clock.now())
    claims = check_id_token(tokens.id_token, keys, tokens.access_token, expected)
    answer = await provider.person(description, tokens.access_token)
    person = claims if answer is None else read_person(
        answer.text, answer.headers.get("content-type", ""), keys, expected,
        signed_only=provider.is_proconnect,
    )  # fmt: skip
    identity = identity_of(claims, person)
    if provider.is_proconnect and identity.siret != context.settings.oidc_siret:
        raise OidcFailure("organisation")
    return identity, tokens.id_token


async def _come_in(request: Request, identity: Identity, suite: str) -> HTTPResponse:
    """Whoever turned on the second factor is asked for it, however they come.

    ProConnect too: the level asked there, eidas1, may be a mere password.
    """
    context, opened = context_of(request), None
    staff: Staff
    try:
        async with context.database.write() as session:
            staff = await person_of(session, identity, context.clock.now())
            if not staff.totp_on:
                opened = await admit(request, session, staff, "oidc")
    except Conflict as error:  # the invited address got an account at this very moment
        raise OidcFailure("failed", error.code) from error
    return welcome(request, staff, opened, suite) if opened else code_form(request, staff, suite)


def _failed(request: Request, failure: OidcFailure, suite: str) -> HTTPResponse:
    """The log-in page again, which says why; the page that was wanted is not lost."""
    get_logger().warning("oidc_failed", why=failure.why, hint=failure.hint)
    return login_form(request, suite=suite, error=failure.why, status=int(failure.status))
