"""An assistant that lives in memory, for tests and for working on the desk without Rasa."""

from collections.abc import Callable

from desk.assistant.acts import Act, HandoffAct
from desk.assistant.port import AssistantUnavailable, Heard

Script = Callable[[Heard], list[Act]]


def hand_everything_over(_heard: Heard) -> list[Act]:
    """The default script: understands nothing."""
    return [HandoffAct(act="handoff", reason="not_understood")]


class MemoryAssistant:
    """Replies by a script and remembers what it was asked."""

    def __init__(self, script: Script = hand_everything_over) -> None:
        self.script = script
        self.heard: list[Heard] = []
        self.up = True

    async def reply(self, heard: Heard) -> list[Act]:
        self.heard.append(heard)
        if not self.up:
            raise AssistantUnavailable("down")
        return self.script(heard)

    async def ready(self) -> bool:
        return self.up

    async def close(self) -> None:
        """Nothing to close."""
