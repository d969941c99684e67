"""What a channel of somebody else's making knows: threads, accounts, and what left for them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity


class ChannelThread(Base):
    """A conversation as its platform sees it: when one may write, who holds it there, what was read.

    ``page`` and ``person`` are the platform's identifiers. ``opened_at`` is the citizen's last act that
    lets the town write (by the platform's clock); ``disclosed_at``, when they were last told that a machine
    answers. ``unreachable``: why nothing reaches this person. ``held_by``: another application that answers
    in this thread, until ``held_until``. ``delivered_at``, ``read_at``: all that left before has arrived,
    was read.
    """

    __tablename__ = "channel_thread"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    commune: Mapped[str] = mapped_column(String(64))
    page: Mapped[str] = mapped_column(String(64))
    person: Mapped[str] = mapped_column(String(255))
    opened_at: Mapped[datetime | None]
    disclosed_at: Mapped[datetime | None]
    unreachable: Mapped[str | None] = mapped_column(String(64))
    held_by: Mapped[str | None] = mapped_column(String(64))
    held_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class ChannelPage(Base):
    """The town's account on a platform, such as a Facebook Page, and what keeps it from sending.

    ``stopped`` is the code of what needs a human; ``paused_until``: nothing leaves before, stopped or only
    slowed down after ``strikes`` refusals in a row. ``policy`` is the platform's last sanction.
    """

    __tablename__ = "channel_page"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    page: Mapped[str] = mapped_column(String(64), primary_key=True)
    commune: Mapped[str] = mapped_column(String(64))
    paused_until: Mapped[datetime | None]
    strikes: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    stopped: Mapped[str | None] = mapped_column(String(64))
    stopped_at: Mapped[datetime | None]
    warned: Mapped[str | None] = mapped_column(String(64))
    warned_at: Mapped[datetime | None]
    policy: Mapped[str | None] = mapped_column(String(200))
    policy_at: Mapped[datetime | None]


class Sending(Base):
    """One part of a message on its way out: written before it leaves, so that none leaves twice.

    ``state``: tried (it left, and nobody said what became of it) or sent. ``external_id`` is the platform's.
    """

    __tablename__ = "sending"
    __table_args__ = (UniqueConstraint("external_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(16), default="tried")
    external_id: Mapped[str | None] = mapped_column(String(255))
    tried_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class MessageVersion(Base):
    """What a message said before its author changed it; ``at`` is when it was replaced."""

    __tablename__ = "message_version"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Persona(Base):
    """The name under which a member of staff writes on a page, as the platform knows it."""

    __tablename__ = "persona"

    page: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(64))


class OddEvent(Base):
    """What a platform sent and nobody here understands, kept as it came for a while."""

    __tablename__ = "odd_event"
    __table_args__ = (UniqueConstraint("key"), Index("ix_odd_event_at", "at"))

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    page: Mapped[str | None] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
