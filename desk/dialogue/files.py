"""Something sent without a word: the assistant cannot read it, a human can."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from desk.assistant.payloads import report_payload
from desk.conversations.models import Message
from desk.conversations.outbound import Reply
from desk.dialogue.status import human_button
from desk.dialogue.turn import Turn
from desk.tickets.opening import open_ticket_of

REPORTED = "signalement_voirie"
"""What a picture without a word is most often about: a hole, a pavement, a lamp."""


async def acknowledge_files(turn: Turn) -> None:
    """It belongs to the open ticket; without one, ask what it is about, with a choice.

    A sticker asks for nothing: it is thanked for, and nobody else hears of it.
    """
    if only_stickers(await _sent(turn)):
        await turn.say(Reply(turn.commune.texts("fichier.autocollant"), outcome="smalltalk"))
        return
    ticket = await open_ticket_of(turn.session, turn.conversation.id)
    if ticket is None:
        said = turn.commune.texts("fichier.recu")
        await turn.say(Reply(said, outcome="clarify", buttons=_choice(turn)))
        return
    said = turn.commune.texts("fichier.joint", reference=ticket.reference)
    await turn.say(Reply(said, outcome="handoff", topic=ticket.topic, ticket=ticket.reference))


def only_stickers(sent: Sequence[dict[str, Any]]) -> bool:
    """Whether a message's attachments are stickers, and nothing else."""
    return bool(sent) and all(one.get("kind") == "sticker" for one in sent)


async def _sent(turn: Turn) -> list[dict[str, Any]]:
    """What came with the message: asked here, so that messages with words do not pay for it."""
    found = await turn.session.scalar(select(Message.attachments).where(Message.id == turn.heard.id))
    return list(found or ())


def _choice(turn: Turn) -> list[dict[str, str]]:
    title = turn.commune.texts("fichier.bouton_signaler")
    return [{"title": title, "payload": report_payload(REPORTED)}, *human_button(turn.commune)]
