"""Conversations, their messages and the orders to deliver them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity, Json


class Conversation(Base):
    """One citizen on one channel. ``owner`` says who answers: the assistant or staff.

    ``expects`` says what the desk itself has just asked for, e.g. ``word:BEF-7K3M-Q29T``.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("commune", "channel", "external_id"),
        Index(
            "ix_conversation_waiting",
            "waiting_since",
            postgresql_where=text("waiting_since IS NOT NULL"),
            sqlite_where=text("waiting_since IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    commune: Mapped[str] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str | None] = mapped_column(String(255))
    token_hash: Mapped[str | None] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(16), default="assistant")
    owner_staff_id: Mapped[int | None] = mapped_column(Identity)
    staff_active_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    moderation: Mapped[str | None] = mapped_column(String(32))
    expects: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Message(Base):
    """One thing said. ``seq`` counts from 1 in its conversation, without holes.

    ``attachments`` are the ``id``, ``name``, ``media_type`` and ``size`` (bytes) of what came with it.
    ``understood``, of a citizen's message: the act that the assistant made of it, for staff to see.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("channel", "external_id"),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    channel: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str | None] = mapped_column(String(255))
    author: Mapped[str] = mapped_column(String(16))
    author_name: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(String(1000))
    buttons: Mapped[list[Any]] = mapped_column(Json, default=list)
    attachments: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    outcome: Mapped[str | None] = mapped_column(String(32))
    topic: Mapped[str | None] = mapped_column(String(64))
    ticket: Mapped[str | None] = mapped_column(String(32))
    in_reply_to: Mapped[int | None] = mapped_column(Identity)
    useful: Mapped[bool | None]
    reaction: Mapped[str | None] = mapped_column(String(32))
    understood: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Attachment(Base):
    """A picture or document of a conversation; without ``message_id`` until its message is sent.

    ``state``: kept, wanted (to be fetched from ``url``) or lost (it could not be).
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_stray", "created_at", postgresql_where=text("message_id IS NULL"),
              sqlite_where=text("message_id IS NULL")),
        Index("ix_attachment_wanted", "next_attempt_at", postgresql_where=text("state = 'wanted'"),
              sqlite_where=text("state = 'wanted'")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    commune: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    url: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="kept", server_default="kept")
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_attempt_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(Identity)
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class Delivery(Base):
    """An order to carry a message to its citizen; ``state``: queued, sent or failed.

    ``channel`` is the conversation's, or what carried it instead: ``mail``, ``elsewhere``.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_due",
            "next_attempt_at",
            postgresql_where=text("state = 'queued'"),
            sqlite_where=text("state = 'queued'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(String(200))
    sent_at: Mapped[datetime | None]
