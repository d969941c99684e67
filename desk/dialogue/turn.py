"""One turn of a conversation: a citizen's message in, what to say and what to open out."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.conversations.claims import Said
from desk.conversations.models import Conversation
from desk.conversations.outbound import Reply, store_reply


@dataclass(frozen=True)
class Turn:
    """What every act needs: who speaks, to which town, and when."""

    session: AsyncSession
    commune: Commune
    conversation: Conversation
    heard: Said
    now: datetime
    replies: list[Reply] = field(default_factory=list)
    """What was said so far."""
    handed: list[str] = field(default_factory=list)
    """Why humans were called, in the order it happened."""

    @property
    def local_now(self) -> datetime:
        return self.commune.local(self.now)

    async def say(self, reply: Reply) -> None:
        """Store a reply to the message that was heard."""
        await store_reply(self.session, self.conversation, reply, self.now, self.heard.id)
        self.replies.append(reply)
