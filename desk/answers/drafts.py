"""Changing an answer: drafts, publishing, withdrawing, restoring. Citizens read the change at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.content import Content, Typed
from desk.answers.models import Answer
from desk.answers.versions import add_version, keep_current
from desk.db.engine import alone
from desk.errors import Conflict, NotFound
from desk.journal.record import Doer, record

LOCK_KEY = 0x4245_4F41  # PostgreSQL's: the first drafts on a topic are written one after the other
MAX_COMMENT = 200
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Seen:
    """What the page showed when the writing began: the version, 0 for none, and the draft's moment."""

    version: int
    draft: str = ""


def draft_moment(row: Answer | None) -> str:
    """What names the draft of an answer, empty when there is none."""
    return row.draft_at.isoformat() if row and row.draft_at else ""


class Editing:
    """One person's work on the answer of one topic, inside one transaction."""

    def __init__(self, session: AsyncSession, doer: Doer, topic: str, now: datetime) -> None:
        self._session, self._doer, self._topic, self._now = session, doer, topic, now

    async def save_draft(self, typed: Typed, seen: Seen) -> None:
        """Keep what was typed, right or wrong. Raises Conflict when a colleague's draft is newer."""
        row = await self._row() or await self._first_row()
        if _same_draft(row, typed):
            return  # a double click
        _check_draft(row, seen)
        row.draft = {**typed, "base": seen.version}
        # Two drafts of one instant are still told apart.
        row.draft_at = max(self._now, row.draft_at + TICK) if row.draft_at else self._now
        row.draft_by = self._doer.staff_id
        self._record("answer.draft", row)

    async def drop_draft(self, seen: Seen) -> None:
        """Forget the draft, and the answer too when it never was more. Raises Conflict when it changed."""
        row = await self._row()
        if row is None or row.draft is None:
            return
        _check_draft(row, seen)
        self._record("answer.draft_dropped", row)
        if row.version:
            _forget_draft(row)
        else:
            await self._session.delete(row)

    async def publish(self, content: Content, seen: Seen, comment: str) -> None:
        """Citizens read ``content`` from now on. Raises Conflict when a colleague changed or drafted it."""
        row = await self._row() or await self._first_row()
        if row.published and row.draft is None and _says(row, content):
            return  # a double click, or nothing to publish
        _check_version(row, seen)
        _check_draft(row, seen)
        await self._become(row, content, comment, "answer.published")
        _forget_draft(row)

    async def withdraw(self, seen: Seen, comment: str) -> None:
        """Citizens read it no more. Raises NotFound, Conflict when a colleague changed it."""
        row = await self._existing()
        if not row.published:
            return
        _check_version(row, seen)
        await keep_current(self._session, row)
        row.published = False
        self._next_version(row, comment, "answer.withdrawn")

    async def restore(self, content: Content, version: int, seen: Seen, comment: str) -> None:
        """Citizens read the content of an older version again, as a new version. Raises Conflict."""
        row = await self._existing()
        if row.published and row.version > seen.version and _says(row, content):
            return  # a double click
        _check_version(row, seen)
        await self._become(row, content, comment, "answer.restored", restored=version)

    async def _become(self, row: Answer, content: Content, comment: str, action: str, **data: Any) -> None:
        await keep_current(self._session, row)
        for name, value in content.columns().items():
            setattr(row, name, value)
        row.published, row.seed_hash = True, None
        self._next_version(row, comment, action, **data)

    def _next_version(self, row: Answer, comment: str, action: str, **data: Any) -> None:
        row.version, row.updated_at = row.version + 1, self._now
        add_version(self._session, row, self._now, self._doer.staff_id, comment[:MAX_COMMENT])
        self._record(action, row, **data)

    async def _row(self) -> Answer | None:
        found: Answer | None = await self._session.scalar(
            select(Answer)
            .where(Answer.commune == self._doer.commune, Answer.topic == self._topic)
            .with_for_update()
        )
        return found

    async def _existing(self) -> Answer:
        row = await self._row()
        if row is None:
            raise NotFound()
        return row

    async def _first_row(self) -> Answer:
        """A row, of version 0, for a topic that had none; a colleague's if one has just been made."""
        await alone(self._session, LOCK_KEY)
        made = await self._row()
        if made is not None:
            return made
        row = Answer(
            commune=self._doer.commune, topic=self._topic, title="", body="", variants=[], buttons=[],
            sources=[], checked_on=self._now.date(), published=False, version=0, updated_at=self._now,
        )  # fmt: skip
        self._session.add(row)
        return row

    def _record(self, action: str, row: Answer, **data: Any) -> None:
        record(self._session, self._doer, action, self._now, self._topic, version=row.version, **data)


def draft_content(row: Answer) -> Typed | None:
    """The draft's content, None when there is no draft."""
    return {name: value for name, value in row.draft.items() if name != "base"} if row.draft else None


def _same_draft(row: Answer, typed: Typed) -> bool:
    return draft_content(row) == typed


def _says(row: Answer, content: Content) -> bool:
    return all(getattr(row, name) == value for name, value in content.columns().items())


def _check_draft(row: Answer, seen: Seen) -> None:
    if draft_moment(row) != seen.draft:
        raise Conflict("draft_changed")


def _check_version(row: Answer, seen: Seen) -> None:
    if row.version != seen.version:
        raise Conflict("answer_changed")


def _forget_draft(row: Answer) -> None:
    row.draft, row.draft_by, row.draft_at = None, None, None
