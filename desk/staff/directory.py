"""Who works for a commune, for what the desk does by itself."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.staff.models import Staff


async def colleagues(session: AsyncSession, commune: str) -> Sequence[Staff]:
    """The people whose account is open."""
    rows = await session.scalars(
        select(Staff).where(Staff.commune == commune, Staff.active).order_by(Staff.id)
    )
    return rows.all()
