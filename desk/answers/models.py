"""The town's answers, one per topic: what is published, every version of it, and who may send it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
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
    review_on: Mapped[date | None]
    seed_hash: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json)
    draft_by: Mapped[int | None] = mapped_column(Identity)
    draft_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class AnswerVersion(Base):
    """An answer as it was published; only ever added. ``content`` holds the columns above it came with.

    ``staff_id`` None: it came from the commune's files.
    """

    __tablename__ = "answer_version"
    __table_args__ = (UniqueConstraint("commune", "topic", "version"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    published: Mapped[bool]
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    staff_id: Mapped[int | None] = mapped_column(Identity)
    comment: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]


class Frame(Base):
    """A decision on a topic, the latest one counts: ``auto``, ``relecture`` or ``humain``.

    Only ever added: ``decided_by`` is the name of who decided, ``staff_id`` who wrote it down.
    """

    __tablename__ = "frame"
    __table_args__ = (Index("ix_frame_commune_topic_id", "commune", "topic", "id"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64))
    policy: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str] = mapped_column(String(120))
    decided_on: Mapped[date]
    staff_id: Mapped[int | None] = mapped_column(Identity)
    at: Mapped[datetime]


class TownNotice(Base):
    """Something everybody should know between two moments: a water cut, a storm.

    It is shown first in every conversation, and before the answers on ``topics``.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_commune_ends_at", "commune", "ends_at"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[Any]] = mapped_column(Json, default=list)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(Identity)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class NoticeShown(Base):
    """In which conversations a notice was shown, so that nobody reads it twice."""

    __tablename__ = "notice_shown"

    notice_id: Mapped[int] = mapped_column(Identity, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
