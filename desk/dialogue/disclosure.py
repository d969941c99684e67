"""Saying that a machine answers, where the conversation is not opened on our own pages (AI Act, art. 50).

Everywhere the first words say it. On somebody else's platform people come back to the same conversation for
years: it is said again after a long silence, and when the assistant answers again after a human.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.channel_models import ChannelThread
from desk.conversations.channel_threads import disclosed
from desk.conversations.models import Delivery, Message
from desk.conversations.outbound import FETCHED, Reply
from desk.db.base import table_of
from desk.dialogue.noticing import announce
from desk.dialogue.status import human_button
from desk.dialogue.turn import Turn
from desk.texts.dates import say_duration
from desk.tickets.reachability import reachability

SILENCE = timedelta(hours=24)
AT_MOST_EVERY = timedelta(minutes=1)
"""Somebody who opens the conversation twice in a row reads the first words once."""

Due = Literal["first_words", "reminder"]

_thread, _message, _delivery = table_of(ChannelThread).c, table_of(Message).c, table_of(Delivery).c

# Built once: they run for every message. First words that could not leave were not said.
_WELCOMED = (
    select(func.max(_message.created_at))
    .join(table_of(Delivery), _delivery.message_id == _message.id)
    .where(_message.conversation_id == bindparam("whose"), _message.author == "assistant",
           _message.outcome == "system", _delivery.state != "failed")
)  # fmt: skip
_BEFORE = (
    select(_message.created_at)
    .where(_message.conversation_id == bindparam("whose"), _message.id < bindparam("heard"))
    .order_by(_message.seq.desc())
    .limit(1)
)
_TOLD = select(
    _thread.disclosed_at,
    _WELCOMED.scalar_subquery().label("welcomed_at"),
    _BEFORE.scalar_subquery().label("before_at"),
).where(_thread.conversation_id == bindparam("whose"))


@dataclass(frozen=True)
class Told:
    """When somebody was last told that a machine answers (None: not since a human did), and the first words.

    ``before_at`` is the moment of the message before theirs, whoever wrote it.
    """

    disclosed_at: datetime | None
    welcomed_at: datetime | None
    before_at: datetime | None


def due(told: Told, now: datetime, *, in_danger: bool = False) -> Due | None:
    """What must be said before an answer at ``now``.

    ``in_danger``: they have just read the numbers of an emergency. Two sentences then, the first words with
    the next answer.
    """
    if told.welcomed_at is None and not in_danger:
        return "first_words"
    if told.disclosed_at is None:
        return "reminder"
    last = max(told.disclosed_at, told.before_at or told.disclosed_at)
    return "reminder" if now - last >= SILENCE else None


def first_words(commune: Commune) -> Reply:
    """A machine, how to reach a human, what becomes of the data."""
    texts = commune.texts
    key = "accueil" if commune.settings.privacy_url else "accueil_sans_lien"
    said = texts(key, commune=commune.settings.name, privacy_url=commune.settings.privacy_url,
                 delai=say_duration(texts, commune.settings.reply_hours))  # fmt: skip
    return Reply(said, outcome="system", author="assistant", buttons=human_button(commune))


async def greet(turn: Turn) -> None:
    """Somebody has opened the conversation on a platform: the first words, what the town tells everybody."""
    welcomed_at: datetime | None = await turn.session.scalar(_WELCOMED, {"whose": turn.conversation.id})
    if welcomed_at is not None and turn.now - welcomed_at < AT_MOST_EVERY:
        return
    await turn.say(first_words(turn.commune))
    await note_told(turn.session, turn.commune, turn.conversation.id, turn.now)
    await announce(turn, [])


async def disclose(turn: Turn, *, in_danger: bool = False) -> None:
    """Say what is due before the answer; nothing on our own pages, whose conversations open with it."""
    if turn.conversation.channel in FETCHED:
        return
    whose = {"whose": turn.conversation.id, "heard": turn.heard.id}
    found = (await turn.session.execute(_TOLD, whose)).one_or_none()
    if found is None:
        return
    what = due(Told(*found), turn.now, in_danger=in_danger)
    if what is None:
        return
    await turn.say(first_words(turn.commune) if what == "first_words" else _reminder(turn.commune))
    await note_told(turn.session, turn.commune, turn.conversation.id, turn.now)


async def note_told(session: AsyncSession, commune: Commune, conversation_id: str, now: datetime) -> None:
    """What was just stored tells that a machine answers, if the platform lets it leave at all."""
    thread = await reachability(session, commune, conversation_id, now)
    if thread is None or thread.unreachable or thread.held_by:
        return
    if thread.way(by_staff=False) == "free":
        await disclosed(session, conversation_id, now)


def _reminder(commune: Commune) -> Reply:
    said = commune.texts("accueil_retour", commune=commune.settings.name)
    return Reply(said, outcome="system", author="system", buttons=human_button(commune))
