"""The journal: who saw, changed, sent or exported what."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity, Json


class JournalEntry(Base):
    """One line; the database itself refuses to change or remove it.

    ``who`` is the person's e-mail at the time (an account may be renamed), ``subject`` what it was about
    (a reference, a topic, an e-mail). Citizens' words never stand here.
    """

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_commune_id", "commune", "id"),
        Index("ix_journal_commune_at", "commune", "at"),
        Index("ix_journal_commune_subject_id", "commune", "subject", "id"),
        Index("ix_journal_commune_who_id", "commune", "who", "id"),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(Identity)
    who: Mapped[str] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(254), default="")
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
