"""From a stored e-mail to what travels."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from desk.mail.models import Mail


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message, the same at each sending, so that one sent twice can be told by its Message-ID.

    ``sender`` is an address, with or without a name. Raises ValueError for a header that is not one line.
    """
    name, address = parseaddr(sender)
    origin = Address(name, addr_spec=address)
    message = EmailMessage(policy=SMTP)
    message["From"] = origin
    message["To"] = Address(addr_spec=mail.address)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<beffroi-{mail.id}-{mail.created_at:%Y%m%d%H%M%S}@{origin.domain}>"
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    else:  # nobody is there to read an automatic reply
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.body, cte="quoted-printable")
    return message
