"""The port every channel fills: carry one stored message to its citizen."""

from typing import Protocol

from desk.conversations.models import Message


class DeliveryError(Exception):
    """The message was not carried. ``permanent``: trying again would not help."""

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        self.code = code
        self.permanent = permanent
        super().__init__(code)


class Channel(Protocol):
    """A way to reach citizens. docs/adding-a-channel.md lists what one must do."""

    name: str

    async def deliver(self, message: Message) -> None:
        """Carry ``message`` now. Raises DeliveryError."""
        ...
