"""Who answers in a thread, under Meta's Conversation Routing."""

from desk.channels.messenger.events import Control
from desk.channels.messenger.office import Office, Place, Result
from desk.dialogue.elsewhere import back_from_elsewhere, lock, taken_elsewhere


async def control(office: Office, place: Place, change: Control) -> Result:
    """Passed to us, or to nobody: the assistant answers again. To another application: it keeps silent."""
    at, now = place.source.at, office.clock.now()
    is_ours = change.owner is None or change.owner == office.app_id
    async with office.database.write() as session:
        if is_ours:
            conversation_id = await place.known(session)
            if conversation_id is None:
                return "nobody"
            await lock(session, conversation_id)
            if not await back_from_elsewhere(session, conversation_id, at):
                return "duplicate"
        else:
            conversation_id = await place.conversation(session, office)
            await taken_elsewhere(session, conversation_id, change.owner, at, now)
    office.changed(place.page, conversation_id)
    return "done"
