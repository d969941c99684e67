"""The staff desk: the life of tickets, who is asked, answers' versions, the journal, search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from desk.db.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = UtcDateTime(timezone=True)

# The words of messages without accents, for PostgreSQL's index; desk/conversations/search.py asks the same.
PLAIN_WORDS = (
    "to_tsvector('simple'::regconfig, translate(replace(replace(lower(text), 'œ', 'oe'), 'æ', 'ae'), "
    "'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy'))"
)
SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE message_search USING fts5("
    "text, content='message', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    "CREATE TRIGGER message_search_insert AFTER INSERT ON message BEGIN "
    "INSERT INTO message_search(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER message_search_delete AFTER DELETE ON message BEGIN "
    "INSERT INTO message_search(message_search, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER message_search_update AFTER UPDATE OF text ON message BEGIN "
    "INSERT INTO message_search(message_search, rowid, text) VALUES ('delete', old.id, old.text); "
    "INSERT INTO message_search(rowid, text) VALUES (new.id, new.text); END",
    "INSERT INTO message_search(message_search) VALUES ('rebuild')",
)
# What is written in the journal and in a ticket's history stays as it is.
KEPT = (("journal", "UPDATE"), ("journal", "DELETE"), ("ticket_event", "UPDATE"))
BY_COLUMN = {"staff": "staff_id", "service": "service", "asked": "asked_service", "topic": "topic",
             "channel": "channel"}  # fmt: skip
NEW_COLUMNS = {
    "ticket": ("channel", "shelf", "rank", "joins", "asked_service", "paused_at", "replied_at", "reminded_at",
               "escalated_at", "satisfied", "merged_into"),
    "ticket_event": ("version",),
    "staff_session": ("browser", "address"),
    "staff": ("services", "totp_secret", "totp_on", "totp_step", "recovery_codes", "oidc_subject",
              "away_until"),
    "message": ("understood", "attachments"),
    "conversation": ("expects",),
    "answer": ("review_on", "draft", "draft_by", "draft_at"),
}  # fmt: skip
NEW_TABLES = ("attachment", "presence", "note", "consultation", "draft", "notice_shown", "notice", "mail",
              "journal", "invitation", "frame", "canned_reply", "answer_version")  # fmt: skip


def upgrade() -> None:
    _new_tables()
    _attachments()
    _new_columns()
    _tickets()
    _search()
    _append_only()


def _new_tables() -> None:
    op.create_table(
        "answer_version",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("comment", sa.String(length=200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_version")),
        sa.UniqueConstraint(
            "commune", "topic", "version", name=op.f("uq_answer_version_commune_topic_version")
        ),
    )
    op.create_table(
        "canned_reply",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_by", NUMBER, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
        sa.UniqueConstraint("commune", "title", name=op.f("uq_canned_reply_commune_title")),
    )
    op.create_table(
        "frame",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame")),
    )
    op.create_index("ix_frame_commune_topic_id", "frame", ["commune", "topic", "id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("job", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("services", JSON, nullable=False),
        sa.Column("invited_by", NUMBER, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_commune"), "invitation", ["commune"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=254), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_commune_id", "journal", ["commune", "id"], unique=False)
    op.create_index("ix_journal_commune_subject_id", "journal", ["commune", "subject", "id"], unique=False)
    op.create_index("ix_journal_commune_who_id", "journal", ["commune", "who", "id"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("once", name=op.f("uq_mail_once")),
    )
    op.create_index(
        "ix_mail_due",
        "mail",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "notice",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("topics", JSON, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_commune_ends_at", "notice", ["commune", "ends_at"], unique=False)
    op.create_table(
        "notice_shown",
        sa.Column("notice_id", NUMBER, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "conversation_id", name=op.f("pk_notice_shown")),
    )
    op.create_table(
        "draft",
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_draft_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "place", name=op.f("pk_draft")),
    )
    op.create_table(
        "consultation",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("staff_id", NUMBER, nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("asked_by", NUMBER, nullable=True),
        sa.Column("proposed_by", NUMBER, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("reassign_at", MOMENT, nullable=True),
        sa.Column("proposed_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_consultation_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_consultation_token_hash")),
    )
    op.create_index(
        "ix_consultation_reassign",
        "consultation",
        ["reassign_at"],
        unique=False,
        postgresql_where=sa.text("reassign_at IS NOT NULL"),
        sqlite_where=sa.text("reassign_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_consultation_ticket_id"), "consultation", ["ticket_id"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("commune", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_note_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_ticket_id"), "note", ["ticket_id"], unique=False)
    op.create_table(
        "presence",
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_presence_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_presence_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "staff_id", name=op.f("pk_presence")),
    )


def _attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("commune", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("message_id", NUMBER),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_attachment_conversation_id_conversation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_conversation_id"), "attachment", ["conversation_id"])
    stray = sa.text("message_id IS NULL")
    op.create_index("ix_attachment_stray", "attachment", ["created_at"], postgresql_where=stray,
                    sqlite_where=stray)  # fmt: skip


def _new_columns() -> None:
    op.add_column("answer", sa.Column("review_on", sa.Date()))
    op.add_column("answer", sa.Column("draft", JSON))
    op.add_column("answer", sa.Column("draft_by", NUMBER))
    op.add_column("answer", sa.Column("draft_at", MOMENT))
    op.add_column("conversation", sa.Column("expects", sa.String(64)))
    op.add_column("message", sa.Column("understood", JSON))
    op.add_column("message", sa.Column("attachments", JSON, nullable=False, server_default="[]"))
    op.add_column("staff", sa.Column("services", JSON, nullable=False, server_default="[]"))
    op.add_column("staff", sa.Column("totp_secret", sa.String(64)))
    op.add_column("staff", sa.Column("totp_on", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("staff", sa.Column("totp_step", NUMBER))
    op.add_column("staff", sa.Column("recovery_codes", JSON, nullable=False, server_default="[]"))
    op.add_column("staff", sa.Column("oidc_subject", sa.String(255)))
    op.add_column("staff", sa.Column("away_until", sa.Date()))
    op.create_index("ix_ticket_event_when", "ticket_event", ["commune", "at"])
    op.create_index("uq_staff_oidc_subject", "staff", ["oidc_subject"], unique=True)
    op.add_column(
        "staff_session", sa.Column("browser", sa.String(120), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "staff_session", sa.Column("address", sa.String(64), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "ticket_event", sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )


def _tickets() -> None:
    op.add_column("ticket", sa.Column("channel", sa.String(32), nullable=False, server_default="web"))
    op.add_column("ticket", sa.Column("shelf", sa.String(8), nullable=False, server_default="todo"))
    op.add_column("ticket", sa.Column("rank", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column("ticket", sa.Column("joins", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("ticket", sa.Column("asked_service", sa.String(64)))
    for moment in ("paused_at", "replied_at", "reminded_at", "escalated_at"):
        op.add_column("ticket", sa.Column(moment, MOMENT))
    op.add_column("ticket", sa.Column("satisfied", sa.Boolean()))
    op.add_column("ticket", sa.Column("merged_into", NUMBER))
    op.execute("UPDATE ticket SET rank = CASE WHEN urgent THEN 0 ELSE 1 END")
    op.execute("UPDATE ticket SET shelf = 'done' WHERE state = 'resolved'")
    op.execute(
        "UPDATE ticket SET channel = "
        "(SELECT channel FROM conversation WHERE conversation.id = conversation_id)"
    )
    op.drop_index("ix_ticket_queue", "ticket")
    op.drop_index("uq_ticket_open_conversation", "ticket")
    op.drop_column("ticket", "urgent")
    joinable = sa.text("joins AND shelf <> 'done'")
    op.create_index("uq_ticket_open_conversation", "ticket", ["conversation_id"], unique=True,
                    postgresql_where=joinable, sqlite_where=joinable)  # fmt: skip
    op.create_index("ix_ticket_queue", "ticket", ["commune", "shelf", "rank", "due_at", "id"])
    op.create_index("ix_ticket_queue_due", "ticket", ["commune", "shelf", "due_at", "id"])
    op.create_index("ix_ticket_done", "ticket", ["commune", "resolved_at", "id"])
    proposed = sa.text("state = 'proposed'")
    op.create_index("ix_ticket_proposed", "ticket", ["commune", "shelf", "rank", "due_at", "id"],
                    postgresql_where=proposed, sqlite_where=proposed)  # fmt: skip
    for name, column in BY_COLUMN.items():
        columns = ["commune", "shelf", column, "rank", "due_at", "id"]
        op.create_index(f"ix_ticket_queue_{name}", "ticket", columns)


def _search() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX ix_message_search ON message USING gin (({PLAIN_WORDS}))")
        return
    for statement in SQLITE_SEARCH:
        op.execute(statement)


def _append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION beffroi_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'written once: % of % refused', TG_OP, TG_TABLE_NAME; END $$"
        )
    for table, verb in KEPT:
        name = f"{table}_kept_{verb.lower()}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION beffroi_kept()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'written once: {verb} of {table} refused'); END"
            )


def downgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    for table, verb in KEPT:
        where = f" ON {table}" if postgres else ""
        op.execute(f"DROP TRIGGER {table}_kept_{verb.lower()}{where}")
    if postgres:
        op.execute("DROP FUNCTION beffroi_kept()")
        op.execute("DROP INDEX ix_message_search")
    else:
        for verb in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER message_search_{verb}")
        op.execute("DROP TABLE message_search")
    _tickets_as_before()
    op.drop_index("ix_ticket_event_when", "ticket_event")
    op.drop_index("uq_staff_oidc_subject", "staff")
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    for table in NEW_TABLES:
        op.drop_table(table)


def _tickets_as_before() -> None:
    op.add_column("ticket", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE ticket SET urgent = (rank = 0)")
    op.execute("UPDATE ticket SET state = 'resolved' WHERE shelf = 'done'")
    op.execute("UPDATE ticket SET state = 'in_progress' WHERE shelf <> 'done' AND state <> 'new'")
    for name in ("queue", "queue_due", "done", "proposed", *(f"queue_{one}" for one in BY_COLUMN)):
        op.drop_index(f"ix_ticket_{name}", "ticket")
    op.drop_index("uq_ticket_open_conversation", "ticket")
    unresolved = sa.text("state <> 'resolved'")
    op.create_index("uq_ticket_open_conversation", "ticket", ["conversation_id"], unique=True,
                    postgresql_where=unresolved, sqlite_where=unresolved)  # fmt: skip
    op.create_index("ix_ticket_queue", "ticket", ["commune", "state", "urgent", "due_at", "id"])
