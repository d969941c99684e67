"""The port's adapter to a Rasa server, reached over loopback HTTP."""

import json

from pydantic import ValidationError

from desk.assistant.acts import ACT, Act, TextAct
from desk.assistant.connections import Connections
from desk.assistant.payloads import to_rasa
from desk.assistant.port import AssistantUnavailable, Heard
from desk.log import get_logger

PATH = "/webhooks/desk/webhook"
READY_SECONDS = 2.0


class RasaAssistant:
    """Asks Rasa through its desk channel; every failure becomes AssistantUnavailable."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._connections = Connections(base_url)
        self._timeout = timeout

    async def reply(self, heard: Heard) -> list[Act]:
        body = {
            "sender": heard.conversation_id,
            "message": to_rasa(heard.text, heard.payload),
            "metadata": {"message_id": heard.message_id},
        }
        try:
            return _parse(json.loads(await self._connections.ask(PATH, _json(body), within=self._timeout)))
        except (OSError, ValueError) as error:  # a time that is up is an OSError
            get_logger().warning("assistant_unavailable", conversation_id=heard.conversation_id,
                                 error=type(error).__name__)  # fmt: skip
            raise AssistantUnavailable(type(error).__name__) from error

    async def ready(self) -> bool:
        try:
            said = json.loads(await self._connections.ask("/webhooks/desk/", within=READY_SECONDS))
            return isinstance(said, dict) and bool(said.get("model"))
        except (OSError, ValueError):
            return False

    async def close(self) -> None:
        self._connections.close()


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _parse(body: object) -> list[Act]:
    """The acts in a Rasa reply. Raises ValueError when there is none the desk can carry out."""
    if not isinstance(body, list):
        raise ValueError("the reply is not a list")
    acts: list[Act] = []
    for item in body:
        if isinstance(item, dict) and isinstance(item.get("custom"), dict):
            try:
                acts.append(ACT.validate_python(item["custom"]))
            except ValidationError:
                get_logger().warning("act_unknown", act=str(item["custom"].get("act"))[:40])
        elif isinstance(item, dict) and item.get("text"):
            acts.append(TextAct(text=str(item["text"])))
    if not acts:
        raise ValueError("the reply holds no act")
    return acts
