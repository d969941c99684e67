"""The town's published answers, one per topic."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity, Json


class Answer(Base):
    """What the town says on a topic.

    ``variants``: list of ``{"when": {detail: value or values}, "body": markdown}``; the first whose details
    all match is used instead of ``body``. ``buttons``: ``{"title", "topic"|"url"|"payload"}``, at most three.
    ``sources``: ``{"label", "url"}``. ``seed_hash`` is the fingerprint of the file the row came from:
    once the row is no longer what it says, seeding never touches it again.
    """

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("commune", "topic"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    variants: Mapped[list[Any]] = mapped_column(Json, default=list)
    buttons: Mapped[list[Any]] = mapped_column(Json, default=list)
    sources: Mapped[list[Any]] = mapped_column(Json, default=list)
    checked_on: Mapped[date]
    published: Mapped[bool] = mapped_column(default=True)
    seed_hash: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
