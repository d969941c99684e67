"""The widget's HTTP interface, ``/v1/conversations``."""

from typing import Any

from pydantic import BaseModel, ValidationError
from sanic import Blueprint, HTTPResponse, Request, json
from sqlalchemy import update

from desk.app_context import App, client_address, context_of
from desk.channels.reception import Reception
from desk.channels.throttle import Throttle
from desk.channels.web.access import bearer, conversation_for
from desk.channels.web.schemas import Feedback, NewConversation, NewMessage
from desk.conversations.attachments import MAX_BYTES, store_attachment
from desk.conversations.errors import check_text
from desk.conversations.inbound import InboundMessage, Thread, open_conversation
from desk.conversations.models import Message
from desk.conversations.view import message_view, messages_after
from desk.errors import BadRequest, NotFound
from desk.ids import new_token

CHANNEL = "web"
LONGEST_UPLOAD = 8 * MAX_BYTES
MAX_SEQ = 2**31 - 1  # of the column; PostgreSQL refuses to compare it with more
web = Blueprint("web", url_prefix="/v1/conversations")


def parse[Schema: BaseModel](request: Request, schema: type[Schema]) -> Schema:
    """The request's JSON body. Raises BadRequest naming the first wrong field."""
    try:
        return schema.model_validate_json(request.body or b"{}")
    except ValidationError as error:
        raise BadRequest(field=".".join(str(part) for part in error.errors()[0]["loc"])) from error


@web.before_server_start
async def prepare(app: App) -> None:
    """Make the parts the routes share; limits come from the settings."""
    context = context_of(app)
    app.ctx.reception = Reception(context.database, context.hub, context.clock, context.roster)
    app.ctx.openings = Throttle(context.settings.conversations_per_minute)
    app.ctx.sendings = Throttle(context.settings.messages_per_minute)


@web.post("/")
async def create(request: Request) -> HTTPResponse:
    """Open a conversation; the token in the reply is its only key."""
    context, body = context_of(request), parse(request, NewConversation)
    now = context.clock.now()
    request.app.ctx.openings.check(client_address(request), now)
    commune, token = context.commune(body.commune), new_token()
    async with context.database.write() as session:
        conversation = await open_conversation(session, commune.id, CHANNEL, now, token=token)
        await request.app.ctx.reception.welcome(session, conversation, commune)
        messages = await messages_after(session, conversation.id, 0)
        view = [message_view(message) for message in messages]
    return json({"id": conversation.id, "token": token, "messages": view}, status=201)


@web.post("/<conversation_id:str>/messages")
async def send(request: Request, conversation_id: str) -> HTTPResponse:
    """Store a message; the reply follows on the live socket or the next reading."""
    conversation = await conversation_for(request, conversation_id, bearer(request))
    context, body = context_of(request), parse(request, NewMessage)
    text = "" if body.attachments and not body.text.strip() else check_text(body.text)
    request.app.ctx.sendings.check(conversation.id, context.clock.now())
    inbound = InboundMessage(
        body.client_id, text, body.payload, scoped=True, attachments=tuple(body.attachments)
    )
    thread = Thread(conversation.id, conversation.commune, conversation.channel)
    arrival = await request.app.ctx.reception.receive(thread, inbound)
    return json({"id": arrival.message_id}, status=202)


@web.get("/<conversation_id:str>/messages")
async def read(request: Request, conversation_id: str) -> HTTPResponse:
    """The messages after number ``after``, at most 200; ask again from the last one for more."""
    conversation = await conversation_for(request, conversation_id, bearer(request))
    try:
        after = int(request.args.get("after", "0"))
    except ValueError as error:
        raise BadRequest(field="after") from error
    async with context_of(request).database.read() as session:
        messages = await messages_after(session, conversation.id, min(max(after, 0), MAX_SEQ))
    return json([message_view(message) for message in messages])


@web.post("/<conversation_id:str>/attachments", stream=True)
async def attach(request: Request, conversation_id: str) -> HTTPResponse:
    """Keep a photo or document, the body of the request, for the message that is sent next."""
    conversation = await conversation_for(request, conversation_id, bearer(request))
    context = context_of(request)
    request.app.ctx.sendings.check(conversation.id, context.clock.now())
    data = await _file_of(request)
    async with context.database.write() as session:
        kept = await store_attachment(
            session, conversation, str(request.args.get("name", "")), data, context.clock.now()
        )
        view = {"id": kept.id, "name": kept.name, "media_type": kept.media_type, "size": kept.size}
    return json(view, status=201)


async def _file_of(request: Request) -> bytes:
    """The body. One that is too large is read to its end, so that the refusal reaches whoever sends it."""
    coming: Any = request.stream
    coming.request_max_size = LONGEST_UPLOAD  # the application's own limit is for JSON
    data = bytearray()
    while chunk := await coming.read():
        if len(data) <= MAX_BYTES:
            data += chunk
    return bytes(data)


@web.post("/<conversation_id:str>/messages/<seq:int>/feedback")
async def rate(request: Request, conversation_id: str, seq: int) -> HTTPResponse:
    """Say whether an answer was useful; only answers can be rated, and a change of mind counts."""
    conversation = await conversation_for(request, conversation_id, bearer(request))
    body = parse(request, Feedback)
    if seq > MAX_SEQ:
        raise NotFound()
    async with context_of(request).database.write() as session:
        rated = await session.scalar(
            update(Message)
            .where(Message.conversation_id == conversation.id, Message.seq == seq,
                   Message.outcome == "answered")
            .values(useful=body.useful).returning(Message.id)
        )  # fmt: skip
        if rated is None:
            raise NotFound()
    return HTTPResponse(status=204)
