"""Messenger: threads, pages, what left, what was edited, files to fetch, e-mails that humans write."""

import sqlalchemy as sa
from alembic import op

from desk.db.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = UtcDateTime(timezone=True)
WANTED = sa.text("state = 'wanted'")
NEW_COLUMNS = {
    "message": ("reaction",),
    "attachment": ("url", "state", "attempts", "next_attempt_at"),
    "mail": ("reply_to",),
}
NEW_TABLES = ("odd_event", "persona", "message_version", "sending", "channel_page", "channel_thread")


def upgrade() -> None:
    op.add_column("message", sa.Column("reaction", sa.String(32)))
    op.add_column("mail", sa.Column("reply_to", sa.String(254)))
    op.add_column("attachment", sa.Column("url", sa.Text()))
    op.add_column("attachment", sa.Column("state", sa.String(16), nullable=False, server_default="kept"))
    op.add_column("attachment", sa.Column("attempts", sa.Integer(), nullable=False,
                                          server_default=sa.text("0")))  # fmt: skip
    op.add_column("attachment", sa.Column("next_attempt_at", MOMENT))
    op.create_index("ix_attachment_wanted", "attachment", ["next_attempt_at"], postgresql_where=WANTED,
                    sqlite_where=WANTED)  # fmt: skip
    _threads()
    _pages()
    _messages()


def _threads() -> None:
    op.create_table(
        "channel_thread",
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("commune", sa.String(64), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("person", sa.String(255), nullable=False),
        sa.Column("opened_at", MOMENT),
        sa.Column("disclosed_at", MOMENT),
        sa.Column("unreachable", sa.String(64)),
        sa.Column("held_by", sa.String(64)),
        sa.Column("held_until", MOMENT),
        sa.Column("delivered_at", MOMENT),
        sa.Column("read_at", MOMENT),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"],
                                name=op.f("fk_channel_thread_conversation_id_conversation")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_channel_thread")),
    )  # fmt: skip


def _pages() -> None:
    op.create_table(
        "channel_page",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("commune", sa.String(64), nullable=False),
        sa.Column("paused_until", MOMENT),
        sa.Column("strikes", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("stopped", sa.String(64)),
        sa.Column("stopped_at", MOMENT),
        sa.Column("warned", sa.String(64)),
        sa.Column("warned_at", MOMENT),
        sa.Column("policy", sa.String(200)),
        sa.Column("policy_at", MOMENT),
        sa.PrimaryKeyConstraint("channel", "page", name=op.f("pk_channel_page")),
    )
    op.create_table(
        "persona",
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("page", "name", name=op.f("pk_persona")),
    )
    op.create_table(
        "odd_event",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("page", sa.String(64)),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_odd_event")),
        sa.UniqueConstraint("key", name=op.f("uq_odd_event_key")),
    )
    op.create_index("ix_odd_event_at", "odd_event", ["at"])


def _messages() -> None:
    op.create_table(
        "sending",
        sa.Column("message_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("external_id", sa.String(255)),
        sa.Column("tried_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("delivered_at", MOMENT),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_sending_message_id_message")),
        sa.PrimaryKeyConstraint("message_id", "part", name=op.f("pk_sending")),
        sa.UniqueConstraint("external_id", name=op.f("uq_sending_external_id")),
    )
    op.create_table(
        "message_version",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("message_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"],
                                name=op.f("fk_message_version_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_version")),
        sa.UniqueConstraint("message_id", "number", name=op.f("uq_message_version_message_id_number")),
    )  # fmt: skip


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_index("ix_attachment_wanted", "attachment")
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
