"""Answering one claimed conversation: ask outside any transaction, write everything in one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import JSON, bindparam, update
from sqlalchemy.dialects.postgresql import JSONB

from desk.assistant.acts import Act, SafetyAct
from desk.assistant.payloads import START
from desk.assistant.port import Assistant, AssistantUnavailable, Heard
from desk.clock import Clock
from desk.communes.registry import Communes
from desk.conversations.claims import Claim, Said, hold_claim, postpone, settle
from desk.conversations.hub import THINKING, Hub, answered_subject, conversation_subject
from desk.conversations.models import Message
from desk.conversations.outbound import FETCHED, Reply
from desk.db.base import table_of
from desk.db.engine import Database
from desk.dialogue.acts import perform
from desk.dialogue.disclosure import disclose, greet
from desk.dialogue.files import acknowledge_files
from desk.dialogue.handover import hand_over
from desk.dialogue.noticing import announce
from desk.dialogue.resolution import hear, is_for_the_desk
from desk.dialogue.turn import Turn
from desk.dialogue.understood import understood
from desk.log import get_logger
from desk.tickets.contact import find_contact
from desk.tickets.deadline import Promise
from desk.tickets.opening import attach_contact, open_ticket_of, resume_waiting

UNAVAILABLE = "unavailable"
RETRY_STEP = timedelta(seconds=5)
RETRY_MOST = timedelta(minutes=5)

_MAYBE_JSON = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_ANSWERED = (
    update(table_of(Message))
    .where(table_of(Message).c.id == bindparam("number"))
    .values(answered_at=bindparam("now"), understood=bindparam("understood", type_=_MAYBE_JSON))
)


class Processor:
    """Turns a claimed conversation's oldest unanswered message into stored replies."""

    def __init__(
        self, database: Database, assistant: Assistant, communes: Communes, hub: Hub, clock: Clock
    ) -> None:
        self._database = database
        self._assistant = assistant
        self._communes = communes
        self._hub = hub
        self._clock = clock

    async def process(self, claim: Claim) -> bool:
        """Answer one message; whether another one waits. Failing work is postponed, never dropped."""
        try:
            return await self._process(claim)
        except Exception:
            get_logger().exception("turn_failed", conversation_id=claim.conversation_id)
            delay = min(RETRY_STEP * 2 ** min(claim.attempts, 10), RETRY_MOST)
            async with self._database.write() as session:
                await postpone(session, claim, self._clock.now() + delay)
            return False

    async def _process(self, claim: Claim) -> bool:
        said, turn = claim.said, None
        ours = said is not None and await self._is_ours(claim, said)
        acts = await self._ask(claim, said, aside=ours) if said else None
        async with self._database.write() as session:
            held = await hold_claim(session, claim)
            if held is None:
                return False  # the lease ran out and another worker has it: ours is thrown away
            changed_hands = not ours and claim.owner == "staff" and held.owner == "assistant"
            if said is not None and not changed_hands:  # else nobody was asked: it waits for its turn
                turn = Turn(session, self._communes[held.commune], held, said, self._clock.now())
                made = await self._answer(turn, acts, ours=ours)
                await session.execute(_ANSWERED, {"number": said.id, "now": turn.now, "understood": made})
            more = await settle(session, held)
        self._hub.replies_stored(held.id, held.commune, to_carry=held.channel not in FETCHED)
        if turn is not None:
            self._hub.deliver({"subject": answered_subject(turn.heard.id), "replies": turn.replies})
        return more

    async def _is_ours(self, claim: Claim, said: Said) -> bool:
        """Whether the desk asked for this message itself; what it expects changes only under a claim."""
        if said.payload is None and claim.expects is None:
            return False
        async with self._database.read() as session:
            return await is_for_the_desk(
                session, claim.conversation_id, said.payload, claim.expects, self._clock.now()
            )

    async def _ask(self, claim: Claim, said: Said, *, aside: bool) -> list[Act] | None:
        """The assistant's acts; none when staff hold the conversation or nothing is to hear; None if down.

        ``aside``: words that the desk answers itself, heard for what cannot wait. They are asked about in a
        talk of their own: the assistant must not take up a thread that the citizen never sees.
        """
        click = said.payload == START or (aside and said.payload is not None)
        if claim.owner == "staff" or not said.text or click:
            return []
        self._hub.publish(
            conversation_subject(claim.conversation_id), kind="typing", author="assistant", on=True
        )
        if claim.channel not in FETCHED:  # the process that asks is the one that tells
            self._hub.deliver(
                {"subject": THINKING, "conversation": claim.conversation_id, "channel": claim.channel,
                 "message": said.id}
            )  # fmt: skip
        talk = f"{claim.conversation_id}:{said.id}" if aside else claim.conversation_id
        question = Heard(talk, str(said.id), said.text, said.payload)
        try:
            return await self._assistant.reply(question)
        except AssistantUnavailable:
            return None

    async def _answer(self, turn: Turn, acts: list[Act] | None, *, ours: bool) -> dict[str, Any] | None:
        """Reply; what the assistant made of the message, None when it was not asked."""
        by_staff = turn.conversation.owner == "staff"  # taken, perhaps while the assistant was thinking
        if turn.heard.payload == START:
            if not by_staff:
                await greet(turn)
            return None
        if ours:
            await self._hear(turn, acts)
            return None
        turn.conversation.expects = None
        promise = Promise(turn.commune.settings)
        await resume_waiting(turn.session, turn.conversation.id, promise, turn.now)
        if by_staff:
            await self._note_contact(turn, acknowledge=False)
            return None
        dangers = _dangers(acts)
        if not dangers:  # nothing stands before the numbers of an emergency
            await disclose(turn)
        await announce(turn, acts)
        if not turn.heard.text:
            await acknowledge_files(turn)
            return None
        only_contact = await self._note_contact(turn, acknowledge=not dangers)
        if dangers or not only_contact:
            await self._carry_out(turn, acts)
        if dangers:
            await disclose(turn, in_danger=True)
        return understood(acts, turn.handed)

    async def _hear(self, turn: Turn, acts: list[Act] | None) -> None:
        """Answer what the desk had asked for; danger in it gets its numbers first."""
        dangers = _dangers(acts)
        for act in dangers:
            await perform(turn, act)
        if turn.conversation.owner != "staff":
            await disclose(turn, in_danger=bool(dangers))
        await hear(turn)

    async def _carry_out(self, turn: Turn, acts: list[Act] | None) -> None:
        if acts is None:
            await hand_over(turn, UNAVAILABLE)
        for act in acts or ():
            await perform(turn, act)

    async def _note_contact(self, turn: Turn, *, acknowledge: bool) -> bool:
        """Attach an address or number to the open ticket; whether the message was only that."""
        contact = find_contact(turn.heard.text)
        ticket = await open_ticket_of(turn.session, turn.conversation.id) if contact else None
        if ticket is None:
            return False
        attach_contact(turn.session, ticket, contact, turn.now)
        if acknowledge and contact.only:
            said = turn.commune.texts("handoff.contact_noted", reference=ticket.reference)
            await turn.say(Reply(said, outcome="handoff", topic=ticket.topic, ticket=ticket.reference))
        return contact.only


def _dangers(acts: list[Act] | None) -> list[Act]:
    return [act for act in acts or () if isinstance(act, SafetyAct)]
