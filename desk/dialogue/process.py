"""Answering one claimed conversation: ask outside any transaction, write everything in one."""

from datetime import timedelta

from sqlalchemy import bindparam, update

from desk.assistant.acts import Act
from desk.assistant.port import Assistant, AssistantUnavailable, Heard
from desk.clock import Clock
from desk.communes.registry import Communes
from desk.conversations.claims import Claim, Said, hold_claim, postpone, settle
from desk.conversations.hub import Hub, answered_subject, conversation_subject
from desk.conversations.models import Message
from desk.conversations.outbound import FETCHED, Reply
from desk.db.base import table_of
from desk.db.engine import Database
from desk.dialogue.acts import perform
from desk.dialogue.files import acknowledge_files
from desk.dialogue.handover import hand_over
from desk.dialogue.noticing import announce
from desk.dialogue.turn import Turn
from desk.log import get_logger
from desk.tickets.contact import find_contact
from desk.tickets.opening import attach_contact, open_ticket_of

UNAVAILABLE = "unavailable"
RETRY_STEP = timedelta(seconds=5)
RETRY_MOST = timedelta(minutes=5)

_ANSWERED = (
    update(table_of(Message))
    .where(table_of(Message).c.id == bindparam("number"))
    .values(answered_at=bindparam("now"))
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
        acts = await self._ask(claim, said) if said else None
        async with self._database.write() as session:
            held = await hold_claim(session, claim)
            if held is None:
                return False  # the lease ran out and another worker has it: ours is thrown away
            changed_hands = claim.owner == "staff" and held.owner == "assistant"
            if said is not None and not changed_hands:  # else nobody was asked: it waits for its turn
                turn = Turn(session, self._communes[held.commune], held, said, self._clock.now())
                await self._answer(turn, acts)
                await session.execute(_ANSWERED, {"number": said.id, "now": turn.now})
            more = await settle(session, held)
        self._hub.replies_stored(held.id, held.commune, to_carry=held.channel not in FETCHED)
        if turn is not None:
            self._hub.deliver({"subject": answered_subject(turn.heard.id), "replies": turn.replies})
        return more

    async def _ask(self, claim: Claim, said: Said) -> list[Act] | None:
        """The assistant's acts; none when staff hold the conversation or nothing was said; None if down."""
        if claim.owner == "staff" or not said.text:
            return []
        self._hub.publish(
            conversation_subject(claim.conversation_id), kind="typing", author="assistant", on=True
        )
        question = Heard(claim.conversation_id, str(said.id), said.text, said.payload)
        try:
            return await self._assistant.reply(question)
        except AssistantUnavailable:
            return None

    async def _answer(self, turn: Turn, acts: list[Act] | None) -> None:
        if turn.conversation.owner == "staff":  # taken, perhaps while the assistant was thinking
            await self._note_contact(turn, acknowledge=False)
            return
        await announce(turn, acts)
        if not turn.heard.text:
            await acknowledge_files(turn)
            return
        if await self._note_contact(turn, acknowledge=True):
            return
        if acts is None:
            await hand_over(turn, UNAVAILABLE)
        else:
            for act in acts:
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
