"""The port to whatever understands citizens: the desk knows acts, never a model."""

from dataclasses import dataclass
from typing import Protocol

from desk.assistant.acts import Act


class AssistantUnavailable(Exception):
    """No usable reply: down, slow, failing, or silent. The caller hands over to a human."""


@dataclass(frozen=True)
class Heard:
    """One thing a citizen said. ``message_id`` lets the assistant recognise a second asking."""

    conversation_id: str
    message_id: str
    text: str
    payload: str | None = None


class Assistant(Protocol):
    """Understands one message of a conversation at a time."""

    async def reply(self, heard: Heard) -> list[Act]:
        """The acts to carry out, at least one. Raises AssistantUnavailable."""
        ...

    async def ready(self) -> bool:
        """Whether a message sent now would be understood."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
