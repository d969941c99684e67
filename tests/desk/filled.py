"""Tickets made by the dozen, without the citizens who would have asked."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from desk.conversations.inbound import open_conversation
from desk.conversations.models import Conversation, Message
from desk.ids import new_id, new_reference
from desk.tickets.deadline import Promise
from desk.tickets.history import set_state
from desk.tickets.models import Ticket
from desk.tickets.opening import Request, open_or_join
from tests.desk.running import Desk


async def ticket(
    desk: Desk, *said: str, commune: str = "demo", channel: str = "web", state: str = "new", **columns: Any
) -> str:
    """A ticket opened now, what its citizen ``said``, then changed as asked; its reference."""
    now = desk.clock.now()
    async with desk.context.database.write() as session:
        conversation = await open_conversation(session, commune, channel, now)
        promise = Promise(desk.context.communes[commune].settings)
        made, _ = await open_or_join(session, conversation, Request("asked"), promise, now)
        set_state(made, state)
        if made.shelf == "done":
            made.resolved_at = now
        for name, value in columns.items():
            setattr(made, name, value)
        for number, text in enumerate(said, start=1):
            session.add(message(conversation.id, number, text, now))
        conversation.last_seq = len(said)
        return made.reference


def message(conversation: str, seq: int, text: str, at: datetime) -> Message:
    """Something that a citizen said, answered already."""
    return Message(commune="demo", conversation_id=conversation, seq=seq, channel="web", author="citizen",
                   text=text, buttons=[], created_at=at, answered_at=at)  # fmt: skip


async def many(desk: Desk, number: int, text: str = "", **columns: Any) -> None:
    """``number`` plain tickets at once, each with one message when there is a ``text``."""
    now, ids = desk.clock.now(), [new_id() for _ in range(number)]
    async with desk.context.database.write() as session:
        await session.execute(
            insert(Conversation),
            [
                {"id": one, "commune": "demo", "channel": "web", "last_seq": 1, "created_at": now}
                for one in ids
            ],
        )
        rows = [
            {"commune": "demo", "conversation_id": one, "reference": new_reference(), "reason": "asked",
             "opened_at": now, "due_at": now, **columns}
            for one in ids
        ]  # fmt: skip
        await session.execute(insert(Ticket), rows)
        if text:
            said = [
                {"commune": "demo", "conversation_id": one, "seq": 1, "channel": "web", "author": "citizen",
                 "text": text, "created_at": now, "answered_at": now}
                for one in ids
            ]  # fmt: skip
            await session.execute(insert(Message), said)
