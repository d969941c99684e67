"""Storing what citizens say: once per external id, in the order it came."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.attachments import claim_attachments
from desk.conversations.claims import LEASE, Claim, Said
from desk.conversations.models import Conversation, Message
from desk.conversations.view import external_id_for
from desk.db.base import table_of
from desk.ids import hash_token, new_id


@dataclass(frozen=True)
class InboundMessage:
    """A citizen's message as a channel adapter hands it over, already checked.

    ``external_id`` tells a second arrival; ``scoped`` when it is only unique in its conversation.
    """

    external_id: str
    text: str
    payload: str | None = None
    scoped: bool = False
    attachments: tuple[str, ...] = ()
    """Ids of what was sent before it and belongs to it (desk/conversations/attachments.py)."""

    def key(self, thread: "Thread") -> str:
        """What is stored of ``external_id``, unique on the channel."""
        return external_id_for(thread.id, self.external_id) if self.scoped else self.external_id


@dataclass(frozen=True)
class Thread:
    """Which conversation a message belongs to."""

    id: str
    commune: str
    channel: str


@dataclass(frozen=True)
class Sender:
    """Somebody whom a channel knows under its own identifier; each has one conversation."""

    commune: str
    channel: str
    external_id: str


@dataclass(frozen=True)
class Arrival:
    """A message that is stored: whether it just was, and the claim when a worker was named and got it."""

    message_id: int
    conversation_id: str
    is_new: bool
    claim: Claim | None = None


_CONVERSATIONS, _MESSAGES = table_of(Conversation), table_of(Message)
_conversation, _message = _CONVERSATIONS.c, _MESSAGES.c
_moment = _conversation.claimed_until.type
_nothing_waits = _conversation.waiting_since.is_(None)

_TAKE_IN = (
    update(_CONVERSATIONS)
    .where(_conversation.id == bindparam("whose"))
    .values(
        last_seq=_conversation.last_seq + 1,
        waiting_since=func.coalesce(_conversation.waiting_since, bindparam("now", type_=_moment)),
        claimed_by=case((_nothing_waits, bindparam("worker", type_=_conversation.claimed_by.type)),
                        else_=_conversation.claimed_by),
        claimed_until=case((_nothing_waits, bindparam("until", type_=_moment)),
                           else_=_conversation.claimed_until),
    )
    .returning(_conversation.last_seq, _conversation.claimed_by, _conversation.owner, _conversation.attempts,
               _conversation.expects)
)  # fmt: skip
_STORE = insert(_MESSAGES).returning(_message.id)
_OPEN = insert(_CONVERSATIONS)
_KNOWN = select(_message.id).where(
    _message.channel == bindparam("channel"), _message.external_id == bindparam("external_id")
)
_THREAD_OF = select(_conversation.id).where(
    _conversation.commune == bindparam("commune"), _conversation.channel == bindparam("channel"),
    _conversation.external_id == bindparam("external_id"),
)  # fmt: skip


async def open_conversation(
    session: AsyncSession, commune: str, channel: str, now: datetime, *, token: str | None = None
) -> Conversation:
    """A new conversation, owned by the assistant."""
    conversation = Conversation(
        id=new_id(), commune=commune, channel=channel, owner="assistant",
        token_hash=hash_token(token) if token else None, created_at=now, last_seq=0, attempts=0,
    )  # fmt: skip
    session.add(conversation)
    await session.flush()
    return conversation


async def thread_of(session: AsyncSession, sender: Sender, now: datetime) -> Thread:
    """The sender's conversation, opened when there is none.

    Raises IntegrityError when another process opens it at the same moment.
    """
    found = await known_thread(session, sender)
    if found is None:
        found = new_id()
        opened = {**vars(sender), "id": found, "owner": "assistant", "created_at": now, "last_seq": 0,
                  "attempts": 0}  # fmt: skip
        await session.execute(_OPEN, opened)
    return Thread(found, sender.commune, sender.channel)


async def known_thread(session: AsyncSession, sender: Sender) -> str | None:
    """The sender's conversation, None when there is none."""
    found: str | None = await session.scalar(_THREAD_OF, vars(sender))
    return found


async def store_inbound(
    session: AsyncSession, thread: Thread, inbound: InboundMessage, now: datetime, worker: str | None = None
) -> Arrival:
    """Store a message, and lease the conversation to ``worker`` when nothing else waits in it.

    Raises IntegrityError when the message has already arrived: the transaction must then be left.
    """
    taken = (  # locks the conversation: no two arrivals cross
        await session.execute(
            _TAKE_IN, {"whose": thread.id, "now": now, "worker": worker, "until": worker and now + LEASE}
        )
    ).one()
    number: int = (await session.execute(
        _STORE,
        {"commune": thread.commune, "conversation_id": thread.id, "seq": taken.last_seq,
         "channel": thread.channel, "external_id": inbound.key(thread), "author": "citizen",
         "text": inbound.text, "payload": inbound.payload, "buttons": [], "attachments": [],
         "created_at": now},
    )).scalar_one()  # fmt: skip
    if inbound.attachments:
        await claim_attachments(session, thread.id, number, inbound.attachments)
    claim = None
    if worker is not None and taken.claimed_by == worker:
        said = Said(number, inbound.text, inbound.payload)
        claim = Claim(
            worker,
            thread.id,
            thread.commune,
            taken.owner,
            taken.attempts,
            said,
            taken.expects,
            thread.channel,
        )
    return Arrival(number, thread.id, True, claim)


async def find_inbound(session: AsyncSession, thread: Thread, inbound: InboundMessage) -> Arrival | None:
    """The message as it has already arrived, None when it has not."""
    found = await known_message(session, thread.channel, inbound.key(thread))
    return None if found is None else Arrival(found, thread.id, False)


async def known_message(session: AsyncSession, channel: str, external_id: str) -> int | None:
    """The message that is known on its channel by this identifier."""
    found: int | None = await session.scalar(_KNOWN, {"channel": channel, "external_id": external_id})
    return found
