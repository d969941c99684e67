"""What every channel does with a citizen's message once its adapter has understood it."""

from sqlalchemy.ext.asyncio import AsyncSession

from desk.assistant.payloads import HUMAN
from desk.clock import Clock
from desk.communes.registry import Commune
from desk.conversations.hub import WORK, Hub, conversation_subject
from desk.conversations.inbound import InboundMessage, store_inbound
from desk.conversations.models import Conversation, Message
from desk.conversations.outbound import Reply, store_reply
from desk.db.engine import Database
from desk.texts.dates import say_duration


class Reception:
    """Stores, then wakes a worker: when ``receive`` returns, the message is safe."""

    def __init__(self, database: Database, hub: Hub, clock: Clock) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock

    async def receive(self, conversation: Conversation, inbound: InboundMessage) -> Message:
        """The stored message, the same one when it had already arrived."""
        async with self._database.write() as session:
            message, is_new = await store_inbound(session, conversation, inbound, self._clock.now())
        if is_new:
            self._hub.publish(WORK)
            self._hub.publish(conversation_subject(conversation.id), kind="message")
        return message

    async def welcome(self, session: AsyncSession, conversation: Conversation, commune: Commune) -> None:
        """The first words: a machine, how to reach a human, what becomes of the data (AI Act, art. 50)."""
        texts = commune.texts
        key = "accueil" if commune.settings.privacy_url else "accueil_sans_lien"
        said = texts(key, commune=commune.settings.name, privacy_url=commune.settings.privacy_url,
                     delai=say_duration(texts, commune.settings.reply_hours))  # fmt: skip
        buttons = [{"title": texts("bouton_humain"), "payload": HUMAN}]
        reply = Reply(said, outcome="system", author="assistant", buttons=buttons)
        await store_reply(session, conversation, reply, self._clock.now())
