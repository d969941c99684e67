"""A real mail server on loopback, which refuses when it is told to, and certificates for it."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

OK = "250 OK"


@dataclass
class Mailbox:
    """What has arrived, and what the server answers: an address to ``addressed``, a message to ``data``."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    protected: list[bool] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    addressed: Callable[[str], str] = lambda address: OK
    data: Callable[[], str] = lambda: OK
    sender: str = OK

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.received]

    async def handle_MAIL(  # noqa: N802 (aiosmtpd calls it so)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.sender == OK:
            envelope.mail_from = address
        return self.sender

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.tried.append(address)
        answer = self.addressed(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data()
        if answer == OK:
            message = message_from_bytes(envelope.content, policy=default)
            self.received.append(message)
            self.recipients.append(envelope.rcpt_tos)
            self.protected.append(server.transport.get_extra_info("ssl_object") is not None)
        return answer


@asynccontextmanager
async def mail_server(
    box: Mailbox | None = None, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[Mailbox]:
    """A server on the box's port, or on a free one; ``options`` are aiosmtpd's."""
    box = box or Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, hostname="mail.example", loop=loop, **options), "127.0.0.1", box.port, ssl=tls
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def accepts(user: str, password: str) -> Callable[..., AuthResult]:
    """What lets one account in."""

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        good = isinstance(given, LoginPassword) and (given.login, given.password) == (
            user.encode(), password.encode()
        )  # fmt: skip
        return AuthResult(success=good, handled=False)

    return check


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself: its file, to be trusted, and the server's side."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, secret = folder / "mail.pem", folder / "mail.key"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                          serialization.NoEncryption())
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, secret)
    return public, context
