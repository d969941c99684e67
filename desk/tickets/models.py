"""Tickets: what a human has promised to answer, and the history of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity, Json

OPEN_STATES = ("new", "in_progress")


class Ticket(Base):
    """A request in human hands: new, in_progress or resolved. A conversation has at most one open."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index(
            "uq_ticket_open_conversation",
            "conversation_id",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
            sqlite_where=text("state <> 'resolved'"),
        ),
        Index("ix_ticket_queue", "commune", "state", "urgent", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    reference: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="new")
    topic: Mapped[str | None] = mapped_column(String(64))
    service: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(32))
    urgent: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(32))
    staff_id: Mapped[int | None] = mapped_column(Identity)
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class TicketEvent(Base):
    """One line of a ticket's history; only ever added."""

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    staff_id: Mapped[int | None] = mapped_column(Identity)
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
