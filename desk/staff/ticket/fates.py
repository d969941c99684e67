"""What became of each message that the town wrote: waiting, sent, arrived, read, or not carried and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import ChannelThread, Sending
from desk.conversations.channel_threads import thread_state
from desk.conversations.models import Conversation, Delivery, Message
from desk.dialogue.by_mail import mail_key
from desk.mail.models import Mail
from desk.staff.labels import codes, label

EXPECTED = frozenset({"window_closed", "other_app"})
"""What keeps automatic messages back every day: told, without an alarm."""


@dataclass(frozen=True)
class Fate:
    """``state``: a code of labels.yml ``fate``. ``why`` is a sentence. ``alarm``: somebody must do something.

    ``elsewhere``: it was written in the platform's own inbox.
    """

    state: str
    why: str = ""
    alarm: bool = False
    elsewhere: bool = False


async def fates_of(
    session: AsyncSession, conversation: Conversation, messages: Sequence[Message]
) -> dict[int, Fate]:
    """By message; of the channels that are ours, where all arrives, only what did not."""
    ours = {message.id: message for message in messages if message.author != "citizen"}
    if not ours:
        return {}
    thread = await thread_state(session, conversation.id)
    orders = await _orders(session, conversation, min(ours), max(ours))
    parts = await _parts(session, ours) if thread else {}
    mails = await _mails(session, [order.message_id for order in orders if order.channel == "mail"])
    fates = {}
    for order in orders:
        message = ours.get(order.message_id)
        if message is not None and (thread is not None or order.state == "failed"):
            mailed = mails.get(mail_key(order.message_id))
            fates[message.id] = fate(message, order, parts.get(message.id, ()), thread, mailed)
    return fates


def fate(
    message: Message, order: Delivery, parts: Sequence[Sending], thread: ChannelThread | None,
    mailed: str | None = None,
) -> Fate:  # fmt: skip
    """One message's; ``parts`` is what left of it, ``mailed`` the state of the e-mail that carries it."""
    if order.channel == "elsewhere":
        return Fate("read" if thread and _all_before(thread.read_at, [message.created_at]) else "sent",
                    elsewhere=True)  # fmt: skip
    if order.channel == "mail":
        state = f"mail_{mailed or 'sent'}"
        return Fate(state, alarm=state in ("mail_failed", "mail_off"))
    if order.state == "failed":
        return _failed(message, order.error or "")
    if order.state == "queued":
        return Fate("queued", label("delivery_waiting", _known("delivery_waiting", order.error)))
    return Fate(_arrived(parts, thread))


def _failed(message: Message, code: str) -> Fate:
    if message.author != "staff" and code in EXPECTED:
        return Fate("unsent", label("delivery_quiet", code))
    return Fate("failed", label("delivery", _known("delivery", code)), alarm=True)


def _arrived(parts: Sequence[Sending], thread: ChannelThread | None) -> str:
    """How far all of its parts are. A platform tells times: all that left before has arrived, was read."""
    if not parts or thread is None:
        return "sent"
    left = [part.tried_at for part in parts]
    if _all_before(thread.read_at, left):
        return "read"
    told = all(part.delivered_at is not None for part in parts)
    return "delivered" if told or _all_before(thread.delivered_at, left) else "sent"


def _all_before(mark: datetime | None, moments: Sequence[datetime]) -> bool:
    return mark is not None and max(moments) <= mark


def _known(family: str, code: str | None) -> str:
    return code if code in codes(family) else "other"


async def _orders(
    session: AsyncSession, conversation: Conversation, first: int, last: int
) -> Sequence[Delivery]:
    query = select(Delivery).where(
        Delivery.conversation_id == conversation.id, Delivery.message_id.between(first, last)
    )
    return (await session.scalars(query)).all()


async def _parts(session: AsyncSession, ours: Mapping[int, Message]) -> dict[int, list[Sending]]:
    found: dict[int, list[Sending]] = {}
    for part in await session.scalars(select(Sending).where(Sending.message_id.in_(ours))):
        found.setdefault(part.message_id, []).append(part)
    return found


async def _mails(session: AsyncSession, numbers: Sequence[int]) -> dict[str | None, str]:
    if not numbers:
        return {}
    keys = [mail_key(number) for number in numbers]
    rows = await session.execute(select(Mail.once, Mail.state).where(Mail.once.in_(keys)))
    return dict(rows.tuples().all())
