"""Meta's webhook, ``/webhooks/messenger``: it proves itself once, then sends what happens on the Pages."""

import hmac
import re
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, text

from desk.app_context import App, context_of
from desk.channels.messenger.config import Pages
from desk.channels.messenger.counting import Tally
from desk.channels.messenger.inbox import Inbox
from desk.channels.messenger.lateness import Lateness
from desk.channels.messenger.office import Office
from desk.channels.messenger.signature import HEADER, is_signed
from desk.channels.reception import Reception
from desk.errors import Forbidden, NotFound, TooLarge

LONGEST_BODY = 4 * 1024 * 1024
"""Meta sends what piled up in one body; one that is refused for its size would come again for ever."""

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,128}")
messenger = Blueprint("messenger", url_prefix="/webhooks/messenger")


@messenger.before_server_start
async def prepare(app: App) -> None:
    """Make what takes the events. Raises SettingsError for Pages that cannot be told apart."""
    context, app.ctx.messenger_tally = context_of(app), Tally()
    settings, communes = context.settings, context.communes
    reception = Reception(context.database, context.hub, context.clock, context.roster)
    office = Office(context.database, context.hub, context.clock, reception, settings.messenger_app_id)
    pages, tally = Pages(settings, communes), app.ctx.messenger_tally
    app.ctx.messenger_lateness = Lateness(context.clock.now())
    app.ctx.messenger_inbox = Inbox(
        office, pages, communes, tally, app.ctx.messenger_lateness, context.roster
    )


@messenger.get("/")
async def verify(request: Request) -> HTTPResponse:
    """Give back the challenge to who knows the verify token. Raises Forbidden."""
    expected = context_of(request).settings.messenger_verify_token.get_secret_value()
    given, challenge = (str(request.args.get(f"hub.{name}", "")) for name in ("verify_token", "challenge"))
    is_known = hmac.compare_digest(given.encode(), expected.encode()) and bool(expected)
    if request.args.get("hub.mode") != "subscribe" or not is_known or not _CHALLENGE.fullmatch(challenge):
        raise Forbidden("bad_verify_token")
    return text(challenge)


@messenger.post("/", stream=True)
async def take(request: Request) -> HTTPResponse:
    """200 once everything is stored. Raises NotFound without Messenger, Forbidden, BadRequest."""
    body = await _body_of(request)
    secret = context_of(request).settings.messenger_app_secret.get_secret_value()
    if not secret:
        raise NotFound()
    if not is_signed(secret, body, str(request.headers.get(HEADER, ""))):
        request.app.ctx.messenger_tally.add("webhook", "bad_signature")
        raise Forbidden("bad_signature")
    await request.app.ctx.messenger_inbox.take(body)
    return text("EVENT_RECEIVED")


async def _body_of(request: Request) -> bytes:
    """The bytes as they came. Raises TooLarge."""
    coming: Any = request.stream
    coming.request_max_size = 2 * LONGEST_BODY  # the application's own limit is for JSON
    data = bytearray()
    while chunk := await coming.read():
        if len(data) <= LONGEST_BODY:
            data += chunk
    if len(data) > LONGEST_BODY:
        raise TooLarge(limit=LONGEST_BODY)
    return bytes(data)
