"""Handing over: a ticket opened or joined, and the promise put into words."""

from typing import Any

from desk.answers.catalogue import load_topics
from desk.communes.registry import Commune
from desk.conversations.outbound import FETCHED, Reply
from desk.dialogue.turn import Turn
from desk.texts.dates import say_moment
from desk.tickets.contact import find_contact
from desk.tickets.deadline import Promise, is_late
from desk.tickets.models import Ticket
from desk.tickets.opening import Opened, Request, attach_contact, open_or_join
from desk.tickets.reachability import reachability

AWAY = "_away"
"""How the wordings end that do not promise the answer where the citizen wrote."""


async def hand_over(
    turn: Turn, reason: str, topic: str | None = None, details: dict[str, Any] | None = None
) -> None:
    """Open a ticket or join the open one, and tell its reference and the promised delay."""
    ticket, opened = await open_ticket(turn, reason, topic, details=details)
    await turn.say(await handover_reply(turn, ticket, reason, opened))


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


async def handover_reply(turn: Turn, ticket: Ticket, reason: str, opened: Opened) -> Reply:
    """What the citizen reads: first why, then the reference and the promise.

    When the ticket opens, or opens again, they may be asked how else to reach them (``contact_asked``).
    """
    asked = "" if opened == "joined" else await contact_asked(turn, ticket)
    said = _promised(turn, ticket, reason, opened, away=AWAY if asked else "")
    said = f"{said}\n\n{asked}" if asked else said
    return Reply(said, outcome="handoff", topic=ticket.topic, ticket=ticket.reference)


async def contact_asked(turn: Turn, ticket: Ticket) -> str:
    """What asks for an e-mail address or a number, empty when there is no need.

    There is when the promise goes further than the last moment at which staff may write where the citizen
    wrote, and nothing else is known of them.
    """
    if turn.conversation.channel in FETCHED or ticket.contact_email or ticket.contact_phone:
        return ""
    thread = await reachability(turn.session, turn.commune, turn.conversation.id, turn.now)
    limit = thread.last_day if thread else None
    if limit is None or ticket.due_at <= limit:
        return ""
    texts = turn.commune.texts
    return texts("handoff.contact", limite=say_moment(texts, turn.commune.local(limit)))


def _promised(turn: Turn, ticket: Ticket, reason: str, opened: Opened, *, away: str) -> str:
    texts = turn.commune.texts
    about = {"reference": ticket.reference, "echeance": say_moment(texts, turn.commune.local(ticket.due_at))}
    if opened == "reopened":
        return texts(f"handoff.reopened{away}", **about)
    if opened == "new":
        why = texts(f"handoff.{reason}", service=turn.commune.department_name(ticket.service))
        return f"{why}\n\n{texts(f'handoff.promise{away}', **about)}"
    late = is_late(ticket.due_at, turn.now)
    return texts("handoff.joined_late" if late else "handoff.joined", **about)
