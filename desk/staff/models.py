"""Staff accounts, their sessions, invitations and failed log-ins; what each keeps on the desk."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db.base import Base, Identity, Json


class Staff(Base):
    """A person who works for one commune; citizens see ``first_name`` and ``job``.

    ``role`` is one of desk/staff/roles.py; ``services`` are the departments of an agent. An empty
    ``password_hash`` opens nothing: the person was not asked for a password, or logs in elsewhere.
    """

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("email"), Index("uq_staff_oidc_subject", "oidc_subject", unique=True))

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254))
    first_name: Mapped[str] = mapped_column(String(80))
    job: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16), default="manager")
    services: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    password_hash: Mapped[str] = mapped_column(String(255))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    totp_step: Mapped[int | None] = mapped_column(Identity)
    recovery_codes: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    oidc_subject: Mapped[str | None] = mapped_column(String(255))
    away_until: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class StaffSession(Base):
    """A log-in; ``id`` is the SHA-256 of the cookie, so that the table opens no door."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))
    address: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginFailure(Base):
    """A refused log-in; ``key`` is a hash of the e-mail or of the address it came from."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Invitation(Base):
    """A one-time link: to join (``staff_id`` None), or to choose a new password. ``token_hash`` is stored."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int | None] = mapped_column(Identity)
    email: Mapped[str] = mapped_column(String(254))
    first_name: Mapped[str] = mapped_column(String(80))
    job: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16))
    services: Mapped[list[Any]] = mapped_column(Json, default=list)
    invited_by: Mapped[int | None] = mapped_column(Identity)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Draft(Base):
    """What a person was writing, and where (e.g. ``ticket:BEF-…:reply``); kept until it is sent."""

    __tablename__ = "draft"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(100), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]


class Presence(Base):
    """Who has a ticket's page open: the page says so now and then."""

    __tablename__ = "presence"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    writing: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]


class CannedReply(Base):
    """A reply kept ready; its braces are filled when it is used (desk/staff/canned/placeholders.py)."""

    __tablename__ = "canned_reply"
    __table_args__ = (UniqueConstraint("commune", "title"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=True)
    commune: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    updated_by: Mapped[int | None] = mapped_column(Identity)
    updated_at: Mapped[datetime]
