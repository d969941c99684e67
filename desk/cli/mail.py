"""``beffroi mail``: whether e-mails leave, and which did not."""

import argparse
from email.utils import parseaddr
from typing import Any

from desk.clock import SystemClock
from desk.communes.registry import Communes
from desk.db.engine import Database
from desk.errors import BadRequest
from desk.mail.compose import compose
from desk.mail.models import Mail
from desk.mail.outbox import failed_mails, is_address
from desk.mail.smtp import MailError, SmtpServer
from desk.settings import Settings, SettingsError

REASONS = {
    "server_down": "BEFFROI_SMTP_HOST, BEFFROI_SMTP_PORT: the mail server does not answer",
    "starttls_refused": "BEFFROI_SMTP_SECURITY: the mail server offers no line protected by STARTTLS",
    "login_refused": "BEFFROI_SMTP_USER, BEFFROI_SMTP_PASSWORD: the mail server refused the account",
    "sender_refused": "BEFFROI_MAIL_FROM: the mail server refused the sender",
    "line_lost": "BEFFROI_SMTP_HOST: the mail server cut the line",
}


def add_parser(commands: Any) -> None:
    """Add this command and its own sub-commands."""
    verbs = commands.add_parser("mail", help="e-mails").add_subparsers(required=True, metavar="verb")
    test = verbs.add_parser("test", help="send one e-mail at once, and say what the server answered")
    test.add_argument("address")
    test.set_defaults(run=send_test)
    failed = verbs.add_parser("failed", help="list the e-mails that were given up")
    failed.add_argument("--commune", help="the commune's id (default: BEFFROI_DEFAULT_COMMUNE)")
    failed.set_defaults(run=list_failed)


async def send_test(settings: Settings, arguments: argparse.Namespace) -> None:
    """Send one e-mail. Raises SettingsError with the reason when it did not leave, BadRequest."""
    if not settings.smtp_host:
        raise SettingsError("BEFFROI_SMTP_HOST: no mail server is set")
    if not is_address(arguments.address):
        raise BadRequest("bad_email")
    communes = Communes(settings.communes_dir)
    communes.check_default(settings.default_commune)
    texts, now = communes[settings.default_commune].texts, SystemClock().now()
    mail = Mail(id=0, commune=settings.default_commune, address=arguments.address, created_at=now,
                subject=texts("mail.test.subject"), body=texts("mail.test.body"))  # fmt: skip
    server = SmtpServer(settings)
    try:
        server.send(compose(mail, settings.mail_from), parseaddr(settings.mail_from)[1], mail.address)
    except MailError as error:
        why = REASONS.get(error.code, f"the mail server refused {mail.address}")
        raise SettingsError(f"{why} ({error.said})" if error.said else why) from error
    server.hang_up()
    print(f"sent to {mail.address}")


async def list_failed(settings: Settings, arguments: argparse.Namespace) -> None:
    """The latest e-mails that were given up: when, to whom, about what, why."""
    database = Database(settings.database_url)
    try:
        async with database.read() as session:
            for mail in await failed_mails(session, arguments.commune or settings.default_commune):
                print(f"{mail.created_at:%Y-%m-%d %H:%M}  {mail.address}  {mail.subject}  {mail.error}")
    finally:
        await database.close()
