"""What a person is writing, kept until it is sent; the draft table's only writer."""

import re
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from desk.db.upsert import upsert
from desk.errors import BadRequest, TooLarge
from desk.staff.models import Draft

LONGEST = 20_000
LONGEST_PLACE = 100
_PLACE = re.compile(r"[a-z]+(?::[A-Za-z0-9_.-]+){1,4}")


def reply_place(reference: str) -> str:
    """Where the reply to the citizen of a ticket is written."""
    return f"ticket:{reference}:reply"


def check_place(place: str) -> str:
    """The place, e.g. ``ticket:BEF-7K3M-Q29T:reply``. Raises BadRequest for what cannot be one."""
    if len(place) > LONGEST_PLACE or not _PLACE.fullmatch(place):
        raise BadRequest()
    return place


async def save_draft(session: AsyncSession, staff_id: int, place: str, text: str, now: datetime) -> None:
    """Keep the text in the place of the one before; an empty one leaves nothing. Raises TooLarge."""
    if len(text) > LONGEST:
        raise TooLarge("draft_too_large", limit=LONGEST)
    if not text.strip():
        await forget_draft(session, staff_id, place)
        return
    written = {"text": text, "updated_at": now}
    await session.execute(
        upsert(session, Draft)
        .values(staff_id=staff_id, place=place, **written)
        .on_conflict_do_update(index_elements=["staff_id", "place"], set_=written)
    )


async def draft_of(session: AsyncSession, staff_id: int, place: str) -> Draft | None:
    """One's own draft, None when there is none."""
    return await session.get(Draft, (staff_id, place))


async def forget_draft(session: AsyncSession, staff_id: int, place: str) -> None:
    """The text was sent, in the same transaction, or wiped."""
    await session.execute(delete(Draft).where(Draft.staff_id == staff_id, Draft.place == place))
