"""The port's adapter to a Rasa server, reached over loopback HTTP."""

import httpx
from pydantic import ValidationError

from desk.assistant.acts import ACT, Act, TextAct
from desk.assistant.payloads import to_rasa
from desk.assistant.port import AssistantUnavailable, Heard
from desk.log import get_logger

PATH = "/webhooks/desk/webhook"


class RasaAssistant:
    """Asks Rasa through its desk channel; every failure becomes AssistantUnavailable."""

    def __init__(self, base_url: str, timeout: float) -> None:
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
        self._http = httpx.AsyncClient(base_url=base_url, timeout=timeout, limits=limits, trust_env=False)

    async def reply(self, heard: Heard) -> list[Act]:
        body = {
            "sender": heard.conversation_id,
            "message": to_rasa(heard.text, heard.payload),
            "metadata": {"message_id": heard.message_id},
        }
        try:
            response = await self._http.post(PATH, json=body)
            response.raise_for_status()
            return _parse(response.json())
        except (httpx.HTTPError, ValueError) as error:
            get_logger().warning("assistant_unavailable", conversation_id=heard.conversation_id,
                                 error=type(error).__name__)  # fmt: skip
            raise AssistantUnavailable(type(error).__name__) from error

    async def ready(self) -> bool:
        try:
            response = await self._http.get("/webhooks/desk/", timeout=2)
            return response.is_success and bool(response.json().get("model"))
        except (httpx.HTTPError, ValueError):
            return False

    async def close(self) -> None:
        await self._http.aclose()


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
