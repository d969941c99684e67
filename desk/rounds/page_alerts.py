"""Telling managers and admins by e-mail that a Page sends nothing any more, or is about to: each once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.channel_models import ChannelPage
from desk.conversations.channel_pages import troubled_pages
from desk.mail.models import Mail
from desk.mail.outbox import order
from desk.rounds.people import Colleague, Team
from desk.rounds.run import in_each
from desk.rounds.staff_round import StaffRound
from desk.texts.dates import say_moment


@dataclass(frozen=True)
class Alert:
    """What happened to a Page: ``kind`` is stopped, warned or policy, ``code`` what the platform said."""

    page: str
    kind: str
    code: str
    since: datetime

    def key(self, person: Colleague) -> str:
        """Keeps one person from being told twice. A sanction's own words are too long for it."""
        code = self.kind if self.kind == "policy" else self.code
        return f"page:{self.page}:{code}:{self.since.isoformat()}:{person.id}"


class PageAlerts(StaffRound):
    """Looks for Pages that a human must mend."""

    async def step(self) -> int:
        """Tell what is new; how many e-mails were ordered."""
        return await in_each(self.communes, self._tell)

    async def _tell(self, commune: Commune) -> int:
        now = self.clock.now()
        async with self.database.read() as session:
            alerts = alerts_of(await troubled_pages(session, commune.id))
            if not alerts:
                return 0
            team = await self.team(session, commune, now)
            untold = await _untold(session, alerts, team)
        if not untold:
            return 0
        async with self.database.write() as session:
            told = [await self._order(session, commune, *one, now) for one in untold]
        return sum(told)

    async def _order(
        self, session: AsyncSession, commune: Commune, alert: Alert, person: Colleague, now: datetime
    ) -> bool:
        names = {page.id: page.name for page in commune.settings.messenger.pages}
        texts, name = commune.texts, names.get(alert.page, alert.page)
        known = f"mail.page.{alert.kind}_{alert.code}"
        key = known if texts.has(known) else f"mail.page.{alert.kind}"
        paragraphs = [
            texts("mail.hello", prenom=person.first_name),
            texts(key, page=name, code=alert.code),
            texts("mail.page.since", date=say_moment(texts, commune.local(alert.since))),
            texts("mail.page.mend", lien=f"{self.site}/staff/"),
            texts("mail.foot", commune=commune.settings.name, lien=f"{self.site}/staff/"),
        ]
        subject = texts(f"mail.page.subject_{alert.kind}", page=name)
        body = "\n\n".join(paragraphs) + "\n"
        return await order(session, commune.id, person.email, subject, body, now, once=alert.key(person))


def alerts_of(pages: Iterable[ChannelPage]) -> list[Alert]:
    """Everything that is wrong; a Page may have several troubles."""
    found = []
    for row in pages:
        said = (("stopped", row.stopped, row.stopped_at), ("warned", row.warned, row.warned_at),
                ("policy", row.policy, row.policy_at))  # fmt: skip
        found += [Alert(row.page, kind, code, since) for kind, code, since in said if code and since]
    return found


async def _untold(session: AsyncSession, alerts: list[Alert], team: Team) -> list[tuple[Alert, Colleague]]:
    """Who has not been told of what yet: managers and admins, even away."""
    wanted = {alert.key(person): (alert, person) for alert in alerts for person in team.alerted()}
    known = await session.scalars(select(Mail.once).where(Mail.once.in_(wanted)))
    return [wanted[key] for key in wanted.keys() - set(known)]
