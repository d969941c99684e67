"""Questions that nobody answers: the whole department is asked, then the managers are told."""

from datetime import datetime

from sqlalchemy import select

from desk.communes.registry import Commune
from desk.conversations.hub import queue_subject
from desk.log import get_logger
from desk.rounds.run import in_each
from desk.rounds.staff_round import StaffRound
from desk.tickets.access import Reach, ticket_for_staff
from desk.tickets.consultation_mail import Kind, mail_staff
from desk.tickets.consultations import AWAITED, consultation_of, give_up_waiting, widen
from desk.tickets.deadline import Promise
from desk.tickets.models import Consultation, Ticket

BATCH = 100


class Reassigner(StaffRound):
    """Looks for questions whose ``reassign_at`` has come; each is handled in a transaction of its own."""

    async def step(self) -> int:
        """Hand on what is due; how many were."""
        return await in_each(self.communes, self._hand_on_all)

    async def _hand_on_all(self, commune: Commune) -> int:
        now, done = self.clock.now(), 0
        for reference, number in await self._due(commune, now):
            try:
                done += await self._hand_on(commune, reference, number, now)
            except Exception:  # the others must not wait behind it
                get_logger().exception("reassign_failed", commune=commune.id, consultation=number)
        if done:
            self.hub.publish(queue_subject(commune.id), kind="changed")
        return done

    async def _due(self, commune: Commune, now: datetime) -> list[tuple[str, int]]:
        query = (
            select(Ticket.reference, Consultation.id).join(Ticket, Ticket.id == Consultation.ticket_id)
            .where(Consultation.reassign_at <= now, Consultation.commune == commune.id)
            .order_by(Consultation.reassign_at, Consultation.id).limit(BATCH)
        )  # fmt: skip
        async with self.database.read() as session:
            return [(reference, number) for reference, number in (await session.execute(query)).tuples()]

    async def _hand_on(self, commune: Commune, reference: str, number: int, now: datetime) -> bool:
        promise = Promise(commune.settings)
        kind: Kind
        async with self.database.write() as session:
            ticket, _ = await ticket_for_staff(session, Reach(commune.id), reference, lock=True)
            asked = await consultation_of(session, ticket, number)
            if asked.state not in AWAITED or asked.reassign_at is None or asked.reassign_at > now:
                return False  # answered, or handed on by another desk, in the meantime
            team = await self.team(session, commune, now)
            if asked.staff_id is not None:
                widen(session, ticket, promise, asked, now)
                told, kind = team.of_departments([asked.service]), "asked"
            else:
                give_up_waiting(session, ticket, promise, asked, now)
                told, kind = team.managers(), "silent"
            addresses = [one.email for one in told]
            await mail_staff(session, commune, self.site, kind, ticket, asked, addresses, now)
        return True
