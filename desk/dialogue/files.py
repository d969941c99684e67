"""A photo or document without a word: the assistant cannot read it, a human can."""

from desk.conversations.outbound import Reply
from desk.dialogue.status import human_button
from desk.dialogue.turn import Turn
from desk.tickets.opening import open_ticket_of


async def acknowledge_files(turn: Turn) -> None:
    """It belongs to the open ticket; without one, ask what it is about and offer a human."""
    ticket = await open_ticket_of(turn.session, turn.conversation.id)
    if ticket is None:
        said = turn.commune.texts("fichier.recu")
        await turn.say(Reply(said, outcome="clarify", buttons=human_button(turn)))
        return
    said = turn.commune.texts("fichier.joint", reference=ticket.reference)
    await turn.say(Reply(said, outcome="handoff", topic=ticket.topic, ticket=ticket.reference))
