"""What somebody outside sees behind a one-time link: the town, the question, a box for the answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sanic import Blueprint, HTTPResponse, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.app_context import client_address, context_of
from desk.communes.registry import Commune
from desk.conversations.errors import MAX_TEXT, check_text
from desk.errors import BadRequest, DeskError, TooLarge, TooMany
from desk.journal.record import Doer, record
from desk.staff.circuit.telling import tell
from desk.staff.guard import clean, form_text
from desk.staff.pages import moment, render
from desk.texts import load_texts
from desk.texts.errors import sentence
from desk.tickets.access import Reach, ticket_for_staff
from desk.tickets.consultations import (
    consultation_behind,
    link_is_over,
    propose_from_outside,
)
from desk.tickets.deadline import Promise
from desk.tickets.models import Consultation, Ticket

advice = Blueprint("advice", url_prefix="/avis")

Stage = Literal["open", "received", "over", "unknown", "busy", "failed"]
STATUS: dict[Stage, int] = {"over": 410, "unknown": 404}
PRIVATE = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}


@dataclass(frozen=True)
class Door:
    """What a link opens on; everything else than ``stage`` only once the link is known."""

    stage: Stage
    commune: Commune | None = None
    consultation: Consultation | None = None
    ticket: Ticket | None = None


@advice.get("/<token:str>", name="advice_show")
async def show(request: Request, token: str) -> HTTPResponse:
    """The question, or why it can no longer be answered."""
    try:
        _slow_down(request)
    except TooMany as error:
        return _page(Door("busy"), error=error)
    async with context_of(request).database.read() as session:
        return _page(await _knock(request, session, token))


@advice.post("/<token:str>", name="advice_answer")
async def answer(request: Request, token: str) -> HTTPResponse:
    """Keep the answer as a proposal, once. A refused text is given back."""
    context, text = context_of(request), form_text(request, "text")
    words, wrong = _checked(text)
    try:
        _slow_down(request)
    except TooMany as error:
        return _page(Door("busy"), error=error, text=text)
    async with context.database.write() as session:
        door = await _knock(request, session, token, lock=True)
        stores = door.stage == "open" and wrong is None
        if stores:
            _store(session, door, words, context.clock.now())
    if not stores:
        return _page(door, error=wrong if door.stage == "open" else None, text=text)
    if door.ticket is not None:
        tell(context, door.ticket)
    return _page(replace(door, stage="received"))


def _checked(text: str) -> tuple[str, DeskError | None]:
    """The words that may be kept, or what is wrong with them."""
    try:
        return check_text(text), None
    except (BadRequest, TooLarge) as error:
        return "", error


def failed(error: DeskError) -> HTTPResponse:
    """The page of what went wrong elsewhere: a form too big, a database that is down."""
    return _page(Door("failed"), error=error)


def _slow_down(request: Request) -> None:
    """Raises TooMany when an address tries many links."""
    request.app.ctx.knocks.check(client_address(request), context_of(request).clock.now())


async def _knock(request: Request, session: AsyncSession, token: str, *, lock: bool = False) -> Door:
    """What is behind the link. With ``lock``, the ticket is locked and the question read again after it."""
    context = context_of(request)
    consultation = await consultation_behind(session, clean(token))
    commune = context.communes.get(consultation.commune) if consultation else None
    if consultation is None or commune is None:
        return Door("unknown")
    named = select(Ticket.reference).where(Ticket.id == consultation.ticket_id)
    reference = (await session.scalars(named)).one()
    ticket, _ = await ticket_for_staff(session, Reach(commune.id), reference, lock=lock)
    if lock:
        await session.refresh(consultation)
    return Door(_stage(consultation, context.clock.now()), commune, consultation, ticket)


def _stage(consultation: Consultation, now: datetime) -> Stage:
    if consultation.proposal is not None:
        return "received"
    return "over" if consultation.state != "asked" or link_is_over(consultation, now) else "open"


def _store(session: AsyncSession, door: Door, text: str, now: datetime) -> None:
    commune, consultation, ticket = door.commune, door.consultation, door.ticket
    if commune is None or consultation is None or ticket is None:
        raise AssertionError("an open door has everything behind it")
    propose_from_outside(session, ticket, Promise(commune.settings), consultation, text, now)
    doer = Doer(commune.id, consultation.email or "")
    record(session, doer, "consultation.answer", now, ticket.reference, consultation=consultation.id)


def _page(door: Door, *, error: DeskError | None = None, text: str = "") -> HTTPResponse:
    """The page: it never shows anything of the ticket."""
    commune, asked = door.commune, door.consultation
    page = render(
        "circuit/advice.html", int(error.status) if error else STATUS.get(door.stage, 200), stage=door.stage,
        town=commune.settings.name if commune else "", question=asked.question if asked else "",
        asked=moment(commune, asked.asked_at) if commune and asked else "",
        until=moment(commune, asked.expires_at) if commune and asked and asked.expires_at else "",
        error=sentence(commune.texts if commune else load_texts(), error) if error else "",
        text=text, limit=MAX_TEXT,
    )  # fmt: skip
    page.headers.update(PRIVATE)
    return page
