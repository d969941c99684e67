"""The town's notices in a conversation: once to everybody, again to whoever asks about them."""

from collections.abc import Iterable, Iterator

from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.notices import Current, current_notices, mark_shown
from desk.answers.words import plain
from desk.assistant.acts import Act, AnswerAct, HandoffAct, SafetyAct, SayAct
from desk.communes.registry import Commune
from desk.conversations.models import Conversation
from desk.conversations.outbound import Reply, store_reply
from desk.dialogue.turn import Turn
from desk.texts import Texts

SHORTEST_WORD = 3
NOT_UNDERSTOOD = "not_understood"
REPHRASE = "reformuler"


async def announce(turn: Turn, acts: list[Act] | None) -> None:
    """Before the reply: what this conversation has not seen yet, then what was asked about.

    Nothing stands before the numbers of an emergency; the notice comes with the next reply.
    """
    asked = acts or []
    if any(isinstance(act, SafetyAct) for act in asked):
        return
    for notice in await current_notices(turn.session, turn.commune.id, turn.conversation.id, turn.now):
        if not notice.shown:
            if await mark_shown(turn.session, notice, turn.conversation.id, turn.now):
                await turn.say(_whole(turn.commune, notice))
        elif not _understood(acts) and _is_about(turn.commune.texts, turn.heard.text, notice.title):
            await turn.say(_whole(turn.commune, notice))
        elif not set(notice.topics).isdisjoint(_topics_of(asked)):
            await turn.say(_reply(turn.commune.texts("notice.reminder", titre=notice.title)))


async def announce_first(session: AsyncSession, conversation: Conversation, commune: Commune) -> None:
    """The notices of the moment in a conversation that has just been opened."""
    now = conversation.created_at
    for notice in await current_notices(session, commune.id, conversation.id, now):
        if await mark_shown(session, notice, conversation.id, now):
            await store_reply(session, conversation, _whole(commune, notice), now)


def _whole(commune: Commune, notice: Current) -> Reply:
    return _reply(commune.texts("notice.whole", titre=notice.title, texte=notice.body))


def _reply(text: str) -> Reply:
    return Reply(text, outcome="system", author="system")


def _topics_of(acts: Iterable[Act]) -> Iterator[str | None]:
    for act in acts:
        if isinstance(act, AnswerAct):
            yield from (act.topic, act.more)
        elif isinstance(act, HandoffAct):
            yield act.topic


def _understood(acts: list[Act] | None) -> bool:
    """Whether the assistant made something of the message; it did not when it could not be reached."""
    if acts is None:
        return False
    return not any(
        (isinstance(act, HandoffAct) and act.reason == NOT_UNDERSTOOD)
        or (isinstance(act, SayAct) and act.key == REPHRASE)
        for act in acts
    )


def _is_about(texts: Texts, question: str, title: str) -> bool:
    """Whether a word that counts stands in both, whatever the case, accents and plural."""
    small = {plain(word) for key in ("notice.small_words", "weekdays", "months") for word in texts.words(key)}
    return not _singulars(question, small).isdisjoint(_singulars(title, small))


def _singulars(text: str, small: set[str]) -> set[str]:
    words = {word for word in plain(text).split() if word not in small and not word.isdigit()}
    return {word[:-1] if word[-1] in "sx" else word for word in words if len(word) >= SHORTEST_WORD}
