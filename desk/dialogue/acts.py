"""Carrying out the assistant's acts, each in the town's own words."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from desk.answers.catalogue import load_topics
from desk.answers.frame import policy_of
from desk.answers.render import answer_buttons, render_answer
from desk.answers.store import find_answer, titles_of
from desk.assistant.acts import (
    Act,
    AnswerAct,
    ClarifyAct,
    DeclineAct,
    HandoffAct,
    ModerationAct,
    SafetyAct,
    SayAct,
    TextAct,
    TicketStatusAct,
)
from desk.assistant.payloads import NONE_OF_THESE, topic_payload
from desk.conversations.outbound import Reply
from desk.dialogue.framing import have_it_read, leave_to_a_human
from desk.dialogue.handover import hand_over, open_ticket
from desk.dialogue.status import human_button, tell_status
from desk.dialogue.turn import Turn

FORM_PREFIX = "signalement_"
LANGUAGE_PREFIX = "langue_"


async def perform(turn: Turn, act: Act) -> None:
    """Carry out one act; each leaves at least one reply for the citizen."""
    await _PERFORMERS[act.act](turn, act)


async def _answer(turn: Turn, act: AnswerAct) -> None:
    await _answer_topic(turn, act.topic, act.details)
    if act.more and act.more != act.topic:
        await _answer_topic(turn, act.more, {}, lead=turn.commune.texts("more"))


async def _answer_topic(turn: Turn, topic: str, details: dict[str, str], lead: str = "") -> None:
    policy = await policy_of(turn.session, turn.commune.id, topic)
    if policy == "humain":
        await leave_to_a_human(turn, topic, lead)
        return
    answer = await find_answer(turn.session, turn.commune.id, topic)
    if answer is None:
        known = topic if topic in load_topics() else None
        await hand_over(turn, "not_understood", known)
        return
    rendering = partial(render_answer, answer, details, turn.commune.settings, turn.commune.texts)
    if policy == "relecture":
        await have_it_read(turn, topic, rendering, lead)
        return
    said = rendering(turn.local_now)
    text = f"{lead}\n\n{said}" if lead else said
    await turn.say(Reply(text, outcome="answered", topic=topic, buttons=answer_buttons(answer)))


async def _clarify(turn: Turn, act: ClarifyAct) -> None:
    titles = await titles_of(turn.session, turn.commune.id, act.topics)
    choices = [topic for topic in act.topics if topic in titles]
    if not choices:
        await hand_over(turn, "not_understood")
        return
    buttons: list[dict[str, Any]] = [
        {"title": titles[topic], "payload": topic_payload(topic)} for topic in choices
    ]
    buttons.append({"title": turn.commune.texts("clarify_aucune"), "payload": NONE_OF_THESE})
    await turn.say(Reply(turn.commune.texts("clarify"), outcome="clarify", buttons=buttons))


async def _say(turn: Turn, act: SayAct) -> None:
    texts = turn.commune.texts
    key = f"say.{act.key}" if texts.has(f"say.{act.key}") else "say.reformuler"
    outcome = "clarify" if act.key.startswith(FORM_PREFIX) else "smalltalk"
    button = human_button(turn.commune)
    settings = turn.commune.settings
    said = texts(key, commune=settings.name, heures=settings.reply_hours, bouton=button[0]["title"])
    buttons = button if act.key.startswith(LANGUAGE_PREFIX) else []
    await turn.say(Reply(said, outcome=outcome, buttons=buttons))


async def _decline(turn: Turn, act: DeclineAct) -> None:
    said = turn.commune.texts("decline")
    await turn.say(Reply(said, outcome="declined", topic=act.topic, buttons=human_button(turn.commune)))


async def _handoff(turn: Turn, act: HandoffAct) -> None:
    await hand_over(turn, act.reason, act.topic, act.details)


async def _ticket_status(turn: Turn, act: TicketStatusAct) -> None:
    await tell_status(turn, act.reference)


async def _safety(turn: Turn, act: SafetyAct) -> None:
    reference = None
    if act.kind == "detresse":
        ticket, _ = await open_ticket(turn, "detresse", urgent=True)
        reference = ticket.reference
    said = turn.commune.texts(f"safety.{act.kind}")
    await turn.say(Reply(said, outcome="safety", ticket=reference))


async def _moderation(turn: Turn, act: ModerationAct) -> None:
    turn.conversation.moderation = act.level[:32]
    texts = turn.commune.texts
    key = f"moderation.{act.level}"
    said = texts(key if texts.has(key) else "moderation.insulte")
    await turn.say(Reply(said, outcome="moderation", buttons=human_button(turn.commune)))


async def _text(turn: Turn, act: TextAct) -> None:
    await turn.say(Reply(act.text, outcome="smalltalk"))


_PERFORMERS: dict[str, Callable[[Turn, Any], Awaitable[None]]] = {
    "answer": _answer,
    "clarify": _clarify,
    "say": _say,
    "decline": _decline,
    "handoff": _handoff,
    "ticket_status": _ticket_status,
    "safety": _safety,
    "moderation": _moderation,
    "text": _text,
}
