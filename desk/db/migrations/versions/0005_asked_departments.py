"""Every department that is asked about a ticket sees it in its list, not the one asked last alone."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IS_ASKED = sa.text("asked IS NOT NULL")
QUEUE = ["commune", "shelf", "rank", "due_at", "id"]
PENDING = sa.text(
    "SELECT ticket_id, service, state FROM consultation "
    "WHERE state IN ('asked', 'proposed', 'returned') AND service IS NOT NULL"
)

ASKED = sa.text("SELECT id, asked FROM ticket WHERE asked IS NOT NULL")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("asked", sa.Text()))
    op.add_column("ticket", sa.Column("awaited", sa.Text()))
    asked: dict[int, set[str]] = defaultdict(set)
    awaited: dict[int, set[str]] = defaultdict(set)
    for ticket, service, state in op.get_bind().execute(PENDING).all():
        asked[ticket].add(service)
        if state != "proposed":
            awaited[ticket].add(service)
    for ticket, services in asked.items():
        op.get_bind().execute(
            sa.text("UPDATE ticket SET asked = :asked, awaited = :awaited WHERE id = :id"),
            {"asked": _held(services), "awaited": _held(awaited[ticket]), "id": ticket},
        )
    op.drop_index("ix_ticket_queue_asked", "ticket")
    op.drop_column("ticket", "asked_service")
    op.create_index("ix_ticket_asked", "ticket", QUEUE, postgresql_where=IS_ASKED, sqlite_where=IS_ASKED)


def downgrade() -> None:
    op.drop_index("ix_ticket_asked", "ticket")
    op.add_column("ticket", sa.Column("asked_service", sa.String(64)))
    for ticket, asked in op.get_bind().execute(ASKED).all():
        op.get_bind().execute(
            sa.text("UPDATE ticket SET asked_service = :service WHERE id = :id"),
            {"service": asked.strip("|").split("|")[-1], "id": ticket},
        )
    op.drop_column("ticket", "awaited")
    op.drop_column("ticket", "asked")
    columns = ["commune", "shelf", "asked_service", "rank", "due_at", "id"]
    op.create_index("ix_ticket_queue_asked", "ticket", columns)


def _held(services: set[str]) -> str | None:
    return f"|{'|'.join(sorted(services))}|" if services else None
