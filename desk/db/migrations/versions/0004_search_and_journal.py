"""Searching: on PostgreSQL, marks part words as they do on SQLite; the journal is found by date."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ACCENTED, _BARE = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy"
_MARKS = r"""!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~"""
_SPACES = " " * (len(_MARKS) - 1)  # the apostrophe is written twice


def _words(accented: str, bare: str) -> str:
    return (
        "to_tsvector('simple'::regconfig, translate(replace(replace(lower(text), 'œ', 'oe'), 'æ', 'ae'), "
        f"'{accented}', '{bare}'))"
    )


def upgrade() -> None:
    _index_words(_words(_ACCENTED + _MARKS, _BARE + _SPACES))
    op.create_index("ix_journal_commune_at", "journal", ["commune", "at"])


def downgrade() -> None:
    op.drop_index("ix_journal_commune_at", "journal")
    _index_words(_words(_ACCENTED, _BARE))


def _index_words(words: str) -> None:
    """SQLite's table parts words at marks by itself."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_message_search")
        op.execute(f"CREATE INDEX ix_message_search ON message USING gin (({words}))")
