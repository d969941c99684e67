"""What is kept with a citizen's message of what the assistant made of it, for staff to see."""

from collections.abc import Sequence
from typing import Any

from desk.assistant.acts import Act


def understood(acts: Sequence[Act] | None, handed: Sequence[str]) -> dict[str, Any]:
    """The acts (None: the assistant did not answer) and why humans were called.

    Nothing of what the citizen wrote: a report's details are the ticket's, a text passed through a message.
    """
    kept = [act.model_dump(mode="json", exclude=_words_of(act), exclude_none=True) for act in acts or ()]
    return {"acts": kept, "handed": list(handed), "down": acts is None}


def _words_of(act: Act) -> set[str]:
    return {"text", "reference", "details"} if act.act in ("text", "ticket_status", "handoff") else set()
