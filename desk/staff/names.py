"""What colleagues are called."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.staff.models import Staff


async def first_names(session: AsyncSession, commune: str) -> dict[int, str]:
    """The first name of everybody who works or has worked for a commune."""
    rows = await session.execute(select(Staff.id, Staff.first_name).where(Staff.commune == commune))
    return {staff_id: name for staff_id, name in rows.tuples()}
