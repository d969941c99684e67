"""What citizens do to messages that are already there: edits, emojis, ratings, receiving and reading."""

from sqlalchemy.ext.asyncio import AsyncSession

from desk.channels.messenger.config import CHANNEL
from desk.channels.messenger.events import Edited, Rated, Reacted, Received, Said
from desk.channels.messenger.hearing import hear
from desk.channels.messenger.office import Office, Place, Result
from desk.conversations.channel_threads import opened, received
from desk.conversations.editing import edit
from desk.conversations.inbound import known_message
from desk.conversations.opinions import rate, react
from desk.conversations.sendings import have_arrived, message_of


async def change(office: Office, place: Place, edited: Edited) -> Result:
    """The new text; an edit that comes before its message is the message, which then comes too late."""
    async with office.database.write() as session:
        message_id = await known_message(session, CHANNEL, edited.mid)
        if message_id is not None:
            is_new = await edit(session, message_id, edited.text, edited.number, office.clock.now())
            conversation_id = await place.known(session)
    if message_id is None:
        return await hear(office, place, Said(edited.mid, edited.text))
    if not is_new:
        return "duplicate"
    if conversation_id is not None:
        office.changed(place.page, conversation_id)
    return "done"


async def take_reaction(office: Office, place: Place, reacted: Reacted) -> Result:
    """An emoji on one of our messages or theirs; putting one lets the town write again."""
    async with office.database.write() as session:
        conversation_id = await place.known(session)
        if conversation_id is None:
            return "nobody"
        if reacted.emoji is not None:
            await opened(session, conversation_id, place.source.at)
        message_id = await _message(session, reacted.mid)
        if message_id is None:
            return "nobody"
        if not await react(session, message_id, reacted.emoji):
            return "duplicate"
    office.changed(place.page, conversation_id)
    return "done"


async def take_rating(office: Office, _place: Place, rated: Rated) -> Result:
    """Whether an answer was useful, as the website's buttons ask."""
    async with office.database.write() as session:
        message_id = await _message(session, rated.mid)
        if message_id is None or not await rate(session, message_id, rated.useful):
            return "nobody"
    return "done"


async def take_receipt(office: Office, place: Place, receipt: Received) -> Result:
    """It may come before we noted what left: the watermark then says it, whenever that is noted."""
    async with office.database.write() as session:
        if receipt.mids:
            await have_arrived(session, receipt.mids, place.source.at)
        conversation_id = await place.known(session)
        if conversation_id is None:
            return "nobody"
        await received(session, conversation_id, delivered=receipt.delivered, read=receipt.read)
    office.received(place.page, conversation_id)
    return "done"


async def _message(session: AsyncSession, mid: str) -> int | None:
    ours = await message_of(session, mid)
    return ours if ours is not None else await known_message(session, CHANNEL, mid)
