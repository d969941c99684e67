"""Searching what was said: every word required, each as a beginning; accents, case, ligatures forgiven.

SQLite asks its table ``message_search`` (FTS5, migration 0002), PostgreSQL its index ``ix_message_search``
(migration 0004); both follow the messages by themselves.
"""

import re
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, column, func, literal, literal_column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from desk.conversations.models import Message

MAX_WORDS, WORD_LENGTH = 20, 60
"""A whole message pasted into the box still finds it; a word longer than any is as good as its beginning."""
BATCH = 500

WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
"""A word; the marks of accents that stand apart belong to it."""
_ACCENTED, _BARE = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy"
_WITHOUT_ACCENTS = str.maketrans(_ACCENTED, _BARE)
_MARKS = string.punctuation.replace("'", "''")
# The expression of the index, word for word: any other one would read every message. Marks become spaces, or
# PostgreSQL would take eau/gaz and lea@courriel.example for single words.
_INDEXED: ColumnElement[str] = literal_column(
    "to_tsvector('simple'::regconfig, translate(replace(replace(lower(message.text), 'œ', 'oe'), 'æ', 'ae'), "
    f"'{_ACCENTED}{_MARKS}', '{_BARE}{' ' * len(string.punctuation)}'))"
)
_SIMPLE: ColumnElement[str] = literal_column("'simple'::regconfig")
_FTS = table("message_search", column("rowid"))


@dataclass(frozen=True)
class Hit:
    """The newest message of a conversation that holds every word."""

    conversation_id: str
    text: str
    at: datetime


def plain(text: str) -> str:
    """Small letters without accents or ligatures, as the index of PostgreSQL holds them."""
    small = unicodedata.normalize("NFC", text).lower()
    return small.replace("œ", "oe").replace("æ", "ae").translate(_WITHOUT_ACCENTS)


def words_of(typed: str) -> list[str]:
    """The words to look for, plain, each once: « L’eau du cœur » gives l, eau, du, coeur."""
    found = [word[:WORD_LENGTH] for word in WORD.findall(plain(typed))]
    return list(dict.fromkeys(found))[:MAX_WORDS]


async def newest_hits(
    session: AsyncSession, commune: str, typed: str, among: ColumnElement[bool], most: int
) -> list[Hit]:
    """At most ``most`` conversations of the commune, the one that said it last first.

    ``among`` is a condition on messages: those that the person who searches may read.
    """
    if not words_of(typed):
        return []
    query = hits_query(session.get_bind().dialect.name, typed).where(Message.commune == commune, among)
    found: dict[str, Hit] = {}
    before: int | None = None
    while len(found) < most:
        rows = (await session.execute(_older(query, before).limit(BATCH))).tuples().all()
        for _, conversation_id, text, at in rows:
            found.setdefault(conversation_id, Hit(conversation_id, text, at))
        if len(rows) < BATCH:
            break
        before = rows[-1][0]
    return list(found.values())[:most]


def hits_query(dialect: str, typed: str) -> Select[tuple[int, str, str, datetime]]:
    """The messages that hold the words of ``typed``, the newest first."""
    query = select(Message.id, Message.conversation_id, Message.text, Message.created_at)
    words = words_of(typed)
    if dialect == "postgresql":
        return query.where(_INDEXED.op("@@")(_postgres_query(words))).order_by(Message.id.desc())
    matches = literal_column("message_search").op("MATCH")(_sqlite_query(words))
    joined = query.select_from(_FTS).join(Message, Message.id == _FTS.c.rowid)
    return joined.where(matches).order_by(_FTS.c.rowid.desc())


def _older(
    query: Select[tuple[int, str, str, datetime]], before: int | None
) -> Select[tuple[int, str, str, datetime]]:
    return query if before is None else query.where(Message.id < before)


def _postgres_query(words: Iterable[str]) -> ColumnElement[str]:
    return func.to_tsquery(_SIMPLE, " & ".join(f"'{word}':*" for word in words))


def _sqlite_query(words: Iterable[str]) -> ColumnElement[str]:
    """FTS5 forgives accents and case by itself, but takes œ and æ for letters of their own."""
    return literal(" AND ".join(f"({_spellings(word)})" for word in words))


def _spellings(word: str) -> str:
    """The word as a beginning, with and without ligatures, also with one that it stops in the middle of."""
    ways = {word, word.replace("oe", "œ"), word.replace("ae", "æ")}
    ways |= {way.replace("oe", "œ").replace("ae", "æ") for way in ways}
    ways |= {
        f"{way[:-1]}{whole}" for way in ways for half, whole in (("o", "œ"), ("a", "æ")) if way[-1] == half
    }
    return " OR ".join(f'"{way}"*' for way in sorted(ways))
