"""What messages said before their authors changed them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.channel_models import MessageVersion
from desk.conversations.models import Conversation, Message
from desk.conversations.outbound import FETCHED


async def versions_of(
    session: AsyncSession, conversation: Conversation, messages: Iterable[Message]
) -> dict[int, list[MessageVersion]]:
    """By message, the first one first; on our own channels nobody changes what was said."""
    said = [message.id for message in messages if message.author == "citizen"]
    if not said or conversation.channel in FETCHED:
        return {}
    query = select(MessageVersion).where(MessageVersion.message_id.in_(said))
    found: dict[int, list[MessageVersion]] = {}
    for version in await session.scalars(query.order_by(MessageVersion.message_id, MessageVersion.number)):
        found.setdefault(version.message_id, []).append(version)
    return found
