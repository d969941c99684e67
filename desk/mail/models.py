"""E-mails on their way: written with what they tell, sent afterwards, again when it failed."""

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity

_QUEUED = text("state = 'queued'")


class Mail(Base):
    """One e-mail; ``once`` keeps the same news from being told twice.

    ``reply_to``: a human wrote it, and reads what is answered there; without it, it is an automatic one.

    ``state``: queued, sent, failed (``error`` says why) or off (nobody could send it for a week).
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("once"),
        Index("ix_mail_due", "next_attempt_at", postgresql_where=_QUEUED, sqlite_where=_QUEUED),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    reply_to: Mapped[str | None] = mapped_column(String(254))
    once: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
