"""What staff do to a conversation and its tickets, and what the citizen is told of it."""

from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.channel_threads import disclosed, thread_state
from desk.conversations.models import Conversation
from desk.conversations.outbound import Reply, store_reply
from desk.dialogue.by_mail import letter, mail_address, mail_reply
from desk.dialogue.disclosure import note_told
from desk.dialogue.resolution import resolution_question
from desk.errors import Conflict
from desk.texts.dates import say_moment
from desk.tickets import lifecycle, sorting
from desk.tickets.consultations import cancel_open
from desk.tickets.deadline import Promise
from desk.tickets.models import Ticket
from desk.tickets.opening import reopen_ticket
from desk.tickets.reachability import reachability
from desk.tickets.states import is_open


class Person(Protocol):
    """A member of staff, as citizens know them."""

    id: int
    first_name: str
    job: str


class Staffing:
    """One member of staff's work on one ticket, inside one transaction.

    Every verb tells whether it changed anything: a button pressed twice does the same as once. All but
    ``urgent`` raise Conflict when a colleague holds the conversation.
    """

    def __init__(
        self, session: AsyncSession, commune: Commune, ticket: Ticket, conversation: Conversation,
        person: Person, now: datetime,
    ) -> None:  # fmt: skip
        self._session, self._commune = session, commune
        self._ticket, self._conversation = ticket, conversation
        self._person, self._now = person, now
        self._promise = Promise(commune.settings)

    async def take(self) -> bool:
        """Hold the conversation. Raises Conflict when the ticket is resolved."""
        self._not_held_by_another()
        # Held by nobody here: somebody answers from the platform's own inbox, and may be relieved.
        holds = self._conversation.owner == "staff" and self._conversation.owner_staff_id is not None
        if holds and self._ticket.staff_id == self._person.id:
            return False
        lifecycle.take(self._session, self._ticket, self._person.id, self._now)
        if not holds:
            await self._hold(self._person)
            await self._announce_holder(self._person)
        return True

    async def reply(
        self, text: str, seen: int | None = None, once: str | None = None, *,
        by: Literal["mail"] | None = None,
    ) -> None:  # fmt: skip
        """Write to the citizen; the assistant keeps silent from then on.

        ``seen`` is the ticket's version on the page where the reply was written, ``once`` the key that
        tells a second sending. ``by`` mail: to the address they gave, instead of where they wrote. Raises
        Conflict for what could not leave that way.
        """
        self._not_held_by_another()
        lifecycle.must_be_open(self._ticket)
        if seen is not None:
            lifecycle.check_version(self._ticket, seen)
        mailed = await self._mailed() if by == "mail" else None
        if mailed is None:
            await self._must_take_replies()
        await self._hold(self._person)
        lifecycle.reply_noted(self._session, self._ticket, self._person.id, self._now)
        name = self._commune.texts("staff.signature", prenom=self._person.first_name, metier=self._person.job)
        reply = Reply(text, outcome="staff", author="staff", author_name=name, topic=self._ticket.topic,
                      ticket=self._ticket.reference, external_id=once, by=by)  # fmt: skip
        number = await store_reply(self._session, self._conversation, reply, self._now)
        if mailed is not None:
            address, page = mailed
            body = letter(self._commune, self._ticket, page, text, name)
            await mail_reply(self._session, self._commune, self._ticket, number, address, body, self._now)

    async def release(self) -> bool:
        """Give the conversation back to the assistant; the ticket stays open, without anybody on it."""
        self._not_held_by_another()
        holds = self._conversation.owner == "staff"
        if not (holds or self._ticket.staff_id == self._person.id):
            return False
        lifecycle.release(self._session, self._ticket, self._person.id, self._now)
        if holds:
            let_go(self._conversation)
            await self._announce("staff.released")
            await note_told(self._session, self._commune, self._conversation.id, self._now)
        return True

    async def wait(self) -> bool:
        """The citizen has to answer first: the clock stands still. Raises Conflict when it is resolved."""
        self._not_held_by_another()
        return lifecycle.wait_for_citizen(self._session, self._ticket, self._person.id, self._now)

    async def resume(self) -> bool:
        """Do not wait any longer: the clock goes on."""
        self._not_held_by_another()
        return lifecycle.resume(self._session, self._ticket, self._promise, self._now, self._person.id)

    async def resolve(self) -> bool:
        """Close the ticket, ask nobody about it any more, give the conversation back, ask the citizen."""
        self._not_held_by_another()
        if not is_open(self._ticket.state):
            return False
        await cancel_open(self._session, self._ticket, self._person.id, self._now)
        lifecycle.resolve(self._session, self._ticket, self._person.id, self._now)
        let_go(self._conversation)
        reply = resolution_question(self._commune.texts, self._ticket.reference)
        await store_reply(self._session, self._conversation, reply, self._now)
        await note_told(self._session, self._commune, self._conversation.id, self._now)
        return True

    async def reopen(self) -> bool:
        """It was not over: the citizen is told the new promise. Raises Conflict when it is over for good."""
        self._not_held_by_another()
        if is_open(self._ticket.state):
            return False
        await reopen_ticket(self._session, self._ticket, self._promise, self._now, reason="staff",
                            staff_id=self._person.id)  # fmt: skip
        await self._announce("staff.reopened", echeance=self._due(self._ticket))
        return True

    async def urgent(self, urgent: bool) -> bool:
        """Put the ticket before all others, or not."""
        return lifecycle.set_urgent(self._session, self._ticket, urgent, self._person.id, self._now)

    async def assign(self, to: Person) -> bool:
        """A colleague is in charge from now on, and holds the conversation if it was held."""
        if self._ticket.staff_id == to.id:
            return False
        self._not_held_by_another()
        lifecycle.assign(self._session, self._ticket, to.id, self._person.id, self._now)
        if self._conversation.owner == "staff" and self._conversation.owner_staff_id != to.id:
            await self._hold(to)
            await self._announce_holder(to)
        return True

    async def merge(self, other: Ticket, elsewhere: Conversation, *, sure: bool) -> bool:
        """Make one of two tickets; whoever reads the other conversation is told where the answer comes.

        Raises Conflict as desk/tickets/sorting.py does.
        """
        self._not_held_by_another()
        apart = elsewhere.id != self._conversation.id
        if apart:
            self._not_held_by_another(elsewhere)
        merged = await sorting.merge(self._session, self._ticket, other, self._promise, self._person.id,
                                     self._now, sure=sure)  # fmt: skip
        if merged and apart:
            let_go(elsewhere)
            said = self._commune.texts("staff.merged", reference=other.reference,
                                       autre=self._ticket.reference)  # fmt: skip
            await store_reply(self._session, elsewhere, self._information(said, other), self._now)
        return merged

    async def split(self, filing: sorting.Filing, about: str, once: str) -> tuple[Ticket, bool]:
        """A ticket of its own for the other thing that was asked, and whether it is new.

        The citizen is told its promise.
        """
        self._not_held_by_another()
        beside, is_new = await sorting.split(
            self._session, self._ticket, self._conversation, filing, about, once, self._promise,
            self._person.id, self._now,
        )  # fmt: skip
        if is_new:
            said = self._commune.texts("staff.split", reference=beside.reference, echeance=self._due(beside))
            await store_reply(self._session, self._conversation, self._information(said, beside), self._now)
        return beside, is_new

    async def _must_take_replies(self) -> None:
        state = await reachability(self._session, self._commune, self._conversation.id, self._now)
        if state is not None and not state.takes_reply:
            raise Conflict("window_closed")

    async def _mailed(self) -> tuple[str, str]:
        """The citizen's address, and the page where they wrote. Raises Conflict."""
        address = mail_address(self._ticket)
        thread = await thread_state(self._session, self._conversation.id)
        if address is None or thread is None:
            raise Conflict("no_mail_way")
        return address, thread.page

    def _not_held_by_another(self, conversation: Conversation | None = None) -> None:
        held = conversation or self._conversation
        if held.owner == "staff" and held.owner_staff_id not in (None, self._person.id):
            raise Conflict("held", staff_id=held.owner_staff_id)

    async def _hold(self, person: Person) -> None:
        self._conversation.owner = "staff"
        self._conversation.owner_staff_id = person.id
        self._conversation.staff_active_at = self._now
        await disclosed(self._session, self._conversation.id, None)  # a human answers from now on

    async def _announce_holder(self, person: Person) -> None:
        await self._announce("staff.taken", prenom=person.first_name, metier=person.job)

    async def _announce(self, key: str, **values: object) -> None:
        said = self._commune.texts(key, reference=self._ticket.reference, **values)
        await store_reply(self._session, self._conversation, self._information(said, self._ticket), self._now)

    def _information(self, said: str, ticket: Ticket) -> Reply:
        return Reply(said, outcome="system", author="system", ticket=ticket.reference)

    def _due(self, ticket: Ticket) -> str:
        return say_moment(self._commune.texts, self._commune.local(ticket.due_at))


def let_go(conversation: Conversation) -> None:
    """The assistant answers again."""
    conversation.owner, conversation.owner_staff_id, conversation.staff_active_at = "assistant", None, None
