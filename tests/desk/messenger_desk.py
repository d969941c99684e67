"""People on Messenger as the desk's tables hold them, without Meta: for the pages of staff."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from desk.assistant.memory import MemoryAssistant
from desk.clock import FixedClock
from desk.conversations.channel_threads import note_thread, opened
from desk.conversations.deliveries import mark_failed, mark_sent
from desk.conversations.models import Conversation, Delivery, Message
from desk.conversations.outbound import Reply, store_reply
from desk.conversations.sendings import about_to_leave, has_left
from desk.mail.models import Mail
from desk.settings import Settings
from desk.tickets.models import Ticket
from tests.desk.filled import ticket
from tests.desk.running import Desk, running

PAGES = {"demo": "100000000000001", "valbreuil": "100000000000002"}
NBSP = "\u00a0"
INBOX = "Quelqu’un répond depuis la boîte de réception de la Page"
FROM = "Sainte-Aure <beffroi@sainte-aure.example>"
EMAIL, PHONE = "lea@exemple.fr", "06 12 34 56 78"


async def heard(desk: Desk, *said: str, commune: str = "demo", **columns: Any) -> str:
    """A ticket of somebody who has just written on Messenger; its reference."""
    said = said or ("Bonjour, où est la piscine ?",)
    reference = await ticket(desk, *said, commune=commune, channel="messenger", **columns)
    async with desk.context.database.write() as session:
        talk = await conversation(session, reference)
        await note_thread(session, talk.id, commune, PAGES[commune], "7001")
        await opened(session, talk.id, desk.clock.now())
    return reference


async def conversation(session: Any, reference: str) -> Conversation:
    """The conversation of a ticket."""
    query = select(Conversation).join(Ticket, Ticket.conversation_id == Conversation.id)
    return (await session.scalars(query.where(Ticket.reference == reference))).one()


async def change(desk: Desk, reference: str, writer: Any, *values: Any, **more: Any) -> Any:
    """Let one of the tables' writers work on a ticket's conversation."""
    async with desk.context.database.write() as session:
        talk = await conversation(session, reference)
        return await writer(session, talk.id, *values, **more)


async def says(
    desk: Desk, reference: str, text: str = "Elle est avenue des Saules.", *, author: str = "staff",
    error: str | None = None, parts: int = 0, by: str | None = None,
) -> int:  # fmt: skip
    """Something that the town wrote: sent in ``parts``, failed with ``error``, else still waiting; its id."""
    now = desk.clock.now()
    name = "Camille, chargée de la relation avec les habitants" if author == "staff" else None
    async with desk.context.database.write() as session:
        talk = await conversation(session, reference)
        reply = Reply(text, author, author=author, author_name=name, ticket=reference, by=by)
        number = await store_reply(session, talk, reply, now)
        order = await session.scalar(select(Delivery.id).where(Delivery.message_id == number))
        for part in range(parts):
            await about_to_leave(session, number, part, now)
            await has_left(session, number, part, f"m_{number}_{part}", now)
        if error:
            await mark_failed(session, order, error)
        elif parts:
            await mark_sent(session, [order], now)
        return number


async def arrives_with(desk: Desk, reference: str, *entries: dict[str, Any], **values: Any) -> None:
    """The citizen's message is one with these attachments."""
    async with desk.context.database.write() as session:
        talk = await conversation(session, reference)
        theirs = update(Message).where(Message.conversation_id == talk.id, Message.author == "citizen")
        await session.execute(theirs.values(attachments=list(entries), **values))


async def mails(desk: Desk) -> list[Mail]:
    """Every e-mail that was ordered."""
    async with desk.context.database.read() as session:
        return list(await session.scalars(select(Mail).order_by(Mail.id)))


def later(desk: Desk, **time: float) -> datetime:
    """A moment after now."""
    return desk.clock.now() + timedelta(**time)


@pytest.fixture
async def town(settings: Settings, clock: FixedClock, assistant: MemoryAssistant) -> AsyncIterator[Desk]:
    """A town whose e-mails go out: nobody picks up there, which only delays them."""
    mailing = settings.model_copy(update={
        "smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none",
        "mail_from": FROM,
    })  # fmt: skip
    async with running(mailing, clock, assistant) as desk:
        yield desk


def words(html: str) -> str:
    """What is read of a piece of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace(NBSP, " ").split())


def last_line(page: str) -> str:
    """The last message of a ticket's page."""
    thread = page.partition('<ol class="thread">')[2].partition("</ol>\n</div>")[0]
    return thread.rpartition('<li class="said')[2]


def composer(page: str) -> str:
    """The form of the reply."""
    return page.partition('id="reponse"')[2].partition('id="apercu"')[0]


def buttons(page: str) -> list[str]:
    """What the reply's buttons say."""
    return [words(found) for found in re.findall(r"<button[^>]*>(.*?)</button>", composer(page), re.DOTALL)]
