"""What SQLite and PostgreSQL say differently, and where a period begins in a table that grows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement


class SecondsBetween(FunctionElement[float]):
    """``SecondsBetween(start, end)``: seconds, none when one is missing."""

    type = Float()
    inherit_cache = True


@compiles(SecondsBetween, "postgresql")
def _postgres_seconds(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"EXTRACT(EPOCH FROM ({end} - {start}))"


@compiles(SecondsBetween, "sqlite")
def _sqlite_seconds(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 86400.0)"


class UtcHour(FunctionElement[str]):
    """``UtcHour(moment)``: the day and hour in UTC, ``2026-11-23 09``."""

    type = String()
    inherit_cache = True


@compiles(UtcHour, "postgresql")
def _postgres_hour(element: Any, compiler: Any, **options: Any) -> str:
    (moment,) = (compiler.process(clause, **options) for clause in element.clauses)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"


@compiles(UtcHour, "sqlite")
def _sqlite_hour(element: Any, compiler: Any, **options: Any) -> str:
    (moment,) = (compiler.process(clause, **options) for clause in element.clauses)
    return f"strftime('%Y-%m-%d %H', {moment})"


async def first_since(
    session: AsyncSession, number: InstrumentedAttribute[int], at: InstrumentedAttribute[datetime],
    since: datetime,
) -> int:  # fmt: skip
    """The first ``number`` of a table whose ``at`` is ``since`` or later; past the last one when none is.

    Numbers grow with time, so they are halved through the primary key: thirty steps whatever the size, and
    what is counted afterwards costs what the period holds, not what the table has gathered over the years.
    """
    low, high = 1, (await session.scalar(select(func.max(number))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = await session.execute(select(number, at).where(number >= middle).order_by(number).limit(1))
        found = row.tuples().one_or_none()
        if found is None or found[1] >= since:
            high = middle
        else:
            low = found[0] + 1
    return low
