"""What citizens write and tap, and the links they follow."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.channels.messenger.choices import typed_choice
from desk.channels.messenger.events import Came, Piece, Said
from desk.channels.messenger.office import Office, Place, Result
from desk.channels.messenger.pieces import FILES
from desk.channels.messenger.rendering import typed_number
from desk.conversations.attachments import show_attachments, want_attachment
from desk.conversations.channel_threads import opened
from desk.conversations.inbound import Arrival, InboundMessage
from desk.dialogue.elsewhere import back_from_elsewhere, taken_elsewhere


async def hear(office: Office, place: Place, said: Said) -> Result:
    """A message, a quick reply, a button: stored for whoever answers in the conversation."""

    async def beside(session: AsyncSession, arrival: Arrival) -> None:
        await place.note(session, arrival.conversation_id)
        await opened(session, arrival.conversation_id, place.source.at)
        await _who_answers(session, office, place, arrival.conversation_id)
        if said.pieces:
            shown = [await _shown(session, office, place, arrival, piece) for piece in said.pieces]
            await show_attachments(session, arrival.message_id, shown)

    text = said.text or ("" if said.pieces else place.commune.texts("messenger.tapped"))
    inbound = InboundMessage(said.key, text, said.payload or await _typed(office, place, said.text))
    arrival = await office.reception.receive(place.sender, inbound, beside, at_once=not place.source.standby)
    return "stored" if arrival.is_new else "duplicate"


async def come(office: Office, place: Place, _came: Came) -> Result:
    """They may be written to again, whatever they came for."""
    async with office.database.write() as session:
        await opened(session, await place.conversation(session, office), place.source.at)
    return "done"


async def _typed(office: Office, place: Place, text: str) -> str | None:
    """The payload of the choice whose number was typed instead of tapped."""
    if typed_number(text) is None:
        return None
    async with office.database.read() as session:
        conversation_id = await place.known(session)
        return await typed_choice(session, conversation_id, text) if conversation_id else None


async def _who_answers(session: AsyncSession, office: Office, place: Place, conversation_id: str) -> None:
    """What comes on standby is for another application; what does not is for us."""
    at = place.source.at
    if place.source.standby:
        await taken_elsewhere(session, conversation_id, None, at, office.clock.now())
    else:
        await back_from_elsewhere(session, conversation_id, at)


async def _shown(
    session: AsyncSession, office: Office, place: Place, arrival: Arrival, piece: Piece
) -> dict[str, Any]:
    """How a message shows a piece: a file that is wanted, or something that is no file."""
    if piece.kind in FILES:
        wanted = await want_attachment(
            session, arrival.conversation_id, place.page.commune, arrival.message_id, piece.kind, piece.url,
            office.clock.now(),
        )  # fmt: skip
        return {**wanted, "name": place.commune.texts(f"fichier.noms.{piece.kind}")}
    shown = {"id": "", "name": piece.name, "media_type": "", "size": 0, "kind": piece.kind}
    return {**shown, "url": piece.url} if piece.url else shown
