"""Whether it is resolved: asked of the citizen, whose answer the desk hears itself, assistant up or down."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.assistant.payloads import resolution_in, resolved_payload
from desk.conversations.models import Message
from desk.conversations.outbound import Reply
from desk.dialogue.handover import AWAY, contact_asked
from desk.dialogue.status import human_button
from desk.dialogue.turn import Turn
from desk.texts import Texts
from desk.texts.dates import say_moment
from desk.tickets.access import ticket_of_citizen
from desk.tickets.contact import find_contact
from desk.tickets.deadline import Promise, is_late
from desk.tickets.lifecycle import commented, judged, resume
from desk.tickets.models import Ticket
from desk.tickets.opening import attach_contact, reopen_ticket
from desk.tickets.states import is_open

WORD = "word:"
PATIENCE = timedelta(hours=12)
"""How long what comes next is still taken for the word that was asked for."""


def resolution_question(texts: Texts, reference: str) -> Reply:
    """The announcement of a resolved ticket, with the question and its two buttons."""
    said = texts("staff.resolved", reference=reference)
    buttons = [
        {"title": texts(f"resolution.{title}"), "payload": resolved_payload(answer, reference)}
        for answer, title in (("yes", "oui"), ("no", "non"))
    ]
    text = f"{said}\n\n{texts('resolution.question')}"
    return Reply(text, outcome="system", author="system", ticket=reference, buttons=buttons)


async def is_for_the_desk(
    session: AsyncSession, conversation_id: str, payload: str | None, expects: str | None, now: datetime
) -> bool:
    """Whether a message is a click under a resolved ticket, or the word that was asked for just before."""
    if payload is not None:
        return resolution_in(payload) is not None
    if expects is None:
        return False
    asked = select(func.max(Message.created_at)).where(
        Message.conversation_id == conversation_id, Message.ticket == expects.removeprefix(WORD),
        Message.author == "system",
    )  # fmt: skip
    asked_at = await session.scalar(asked)
    return asked_at is not None and now - asked_at <= PATIENCE


async def hear(turn: Turn) -> None:
    """Answer a message that ``is_for_the_desk``."""
    click, expected = resolution_in(turn.heard.payload), turn.conversation.expects
    turn.conversation.expects = None
    reference = click.reference if click else (expected or "").removeprefix(WORD)
    ticket = await ticket_of_citizen(turn.session, turn.conversation, reference)
    if ticket is None:
        said = turn.commune.texts("resolution.unknown")
        await turn.say(Reply(said, outcome="system", author="system", buttons=human_button(turn.commune)))
    elif click is None:
        await _keep_word(turn, ticket)
    elif _over(turn, ticket):
        await _say(turn, ticket, "too_late", buttons=human_button(turn.commune))
    elif click.said == "yes":
        await _yes(turn, ticket)
    elif click.said == "no":
        await _no(turn, ticket)
    else:
        await _ask_word(turn, ticket, "word")


async def _yes(turn: Turn, ticket: Ticket) -> None:
    if ticket.satisfied:
        await _say(turn, ticket, "again")
        return
    judged(turn.session, ticket, True, turn.now)
    if is_open(ticket.state):  # "no" before, or taken up again for another reason: staff will see
        await _say(turn, ticket, "thanks_open")
        return
    title = turn.commune.texts("resolution.word_button")
    payload = resolved_payload("word", ticket.reference)
    await _say(turn, ticket, "thanks", buttons=[{"title": title, "payload": payload}])


async def _no(turn: Turn, ticket: Ticket) -> None:
    promise = Promise(turn.commune.settings)
    if ticket.satisfied is not False:
        judged(turn.session, ticket, False, turn.now)
    if is_open(ticket.state):
        resume(turn.session, ticket, promise, turn.now)
        late = is_late(ticket.due_at, turn.now)
        await _ask_word(turn, ticket, "open_late" if late else "open")
        return
    await reopen_ticket(turn.session, ticket, promise, turn.now, reason="unsatisfied")
    asked = await contact_asked(turn, ticket)  # what they write may hold it: a word keeps both
    await _ask_word(turn, ticket, f"reopened{AWAY}" if asked else "reopened", asked)


async def _ask_word(turn: Turn, ticket: Ticket, key: str, more: str = "") -> None:
    """Ask for a word: the next plain message is kept with the ticket."""
    turn.conversation.expects = f"{WORD}{ticket.reference}"
    await _say(turn, ticket, key, more=more)


async def _keep_word(turn: Turn, ticket: Ticket) -> None:
    commented(turn.session, ticket, turn.heard.id, turn.now)
    contact = find_contact(turn.heard.text)
    if contact:
        attach_contact(turn.session, ticket, contact, turn.now)
    resume(turn.session, ticket, Promise(turn.commune.settings), turn.now)
    await _say(turn, ticket, "noted")


async def _say(
    turn: Turn, ticket: Ticket, key: str, buttons: list[dict[str, str]] | None = None, more: str = ""
) -> None:
    due = say_moment(turn.commune.texts, turn.commune.local(ticket.due_at))
    said = turn.commune.texts(f"resolution.{key}", reference=ticket.reference, echeance=due)
    said = f"{said}\n\n{more}" if more else said
    await turn.say(Reply(said, outcome="system", author="system", ticket=ticket.reference,
                         buttons=buttons or []))  # fmt: skip


def _over(turn: Turn, ticket: Ticket) -> bool:
    """Whether it is closed for good, or was resolved too long ago to be taken up again."""
    last = turn.now - timedelta(days=turn.commune.settings.reopen_days)
    return ticket.state == "closed" or (ticket.resolved_at is not None and ticket.resolved_at < last)
