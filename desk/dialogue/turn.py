"""One turn of a conversation: a citizen's message in, what to say and what to open out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.models import Conversation, Message
from desk.conversations.outbound import Reply, store_reply


@dataclass(frozen=True)
class Turn:
    """What every act needs: who speaks, to which town, and when."""

    session: AsyncSession
    commune: Commune
    conversation: Conversation
    heard: Message
    now: datetime

    @property
    def local_now(self) -> datetime:
        return self.commune.local(self.now)

    async def say(self, reply: Reply) -> Message:
        """Store a reply to the message that was heard."""
        return await store_reply(self.session, self.conversation, reply, self.now, self.heard.id)
