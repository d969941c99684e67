"""The live socket: ``WS /v1/conversations/{id}/live``."""

import asyncio
import json
from typing import Any

from sanic import Request, Websocket
from sanic.exceptions import WebsocketClosed

from desk.app_context import context_of
from desk.channels.web.access import conversation_for
from desk.channels.web.routes import web
from desk.conversations.hub import conversation_subject
from desk.conversations.view import PAGE, message_view, messages_after
from desk.errors import DeskError, NotFound

HELLO_SECONDS = 10
REFRESH_SECONDS = 25
"""How often an idle socket looks at the database, in case a notice was lost between processes."""

CLOSE_UNAUTHORIZED = 4401
CLOSE_GONE = 4404


@web.websocket("/<conversation_id:str>/live")  # type: ignore[untyped-decorator]
async def live(request: Request, socket: Websocket, conversation_id: str) -> None:
    """Frames: hello (client), ready, message, typing (server). Closes 4401 or 4404 when refused."""
    hello = await _hello(socket)
    if hello is None:
        await socket.close(CLOSE_UNAUTHORIZED)
        return
    try:
        conversation = await conversation_for(request, conversation_id, str(hello.get("token", "")))
    except NotFound:
        await socket.close(CLOSE_GONE)
    except DeskError:
        await socket.close(CLOSE_UNAUTHORIZED)
    else:
        await _follow(request, socket, conversation.id, _number(hello.get("after")))


async def _hello(socket: Websocket) -> dict[str, Any] | None:
    try:
        frame = json.loads(await socket.recv(timeout=HELLO_SECONDS) or "null")
    except (ValueError, TypeError):
        return None
    return frame if isinstance(frame, dict) and frame.get("type") == "hello" else None


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


async def _follow(request: Request, socket: Websocket, conversation_id: str, after: int) -> None:
    context = context_of(request)
    with context.hub.watch(conversation_subject(conversation_id)) as notices:
        reader = asyncio.create_task(_drain(socket))
        try:
            after = await _catch_up(request, socket, conversation_id, after)
            await _send(socket, {"type": "ready"})
            while not reader.done():
                notice = await _next(notices, reader)
                if notice and notice["kind"] == "typing":
                    if not notices.empty():
                        continue  # something was said since: nobody is typing any more
                    await _send(socket, {"type": "typing", "on": notice["on"], "author": notice["author"]})
                elif not reader.done():
                    after = await _catch_up(request, socket, conversation_id, after)
        except WebsocketClosed:
            pass
        finally:
            reader.cancel()


async def _next(notices: asyncio.Queue[dict[str, Any]], reader: asyncio.Task[None]) -> dict[str, Any] | None:
    """The next notice; None after a quiet while or when the page has gone."""
    waiting = asyncio.create_task(notices.get())
    try:
        await asyncio.wait({waiting, reader}, timeout=REFRESH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        waiting.cancel()  # also when the desk stops meanwhile


async def _catch_up(request: Request, socket: Websocket, conversation_id: str, after: int) -> int:
    """Send what the page does not have; the number of the last message it now has."""
    while True:
        async with context_of(request).database.read() as session:
            messages = await messages_after(session, conversation_id, after)
        for message in messages:
            await _send(socket, {"type": "message", "message": message_view(message)})
            after = message.seq
        if len(messages) < PAGE:
            return after


async def _drain(socket: Websocket) -> None:
    """Read and ignore until the page closes: messages are sent by POST."""
    while True:
        if await socket.recv() is None:
            return


async def _send(socket: Websocket, frame: dict[str, Any]) -> None:
    await socket.send(json.dumps(frame, ensure_ascii=False))
