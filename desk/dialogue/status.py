"""Telling a citizen where their own requests stand."""

from desk.assistant.payloads import HUMAN
from desk.communes.registry import Commune
from desk.conversations.outbound import Reply
from desk.dialogue.turn import Turn
from desk.texts.dates import say_date, say_moment
from desk.tickets.access import ticket_of_citizen, tickets_of_citizen
from desk.tickets.deadline import is_late
from desk.tickets.models import Ticket


async def tell_status(turn: Turn, reference: str | None) -> None:
    """The ticket named, or the latest ones; another citizen's looks like one that does not exist."""
    if reference:
        ticket = await ticket_of_citizen(turn.session, turn.conversation, reference)
        found = [ticket] if ticket else []
    else:
        found = list(await tickets_of_citizen(turn.session, turn.conversation))
        still_open = [ticket for ticket in found if ticket.shelf != "done"]
        found = still_open or found[:1]
    texts = turn.commune.texts
    if not found:
        key = "ticket_status.none" if reference else "ticket_status.none_at_all"
        await turn.say(Reply(texts(key), outcome="ticket_status", buttons=human_button(turn.commune)))
        return
    said = "\n\n".join([await _sentence(turn, ticket) for ticket in found])
    await turn.say(Reply(said, outcome="ticket_status", ticket=found[0].reference, topic=found[0].topic))


async def _sentence(turn: Turn, ticket: Ticket) -> str:
    texts = turn.commune.texts
    if ticket.shelf == "done":
        when = say_date(texts, turn.commune.local(ticket.resolved_at or turn.now).date())
        kept = await turn.session.get(Ticket, ticket.merged_into) if ticket.merged_into else None
        key, other = ("merged", kept.reference) if kept else (ticket.state, "")
        return texts(f"ticket_status.{key}", reference=ticket.reference, date=when, autre=other)
    if ticket.state != "waiting" and is_late(ticket.due_at, turn.now):
        return texts("ticket_status.late", reference=ticket.reference)
    due = say_moment(texts, turn.commune.local(ticket.due_at))
    return texts(f"ticket_status.{ticket.state}", reference=ticket.reference, echeance=due)


def human_button(commune: Commune) -> list[dict[str, str]]:
    """The button that asks for a human."""
    return [{"title": commune.texts("bouton_humain"), "payload": HUMAN}]
