"""A webhook compatible with Rasa's REST channel, for other servers: synchronous, behind a key."""

import asyncio
import hmac
import time

from pydantic import BaseModel, Field
from sanic import Blueprint, HTTPResponse, Request, json
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from desk.app_context import Context, context_of
from desk.assistant.payloads import payload_in
from desk.channels.web.routes import parse
from desk.channels.web.schemas import Button, Plain
from desk.communes.registry import Commune
from desk.conversations.errors import check_text
from desk.conversations.hub import conversation_subject
from desk.conversations.inbound import InboundMessage, conversation_of, open_conversation
from desk.conversations.models import Conversation, Message
from desk.conversations.view import external_id_for
from desk.errors import Unauthorized, Unavailable
from desk.ids import new_id

CHANNEL = "rest"
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
    conversation = await _conversation(context, context.commune(body.commune), body.sender)
    key = external_id_for(conversation.id, body.message_id or new_id())
    with context.hub.watch(conversation_subject(conversation.id)) as notices:
        inbound = InboundMessage(key, text, payload_in(text))  # as Rasa's clients send a click
        message = await request.app.ctx.reception.receive(conversation, inbound)
        await _answered(context, message, notices)
    async with context.database.read() as session:
        replies = await session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation.id, Message.in_reply_to == message.id)
            .order_by(Message.seq)
        )
        return json([_view(reply, body.sender) for reply in replies])


def _check_key(request: Request, context: Context) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    given = given or request.args.get("token", "")  # as Rasa's own --auth-token
    if not hmac.compare_digest(given.encode(), context.rest_key.encode()):
        raise Unauthorized("bad_key")


async def _conversation(context: Context, commune: Commune, sender: str) -> Conversation:
    async with context.database.read() as session:
        found = await conversation_of(session, commune.id, CHANNEL, sender)
    if found is not None:
        return found
    try:
        async with context.database.write() as session:
            return await open_conversation(
                session, commune.id, CHANNEL, context.clock.now(), external_id=sender
            )
    except IntegrityError:  # the same sender's first two messages at once
        async with context.database.read() as session:
            found = await conversation_of(session, commune.id, CHANNEL, sender)
        if found is None:
            raise
        return found


async def _answered(context: Context, message: Message, notices: asyncio.Queue[dict[str, object]]) -> None:
    """Wait until the message is dealt with. Raises Unavailable after the time allowed."""
    deadline = time.monotonic() + context.settings.rest_timeout
    while True:
        async with context.database.read() as session:
            done = await session.scalar(select(Message.answered_at).where(Message.id == message.id))
        if done is not None:
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unavailable("no_reply_yet")
        try:
            await asyncio.wait_for(notices.get(), min(left, 1.0))
        except TimeoutError:
            continue


def _view(message: Message, sender: str) -> dict[str, object]:
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
