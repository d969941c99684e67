"""The desk's own door to Rasa: idempotent, never silent, never logging a citizen's words."""

import logging
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.serving.install import install

logger = logging.getLogger(__name__)
MESSAGE_ID = "message_id"


class DeskInput(InputChannel):
    """``POST /webhooks/desk/webhook`` with ``{"sender", "message", "metadata": {"message_id"}}``."""

    @classmethod
    def name(cls) -> Text:
        return "desk"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        install()  # Rasa sets its channels up before it loads the model
        desk = Blueprint("desk_webhook", __name__)

        @desk.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            return response.json({"status": "ok", "model": bool(agent and agent.is_ready())})

        @desk.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            body = request.json or {}
            sender, text = body.get("sender"), body.get("message")
            if not sender or not isinstance(text, str):
                return _error(400, "bad_request")
            metadata = body.get("metadata") or {}
            try:
                said = await _said_before(request, sender, metadata.get(MESSAGE_ID))
                if not said:
                    output = CollectingOutputChannel()
                    message = UserMessage(text, output, sender, input_channel=self.name(), metadata=metadata)
                    await on_new_message(message)
                    said = output.messages
            except Exception as error:  # whatever it is, the desk must hear of it
                logger.error("desk_message_failed: %s", type(error).__name__)
                return _error(500, "failed")
            return response.json(said) if said else _error(500, "silent")

        return desk


async def _said_before(request: Request, sender: Text, message_id: Optional[Text]) -> List[Dict[str, Any]]:
    """What was already replied to this very message, when the desk asks again after a crash."""
    if not message_id:
        return []
    tracker = await request.app.ctx.agent.tracker_store.retrieve(sender)
    return replies_to(tracker, message_id) if tracker else []


def replies_to(tracker: DialogueStateTracker, message_id: Text) -> List[Dict[str, Any]]:
    """The bot's messages after the last user message, if that one is ``message_id``; else nothing."""
    said: List[Dict[str, Any]] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            same = (event.metadata or {}).get(MESSAGE_ID) == message_id
            return list(reversed(said)) if same else []
        if isinstance(event, BotUttered):
            said.append(_as_message(tracker.sender_id, event))
    return []


def _as_message(sender: Text, event: BotUttered) -> Dict[str, Any]:
    custom = (event.data or {}).get("custom")
    body: Dict[str, Any] = {"custom": custom} if custom else {"text": event.text}
    return {"recipient_id": sender, **body}


def _error(status: int, code: Text) -> HTTPResponse:
    return response.json({"error": {"code": code}}, status=status)
