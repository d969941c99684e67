"""The widget's channel: citizens fetch their messages, so delivering is telling their page.

A reply on such a channel is marked as sent when it is stored (``FETCHED`` in conversations/outbound.py);
the outbox finds here only what a release before that left in its queue.
"""

from desk.conversations.hub import Hub, conversation_subject
from desk.conversations.models import Message


class WebChannel:
    """Wakes the sockets that watch the conversation; a page that is away fetches on its return."""

    def __init__(self, hub: Hub, name: str = "web") -> None:
        self._hub = hub
        self.name = name

    async def deliver(self, message: Message) -> None:
        self._hub.publish(conversation_subject(message.conversation_id), kind="message")
