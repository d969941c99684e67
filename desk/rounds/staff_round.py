"""What the rounds that write to staff have in common."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import Clock
from desk.communes.registry import Commune, Communes
from desk.conversations.hub import Hub
from desk.db.engine import Database
from desk.rounds.people import Directory, Team


@dataclass(frozen=True)
class StaffRound:
    """What such a round works with; ``site`` is the public address that the staff pages are under."""

    database: Database
    communes: Communes
    hub: Hub
    clock: Clock
    directory: Directory
    site: str

    async def team(self, session: AsyncSession, commune: Commune, now: datetime) -> Team:
        """The colleagues of a commune; who is away is a matter of its own date."""
        return Team(await self.directory(session, commune.id), commune.local(now).date())
