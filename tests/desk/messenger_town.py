"""A town with Messenger: the desk and the simulated Meta, each knowing where the other is."""

from collections.abc import AsyncIterator, Iterable

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from desk.assistant.memory import MemoryAssistant
from desk.channels.messenger.config import CHANNEL, sender_id
from desk.clock import FixedClock
from desk.conversations.channel_models import ChannelThread
from desk.conversations.models import Conversation, Message
from desk.settings import Settings
from tests.desk.running import Desk, running
from tests.simulators.graph_api import APP_ID, APP_SECRET, PAGE, TOKENS, VERIFY_TOKEN, Meta, Person

WEBHOOK = "/webhooks/messenger"
TIMEOUT = 1.0


def towards(settings: Settings, meta: Meta, pages: Iterable[str] = TOKENS) -> Settings:
    """The same settings, with an application at the simulated Meta, and the tokens of these Pages."""
    return settings.model_copy(update={
        "messenger_app_id": APP_ID, "messenger_app_secret": SecretStr(APP_SECRET),
        "messenger_verify_token": SecretStr(VERIFY_TOKEN),
        "messenger_tokens": SecretStr(" ".join(f"{page}={TOKENS[page]}" for page in pages)),
        "messenger_graph_url": meta.url, "messenger_timeout": TIMEOUT,
        "messenger_per_second": 1000.0, "messenger_media_hosts": "127.0.0.1",
    })  # fmt: skip


@pytest.fixture
async def meta(clock: FixedClock) -> AsyncIterator[Meta]:
    """Meta, without any of its bad habits: a test that wants some makes its own."""
    async with Meta(clock) as meta:
        yield meta


@pytest.fixture
async def messenger(
    settings: Settings, clock: FixedClock, assistant: MemoryAssistant, meta: Meta
) -> AsyncIterator[Desk]:
    """The desk, connected to Meta."""
    async with running(towards(settings, meta), clock, assistant) as desk:
        meta.connect(f"{desk.url}{WEBHOOK}")
        yield desk
        await meta.disconnect()


@pytest.fixture
def lea(meta: Meta) -> Person:
    """A citizen of Sainte-Aure, who has not written yet."""
    return meta.page(PAGE).person("7001")


async def conversation_of(desk: Desk, person: Person) -> Conversation | None:
    """Somebody's conversation, None before their first word."""
    known = sender_id(person.page.id, person.psid)
    query = select(Conversation).where(Conversation.channel == CHANNEL, Conversation.external_id == known)
    async with desk.context.database.read() as session:
        return await session.scalar(query)


async def thread_of(desk: Desk, person: Person) -> ChannelThread | None:
    """What the desk knows of somebody's thread."""
    conversation = await conversation_of(desk, person)
    if conversation is None:
        return None
    query = select(ChannelThread).where(ChannelThread.conversation_id == conversation.id)
    async with desk.context.database.read() as session:
        return await session.scalar(query)


async def messages_of(desk: Desk, person: Person) -> list[Message]:
    """Everything that was said with somebody, in order."""
    conversation = await conversation_of(desk, person)
    if conversation is None:
        return []
    query = select(Message).where(Message.conversation_id == conversation.id).order_by(Message.id)
    async with desk.context.database.read() as session:
        return list(await session.scalars(query))
