"""Tickets: what a human has promised to answer, the history of each, and who is asked about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity, Json

URGENT, ORDINARY = 0, 1
"""The two ranks: ascending like the due time, so that one index gives the queue's order."""

_PROPOSED = text("state = 'proposed'")
_ASKED = text("asked IS NOT NULL")
_JOINABLE = text("joins AND shelf <> 'done'")


class Ticket(Base):
    """A request in human hands (desk/tickets/states.py has its life).

    A conversation has at most one open ticket that ``joins``: what the citizen says next belongs to it.
    One split off stands beside it. ``due_at`` is the promise; while ``paused_at`` is set it stands still.
    ``asked``: the departments with an open question about it; ``awaited``: those of them that have to write
    (both as desk/tickets/asked.py writes them).
    """

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("uq_ticket_open_conversation", "conversation_id", unique=True,
              postgresql_where=_JOINABLE, sqlite_where=_JOINABLE),
        Index("ix_ticket_queue", "commune", "shelf", "rank", "due_at", "id"),
        Index("ix_ticket_queue_due", "commune", "shelf", "due_at", "id"),
        Index("ix_ticket_queue_staff", "commune", "shelf", "staff_id", "rank", "due_at", "id"),
        Index("ix_ticket_queue_service", "commune", "shelf", "service", "rank", "due_at", "id"),
        Index("ix_ticket_queue_topic", "commune", "shelf", "topic", "rank", "due_at", "id"),
        Index("ix_ticket_queue_channel", "commune", "shelf", "channel", "rank", "due_at", "id"),
        Index("ix_ticket_done", "commune", "resolved_at", "id"),
        Index("ix_ticket_proposed", "commune", "shelf", "rank", "due_at", "id",
              postgresql_where=_PROPOSED, sqlite_where=_PROPOSED),
        Index("ix_ticket_asked", "commune", "shelf", "rank", "due_at", "id",
              postgresql_where=_ASKED, sqlite_where=_ASKED),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    channel: Mapped[str] = mapped_column(String(32), server_default="web")
    reference: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="new")
    shelf: Mapped[str] = mapped_column(String(8), default="todo", server_default="todo")
    rank: Mapped[int] = mapped_column(default=ORDINARY, server_default=text("1"))
    joins: Mapped[bool] = mapped_column(default=True, server_default=true())
    topic: Mapped[str | None] = mapped_column(String(64))
    service: Mapped[str | None] = mapped_column(String(64))
    asked: Mapped[str | None] = mapped_column(Text)
    awaited: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(32))
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(32))
    staff_id: Mapped[int | None] = mapped_column(Identity)
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    satisfied: Mapped[bool | None]
    merged_into: Mapped[int | None] = mapped_column(Identity)

    @property
    def urgent(self) -> bool:
        return self.rank == URGENT


class TicketEvent(Base):
    """One line of a ticket's history; only ever added. ``version`` is the ticket's after the change."""

    __tablename__ = "ticket_event"
    __table_args__ = (Index("ix_ticket_event_when", "commune", "at"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    staff_id: Mapped[int | None] = mapped_column(Identity)
    version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Note(Base):
    """What colleagues tell each other about a ticket; citizens never see it."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    staff_id: Mapped[int] = mapped_column(Identity)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Consultation(Base):
    """A question about a ticket to somebody who knows, and the answer they propose.

    ``kind``: ``department`` (``service``, perhaps one of its people, ``staff_id``), ``outside`` (an
    ``email`` and the hash of its one-time link) or ``assistant`` (an answer that the town wants read over
    before it is sent). ``state``: asked, proposed, returned (with ``note``), accepted, cancelled.
    """

    __tablename__ = "consultation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_consultation_reassign", "reassign_at",
              postgresql_where=text("reassign_at IS NOT NULL"), sqlite_where=text("reassign_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    service: Mapped[str | None] = mapped_column(String(64))
    staff_id: Mapped[int | None] = mapped_column(Identity)
    email: Mapped[str | None] = mapped_column(String(254))
    token_hash: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None]
    question: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="asked")
    proposal: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    asked_by: Mapped[int | None] = mapped_column(Identity)
    proposed_by: Mapped[int | None] = mapped_column(Identity)
    asked_at: Mapped[datetime]
    reassign_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
