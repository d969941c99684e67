"""The town's mail server. Everything here waits for the network: call it from a thread."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from desk.settings import Settings

TIMEOUT_SECONDS = 15.0
"""How long the server may take for one answer."""

PERMANENT = 500
"""From this code on, trying again changes nothing."""


class MailError(Exception):
    """An e-mail that was not taken. ``code`` is ours, ``said`` is what the server answered.

    ``permanent``: this e-mail never will be. ``for_all``: no other would have been taken either.
    """

    def __init__(self, code: str, said: str = "", *, permanent: bool = False, for_all: bool = False) -> None:
        super().__init__(code)
        self.code, self.said = code, said
        self.permanent, self.for_all = permanent, for_all


class SmtpServer:
    """A line to the server, opened for the first e-mail and kept for the next ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._line: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, sender: str, address: str) -> None:
        """Have the server take it. Raises MailError, and hangs up then."""
        line = self._line or self._open()
        self._line = line
        try:
            line.send_message(message, sender, [address])
        except OSError as error:  # smtplib's own errors are all of this kind
            self.hang_up()
            raise _refusal(error) from error

    def hang_up(self) -> None:
        """Say goodbye, if anybody is still there."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.quit()

    def cut(self) -> None:
        """Wake the thread that waits for the server: the desk stops."""
        line = self._line
        if line is not None and line.sock is not None:
            with suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)

    def _open(self) -> smtplib.SMTP:
        with _telling("server_down"):
            line = self._dial()
        try:
            with _telling("server_down"):
                line.ehlo_or_helo_if_needed()
            if self._settings.smtp_security == "starttls":
                with _telling("starttls_refused"):  # never in clear when it was asked otherwise
                    line.starttls(context=ssl.create_default_context())
            if self._settings.smtp_user:
                with _telling("login_refused"):
                    line.login(self._settings.smtp_user, self._settings.smtp_password.get_secret_value())
        except MailError:
            line.close()
            raise
        return line

    def _dial(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host, self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)


@contextmanager
def _telling(code: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # a password or a host that smtplib cannot even write
        raise MailError(code, _said(error), for_all=True) from error


def _refusal(error: OSError) -> MailError:
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            code, words = next(iter(recipients.values()))
            return MailError("address_refused", f"{code} {_text(words)}", permanent=code >= PERMANENT)
        case smtplib.SMTPSenderRefused():  # ours: somebody will correct BEFFROI_MAIL_FROM
            return MailError("sender_refused", _said(error), for_all=True)
        case smtplib.SMTPResponseException(smtp_code=code):
            return MailError("message_refused", _said(error), permanent=code >= PERMANENT)
        case smtplib.SMTPNotSupportedError():  # an address with accents, on a server that knows none
            return MailError("address_not_supported", permanent=True)
    return MailError("line_lost", _said(error), for_all=True)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return (error.strerror or str(error)) if isinstance(error, OSError) else type(error).__name__


def _text(words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(said.split())
