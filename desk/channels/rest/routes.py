"""A webhook compatible with Rasa's REST channel, for other servers: synchronous, behind a key."""

import asyncio
import hmac
import time
from collections.abc import Sequence
from contextlib import suppress

from pydantic import BaseModel, Field
from sanic import Blueprint, HTTPResponse, Request, json
from sqlalchemy import select

from desk.app_context import Context, context_of
from desk.assistant.payloads import payload_in
from desk.channels.web.routes import parse
from desk.channels.web.schemas import Button, Plain
from desk.conversations.errors import check_text
from desk.conversations.hub import Notice, answered_subject, conversation_subject
from desk.conversations.inbound import Arrival, InboundMessage, Sender
from desk.conversations.models import Message
from desk.conversations.outbound import Reply
from desk.errors import Unauthorized, Unavailable
from desk.ids import new_id

CHANNEL = "rest"
LOOK_SECONDS = 1.0
rest = Blueprint("rest", url_prefix="/webhooks/rest")


class RestMessage(BaseModel):
    """What Rasa's REST channel takes; ``message_id`` makes a retry harmless."""

    sender: Plain = Field(min_length=1, max_length=200)
    message: str
    message_id: Plain | None = Field(default=None, max_length=100)
    commune: str | None = None


class RestReply(BaseModel):
    """What Rasa's REST channel gives, and what the citizen got."""

    recipient_id: str
    text: str
    outcome: str
    topic: str | None
    ticket: str | None
    buttons: list[Button] | None = None


@rest.post("/webhook")
async def webhook(request: Request) -> HTTPResponse:
    """Store, wait for the replies, return them; 503 when none came in time (nothing is lost)."""
    context = context_of(request)
    _check_key(request, context)
    body = parse(request, RestMessage)
    text = check_text(body.message)
    whose = Sender(context.commune(body.commune).id, CHANNEL, body.sender)
    inbound = InboundMessage(body.message_id or new_id(), text, payload_in(text), scoped=True)
    arrival = await request.app.ctx.reception.receive(whose, inbound)
    subjects = answered_subject(arrival.message_id), conversation_subject(arrival.conversation_id)
    with context.hub.watch(*subjects) as notices:
        replies = await _replies(context, arrival, notices)
    return json([_view(reply, body.sender) for reply in replies])


def _check_key(request: Request, context: Context) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    given = given or request.args.get("token", "")  # as Rasa's own --auth-token
    if not hmac.compare_digest(given.encode(), context.rest_key.encode()):
        raise Unauthorized("bad_key")


async def _replies(
    context: Context, arrival: Arrival, notices: asyncio.Queue[Notice]
) -> Sequence[Reply | Message]:
    """What was said to the message, once it is dealt with. Raises Unavailable after the time allowed.

    Usually a worker of this process tells them. The database is looked at for a message that came
    before, when another process writes in the conversation, and now and then.
    """
    deadline = time.monotonic() + context.settings.rest_timeout
    stored = None if arrival.is_new else await _stored_replies(context, arrival)
    while stored is None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unavailable("no_reply_yet")
        notice: Notice = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_SECONDS)):
                notice = await notices.get()
        if "replies" in notice:
            told: Sequence[Reply] = notice["replies"]
            return told
        if not notice or "afar" in notice:
            stored = await _stored_replies(context, arrival)
    return stored


async def _stored_replies(context: Context, arrival: Arrival) -> list[Message] | None:
    """The replies as they are stored, None while the message is not dealt with."""
    async with context.database.read() as session:
        if await session.scalar(select(Message.answered_at).where(Message.id == arrival.message_id)) is None:
            return None
        replies = await session.scalars(
            select(Message)
            .where(Message.conversation_id == arrival.conversation_id,
                   Message.in_reply_to == arrival.message_id)
            .order_by(Message.seq)
        )  # fmt: skip
        return list(replies)


def _view(message: Reply | Message, sender: str) -> dict[str, object]:
    """A ``RestReply``, without the buttons when there are none, as Rasa does."""
    view: dict[str, object] = {
        "recipient_id": sender,
        "text": message.text,
        "outcome": message.outcome,
        "topic": message.topic,
        "ticket": message.ticket,
    }
    if message.buttons:
        view["buttons"] = message.buttons
    return view
