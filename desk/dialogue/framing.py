"""The answers that the town's frame does not let the assistant send by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from desk.answers.catalogue import load_topics
from desk.answers.messenger_text import plain_text
from desk.conversations.outbound import Reply
from desk.dialogue.handover import handover_reply, open_ticket
from desk.dialogue.turn import Turn
from desk.texts.dates import say_moment
from desk.tickets.consultations import consultations_of, prepare
from desk.tickets.deadline import Promise, is_late
from desk.tickets.models import Ticket
from desk.tickets.opening import Opened

type Rendering = Callable[[datetime], str]
"""The answer's Markdown as it reads at a moment of the commune's time."""


async def leave_to_a_human(turn: Turn, topic: str, lead: str = "") -> None:
    """``humain``: a ticket, whatever the answer base says. ``lead`` introduces a second question's reply."""
    known = topic if topic in load_topics() else None
    ticket, opened = await open_ticket(turn, "human", known)
    await _tell(turn, await handover_reply(turn, ticket, "human", opened), lead)


async def have_it_read(turn: Turn, topic: str, rendering: Rendering, lead: str = "") -> None:
    """``relecture``: the answer goes to the ticket as a proposal that a human sends, so without marks.

    Asked again while it waits there, it is not proposed twice.
    """
    ticket, opened = await open_ticket(turn, "review", topic)
    waits = await _waits_already(turn, ticket, rendering)
    if not waits:
        promise = Promise(turn.commune.settings)
        proposal = plain_text(rendering(turn.local_now))
        await prepare(turn.session, ticket, promise, turn.heard.text, proposal, turn.now)
    await _tell(turn, await _review_reply(turn, ticket, topic, opened, waits=waits), lead)


async def _waits_already(turn: Turn, ticket: Ticket, rendering: Rendering) -> bool:
    """Whether this answer is being read over; today's hours in it were those of the day it was prepared."""
    return any(
        one.kind == "assistant" and one.state == "proposed"
        and one.proposal == plain_text(rendering(turn.commune.local(one.asked_at)))
        for one in await consultations_of(turn.session, ticket)
    )  # fmt: skip


async def _review_reply(turn: Turn, ticket: Ticket, topic: str, opened: Opened, *, waits: bool) -> Reply:
    if opened == "new":
        return await handover_reply(turn, ticket, "review", opened)
    late = is_late(ticket.due_at, turn.now)
    key = "review_late" if late else "review_again" if waits else "review_joined"
    due = say_moment(turn.commune.texts, turn.commune.local(ticket.due_at))
    said = turn.commune.texts(f"handoff.{key}", reference=ticket.reference, echeance=due)
    return Reply(said, outcome="handoff", topic=topic, ticket=ticket.reference)


async def _tell(turn: Turn, reply: Reply, lead: str) -> None:
    await turn.say(replace(reply, text=f"{lead}\n\n{reply.text}") if lead else reply)
