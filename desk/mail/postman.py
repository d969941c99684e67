"""The postman: sends the e-mails that were ordered, again later when it failed."""

import asyncio
from datetime import datetime, timedelta
from email.errors import MessageError
from email.utils import parseaddr

from desk.background import tried
from desk.clock import Clock
from desk.db.engine import Database
from desk.log import get_logger
from desk.mail.compose import compose
from desk.mail.models import Mail
from desk.mail.sending import claim, drop, due_since, mark_failed, mark_retry, mark_sent
from desk.mail.smtp import MailError, SmtpServer
from desk.settings import Settings

SWEEP_SECONDS = 2.0
LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
MAX_ATTEMPTS = 24
"""With the delays above, about three days: a server that was down over a week-end is still reached."""

LONGEST_REASON = 200
STALE_AFTER = timedelta(days=7)
"""An e-mail that could not be tried for so long (no server is set, or the desk was stopped) is dropped: its
news are on the staff pages anyway, its links have expired, and the day a server is set, people are not sent
the pile of months."""


class Postman:
    """Sends one e-mail at a time, so that a desk killed on the way repeats one at most.

    Without a server (``BEFFROI_SMTP_HOST`` empty), e-mails wait, in case one is set within the week.
    """

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._sender = settings.mail_from
        self._server = SmtpServer(settings) if settings.smtp_host else None
        self._clock = clock

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                if not await tried(self.step, "postman_failed"):
                    await self.hang_up()
                    await asyncio.sleep(SWEEP_SECONDS)
        finally:
            if self._server is not None:
                self._server.cut()

    async def step(self) -> bool:
        """Send what has been due longest; whether to go on with the next one."""
        now = self._clock.now()
        async with self._database.read() as session:
            since = await due_since(session)
        if since is None or since > now:
            return False
        if since <= now - STALE_AFTER:
            async with self._database.write() as session:
                await drop(session, now - STALE_AFTER)
        if self._server is None:
            return False
        async with self._database.write() as session:
            mail = await claim(session, now, LEASE)
        return mail is not None and await self._send(self._server, mail, now)

    async def hang_up(self) -> None:
        """Keep no line open while there is nothing to send."""
        if self._server is not None:
            await asyncio.to_thread(self._server.hang_up)

    async def _send(self, server: SmtpServer, mail: Mail, now: datetime) -> bool:
        try:
            message = compose(mail, self._sender)
            await asyncio.to_thread(server.send, message, parseaddr(self._sender)[1], mail.address)
        except MailError as error:
            await self._refused(mail, error, now)
            return not error.for_all
        except (ValueError, MessageError):  # it cannot even be written: the next one can
            await self._refused(mail, MailError("not_a_message", permanent=True), now)
            return True
        async with self._database.write() as session:
            await mark_sent(session, mail.id, now)
        return True

    async def _refused(self, mail: Mail, error: MailError, now: datetime) -> None:
        gives_up = error.permanent or mail.attempts + 1 >= MAX_ATTEMPTS
        get_logger().warning("mail_not_sent", mail_id=mail.id, code=error.code, given_up=gives_up)
        why = f"{error.code}: {error.said}".removesuffix(": ")[:LONGEST_REASON]
        async with self._database.write() as session:
            if gives_up:
                await mark_failed(session, mail.id, why)
            else:
                await mark_retry(session, mail.id, why, retry_at(mail.attempts, now))


def retry_at(attempts: int, now: datetime) -> datetime:
    """When to try again: after a minute, then twice as long each time, at most four hours."""
    return now + min(FIRST_RETRY * (1 << min(attempts, 10)), LONGEST_RETRY)
