"""Answering one claimed conversation: ask outside any transaction, write everything in one."""

from datetime import timedelta

from desk.assistant.acts import Act
from desk.assistant.port import Assistant, AssistantUnavailable, Heard
from desk.clock import Clock
from desk.communes.registry import Communes
from desk.conversations.claims import hold_claim, next_unanswered, postpone, settle
from desk.conversations.hub import Hub, conversation_subject
from desk.conversations.models import Conversation, Message
from desk.conversations.outbound import Reply
from desk.db.engine import Database
from desk.dialogue.acts import perform
from desk.dialogue.handover import hand_over
from desk.dialogue.turn import Turn
from desk.log import get_logger
from desk.tickets.actions import attach_contact, open_ticket_of
from desk.tickets.contact import find_contact

UNAVAILABLE = "unavailable"
RETRY_STEP = timedelta(seconds=5)
RETRY_MOST = timedelta(minutes=5)


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

    async def process(self, conversation: Conversation, worker: str) -> bool:
        """Answer one message; whether another one waits. Failing work is postponed, never dropped."""
        try:
            return await self._process(conversation, worker)
        except Exception:
            get_logger().exception("turn_failed", conversation_id=conversation.id)
            delay = min(RETRY_STEP * 2 ** min(conversation.attempts, 10), RETRY_MOST)
            async with self._database.write() as session:
                await postpone(session, conversation.id, worker, self._clock.now() + delay)
            return False

    async def _process(self, conversation: Conversation, worker: str) -> bool:
        async with self._database.read() as session:
            heard = await next_unanswered(session, conversation.id)
        acts = await self._ask(conversation, heard) if heard else None
        async with self._database.write() as session:
            held = await hold_claim(session, conversation.id, worker)
            if held is None:
                return False  # the lease ran out and another worker has it: ours is thrown away
            changed_hands = conversation.owner == "staff" and held.owner == "assistant"
            if heard is not None and not changed_hands:  # else nobody was asked: it waits for its turn
                message = await session.get_one(Message, heard.id)
                turn = Turn(session, self._communes[held.commune], held, message, self._clock.now())
                await self._answer(turn, acts)
                message.answered_at = turn.now
                await session.flush()
            more = await settle(session, held)
        self._hub.replies_stored(conversation.id, conversation.commune)
        return more

    async def _ask(self, conversation: Conversation, heard: Message) -> list[Act] | None:
        """The assistant's acts; none to carry out when staff hold the conversation; None if down."""
        if conversation.owner == "staff":
            return []
        self._hub.publish(conversation_subject(conversation.id), kind="typing", author="assistant", on=True)
        question = Heard(conversation.id, str(heard.id), heard.text, heard.payload)
        try:
            return await self._assistant.reply(question)
        except AssistantUnavailable:
            return None

    async def _answer(self, turn: Turn, acts: list[Act] | None) -> None:
        if turn.conversation.owner == "staff":  # taken, perhaps while the assistant was thinking
            await self._note_contact(turn, acknowledge=False)
        elif await self._note_contact(turn, acknowledge=True):
            return
        elif acts is None:
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
