"""The town's answers that may suit a request: what the assistant thought of, then a search by words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.messenger_text import plain_text
from desk.answers.models import Answer
from desk.answers.render import render_answer
from desk.communes.registry import Commune
from desk.conversations.models import Conversation, Message
from desk.staff.composer.matching import best_matches
from desk.tickets.models import Ticket

MOST = 5
LAST_WORDS = 3
"""How many of the citizen's last messages are searched for."""


@dataclass(frozen=True)
class Candidate:
    """An answer to insert: its topic, its title, how it begins, the official pages it comes from."""

    topic: str
    title: str
    begins: str
    sources: Sequence[Mapping[str, str]]


async def candidates_of(
    session: AsyncSession, commune: Commune, ticket: Ticket, conversation: Conversation, now: datetime
) -> list[Candidate]:
    """At most five published answers, the likeliest first."""
    query = select(Answer).where(Answer.commune == commune.id, Answer.published).order_by(Answer.topic)
    answers = {answer.topic: answer for answer in await session.scalars(query)}
    said = await _last_said(session, conversation)
    topics = [*([ticket.topic] if ticket.topic else []), *thought_of(said)]
    topics += best_matches(" ".join(message.text for message in said), answers.values())
    chosen = [topic for topic in dict.fromkeys(topics) if topic in answers][:MOST]
    return [_candidate(answers[topic], commune, said, now) for topic in chosen]


async def answer_text(
    session: AsyncSession, commune: Commune, conversation: Conversation, answer: Answer, now: datetime
) -> str:
    """An answer as it would be typed to this citizen: what staff send is not formatted."""
    return _written(answer, commune, await _last_said(session, conversation), now)


def thought_of(said: Iterable[Message]) -> list[str]:
    """The topics that the assistant saw in the messages, newest message first."""
    return [topic for message in said for act in _acts(message) for topic in _topics(act)]


async def _last_said(session: AsyncSession, conversation: Conversation) -> list[Message]:
    """The citizen's last messages, newest first."""
    query = select(Message).where(Message.conversation_id == conversation.id, Message.author == "citizen")
    return list(await session.scalars(query.order_by(Message.seq.desc()).limit(LAST_WORDS)))


def _candidate(answer: Answer, commune: Commune, said: Iterable[Message], now: datetime) -> Candidate:
    begins = _written(answer, commune, said, now).partition("\n")[0]
    return Candidate(answer.topic, answer.title, begins, answer.sources)


def _written(answer: Answer, commune: Commune, said: Iterable[Message], now: datetime) -> str:
    details = _details(said, answer.topic)
    return plain_text(render_answer(answer, details, commune.settings, commune.texts, commune.local(now)))


def _details(said: Iterable[Message], topic: str) -> dict[str, str]:
    """What the assistant had understood beside the topic (the day, the place), for the right variant."""
    acts = (act for message in said for act in _acts(message) if act.get("topic") == topic)
    details = next((act.get("details") for act in acts if act.get("act") == "answer"), None) or {}
    return {str(name): str(value) for name, value in details.items()}


def _acts(message: Message) -> list[dict[str, Any]]:
    return [act for act in (message.understood or {}).get("acts", []) if isinstance(act, dict)]


def _topics(act: Mapping[str, Any]) -> list[str]:
    single = [act.get("topic"), act.get("more")]
    several = [*(act.get("topics") or []), *(act.get("candidates") or [])]
    return [str(topic) for topic in [*single, *several] if topic]
