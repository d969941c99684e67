"""Whom a question can be put to: the town's departments and the people of each."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.communes.registry import Commune
from desk.errors import BadRequest, Conflict
from desk.staff.accounts import is_away
from desk.staff.models import Staff
from desk.staff.roles import may
from desk.texts.dates import say_date


@dataclass(frozen=True)
class Department:
    """A department and those who can answer for it."""

    service: str
    name: str
    people: tuple[Staff, ...]


async def departments(session: AsyncSession, commune: Commune) -> list[Department]:
    """Every department of the town, also those where nobody has an account yet."""
    rows = await session.scalars(
        select(Staff).where(Staff.commune == commune.id, Staff.active).order_by(Staff.first_name, Staff.id)
    )
    able = [person for person in rows if may(person.role, "propose")]
    return [
        Department(service, known.name, tuple(person for person in able if service in person.services))
        for service, known in commune.settings.departments.items()
    ]


def pick(known: list[Department], to: str, commune: Commune, today: date) -> tuple[Department, Staff | None]:
    """The department that ``to`` names, e.g. ``voirie``, and the person: ``voirie/12``.

    Raises BadRequest when there is none such, Conflict when the person is away.
    """
    service, _, number = to.partition("/")
    department = next((one for one in known if one.service == service), None)
    if department is None:
        raise BadRequest("unknown_department")
    if not number:
        return department, None
    person = next((one for one in department.people if str(one.id) == number), None)
    if person is None:
        raise BadRequest("unknown_department")
    if is_away(person, today):
        until = say_date(commune.texts, person.away_until or today)
        raise Conflict("staff_away", prenom=person.first_name, date=until)
    return department, person


def person_of(known: list[Department], staff_id: int | None) -> Staff | None:
    """Who has this number and still answers for a department."""
    return next((one for department in known for one in department.people if one.id == staff_id), None)


def addresses_of(
    commune: Commune, known: list[Department], service: str | None, person: Staff | None
) -> list[str]:
    """Where to write: to the person, else to everybody of the department, else to the department itself."""
    if person is not None:
        return [person.email]
    found = [one.email for department in known if department.service == service for one in department.people]
    own = commune.settings.departments.get(service or "")
    return found or ([own.email] if own and own.email else [])
