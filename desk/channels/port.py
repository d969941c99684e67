"""The port every channel fills: carry one stored message to its citizen."""

from datetime import datetime
from typing import Protocol

from desk.conversations.models import Message


class DeliveryError(Exception):
    """The message was not carried. ``permanent``: trying again would not help."""

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        self.code = code
        self.permanent = permanent
        super().__init__(code)


class NotYet(Exception):
    """The message must wait until ``until``, through no fault of its own: it is not a failed attempt.

    ``tried``: it was one, and nobody knows how it ended.
    """

    def __init__(self, code: str, until: datetime, *, tried: bool = False) -> None:
        self.code = code
        self.until = until
        self.tried = tried
        super().__init__(code)


class Channel(Protocol):
    """A way to reach citizens. docs/adding-a-channel.md lists what one must do."""

    name: str

    async def deliver(self, message: Message) -> None:
        """Carry ``message`` now. Raises DeliveryError, or NotYet.

        Called once at a time for a conversation, in order; and again, for a message that had already been
        carried, when the desk was killed before it could note it.
        """
        ...
