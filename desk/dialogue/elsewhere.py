"""Humans who answer a citizen in the platform's own inbox, which the desk only hears of."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.channel_threads import disclosed, held, thread_state, unheld
from desk.conversations.models import Conversation
from desk.conversations.outbound import Reply, store_reply
from desk.tickets.lifecycle import answered_elsewhere
from desk.tickets.opening import open_ticket_of

UNKNOWN = "unknown"
"""Who holds a thread when the platform has only shown that somebody does."""


async def note_answer(
    session: AsyncSession, commune: Commune, conversation_id: str, text: str, mid: str, now: datetime
) -> int:
    """Store what a human wrote there, with the open ticket if there is one; the message's number.

    The assistant keeps silent from then on, as when staff write here; nobody of staff is named.
    """
    conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
    ticket = await open_ticket_of(session, conversation_id)
    name = commune.texts("messenger.page_inbox")
    reply = Reply(
        text, outcome="staff", author="staff", author_name=name, external_id=mid, by="elsewhere",
        ticket=ticket.reference if ticket else None, topic=ticket.topic if ticket else None,
    )  # fmt: skip
    number = await store_reply(session, conversation, reply, now)
    if ticket is not None:
        answered_elsewhere(session, ticket, now)
    await _silence(session, conversation_id, now)
    return number


async def taken_elsewhere(
    session: AsyncSession, conversation_id: str, by: str | None, at: datetime, now: datetime
) -> None:
    """Another application answers in this thread since ``at``; ``by`` None: still the one that is known."""
    await lock(session, conversation_id)
    thread = await thread_state(session, conversation_id)
    known = thread.held_by if thread else None
    await held(session, conversation_id, by or known or UNKNOWN, at)
    await _silence(session, conversation_id, now)


async def back_from_elsewhere(session: AsyncSession, conversation_id: str, at: datetime) -> bool:
    """The thread is ours again; whether it was not. The assistant answers, unless staff hold it here.

    The caller has the conversation's lock.
    """
    if not await unheld(session, conversation_id, since=at):
        return False
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.owner == "staff",
               Conversation.owner_staff_id.is_(None))
        .values(owner="assistant", staff_active_at=None)
    )  # fmt: skip
    return True


async def lock(session: AsyncSession, conversation_id: str) -> None:
    """The conversation before its thread, as whoever answers in it does: else each may wait for the other."""
    await session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())


async def _silence(session: AsyncSession, conversation_id: str, now: datetime) -> None:
    """Whoever of staff holds it here still does; once it is the assistant's again, it says what it is."""
    await session.execute(
        update(Conversation).where(Conversation.id == conversation_id)
        .values(owner="staff", staff_active_at=now)
    )  # fmt: skip
    await disclosed(session, conversation_id, None)
