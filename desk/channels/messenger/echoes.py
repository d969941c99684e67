"""What was written as the Page: ours is matched with what left, the rest was written by a human."""

from sqlalchemy.ext.asyncio import AsyncSession

from desk.channels.messenger.config import CHANNEL
from desk.channels.messenger.events import Echo
from desk.channels.messenger.metadata import part_of
from desk.channels.messenger.office import Office, Place, Result
from desk.channels.messenger.pieces import LIKE
from desk.conversations.deliveries import hasten
from desk.conversations.hub import OUTBOX
from desk.conversations.inbound import known_message
from desk.conversations.sendings import has_left, message_of
from desk.dialogue.elsewhere import note_answer, taken_elsewhere


async def hear_echo(office: Office, place: Place, echo: Echo) -> Result:
    """An echo never opens a window: the citizen did nothing.

    Whatever is not ours counts as a human's: the numbers under which Meta's own inbox writes are not sure.
    """
    part = part_of(echo.metadata)
    if part is not None and await _settle(office, part, echo.mid):
        return "done"
    async with office.database.write() as session:
        if echo.app_id == office.app_id or await message_of(session, echo.mid) is not None:
            return "ignored"  # of before a restored backup, or of another desk on the same application
        if await known_message(session, CHANNEL, echo.mid) is not None:
            return "duplicate"
        conversation_id = await _note(session, office, place, echo)
    office.hub.replies_stored(conversation_id, place.page.commune, to_carry=False)
    return "stored"


async def _settle(office: Office, ours: tuple[int, int], mid: str) -> bool:
    """Our own has left, whatever the answer to its sending was; False when no such part was tried."""
    (message_id, part), now = ours, office.clock.now()
    async with office.database.write() as session:
        if not await has_left(session, message_id, part, mid, now):
            return False
        was_waited_for = await hasten(session, message_id, now)
    if was_waited_for:
        office.hub.publish(OUTBOX)
    return True


async def _note(session: AsyncSession, office: Office, place: Place, echo: Echo) -> str:
    """Store a human's answer; the conversation."""
    now = office.clock.now()
    conversation_id = await place.conversation(session, office)
    if place.source.standby:
        await taken_elsewhere(session, conversation_id, echo.app_id, place.source.at, now)
    await note_answer(session, place.commune, conversation_id, _text(place, echo), echo.mid, now)
    return conversation_id


def _text(place: Place, echo: Echo) -> str:
    """The words, and that something came with them: what the town itself sent is not fetched."""
    attached = place.commune.texts("messenger.attachment")
    beside = dict.fromkeys(piece.name if piece.name == LIKE else attached for piece in echo.pieces)
    return "\n".join(filter(None, (echo.text, *beside)))
