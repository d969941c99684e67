"""Handing over: a ticket opened or joined, and the promise put into words."""

from typing import Any

from desk.answers.catalogue import load_topics
from desk.communes.registry import Commune
from desk.conversations.outbound import Reply
from desk.dialogue.turn import Turn
from desk.texts.dates import say_moment
from desk.tickets.contact import find_contact
from desk.tickets.deadline import Promise, is_late
from desk.tickets.models import Ticket
from desk.tickets.opening import Opened, Request, attach_contact, open_or_join


async def hand_over(
    turn: Turn, reason: str, topic: str | None = None, details: dict[str, Any] | None = None
) -> None:
    """Open a ticket or join the open one, and tell its reference and the promised delay."""
    ticket, opened = await open_ticket(turn, reason, topic, details=details)
    await turn.say(handover_reply(turn, ticket, reason, opened))


async def open_ticket(
    turn: Turn, reason: str, topic: str | None = None, *, urgent: bool = False,
    details: dict[str, Any] | None = None,
) -> tuple[Ticket, Opened]:  # fmt: skip
    """The ticket for this turn, with the contact written in the message; how it came to be open."""
    turn.handed.append(reason)
    request = Request(reason, topic, owner_of(turn.commune, topic), urgent, details or {})
    promise = Promise(turn.commune.settings)
    ticket, opened = await open_or_join(turn.session, turn.conversation, request, promise, turn.now)
    contact = find_contact(turn.heard.text)
    if contact:
        attach_contact(turn.session, ticket, contact, turn.now)
    return ticket, opened


def owner_of(commune: Commune, topic: str | None) -> str | None:
    """The department in charge of a topic, None for no topic or one nobody knows."""
    known = load_topics().get(topic or "")
    return commune.service_of(topic, known.service) if known else None


def handover_reply(turn: Turn, ticket: Ticket, reason: str, opened: Opened) -> Reply:
    """What the citizen reads: first why, then the reference and the promise."""
    texts = turn.commune.texts
    due = say_moment(texts, turn.commune.local(ticket.due_at))
    if opened == "reopened":
        said = texts("handoff.reopened", reference=ticket.reference, echeance=due)
    elif opened == "new":
        why = texts(f"handoff.{reason}", service=turn.commune.department_name(ticket.service))
        promise = texts("handoff.promise", reference=ticket.reference, echeance=due)
        said = f"{why}\n\n{promise}"
    else:
        key = "handoff.joined_late" if is_late(ticket.due_at, turn.now) else "handoff.joined"
        said = texts(key, reference=ticket.reference, echeance=due)
    return Reply(said, outcome="handoff", topic=ticket.topic, ticket=ticket.reference)
