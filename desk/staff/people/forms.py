"""What an admin types about a person, checked."""

from dataclasses import dataclass

from sanic import Request

from desk.communes.registry import Commune
from desk.errors import BadRequest
from desk.mail.outbox import is_address
from desk.staff.accounts import normal_email
from desk.staff.guard import form_value, form_values
from desk.staff.invitations import Profile
from desk.staff.roles import ROLES

MAX_NAME, MAX_JOB = 80, 120


@dataclass(frozen=True)
class Typed:
    """The fields as they were typed, to be given back."""

    email: str = ""
    first_name: str = ""
    job: str = ""
    role: str = ""
    services: tuple[str, ...] = ()


def typed(request: Request) -> Typed:
    """The fields of the form."""
    return Typed(
        normal_email(form_value(request, "email")), form_value(request, "first_name").strip(),
        form_value(request, "job").strip(), form_value(request, "role"),
        tuple(dict.fromkeys(form_values(request, "services"))),
    )  # fmt: skip


def departments(commune: Commune) -> list[tuple[str, str]]:
    """The departments that an agent may belong to, with their names."""
    return [(code, department.name) for code, department in commune.settings.departments.items()]


def check_email(email: str) -> str:
    """The address. Raises BadRequest when nothing could be sent there."""
    if not is_address(email) or "." not in email.rpartition("@")[2]:
        raise BadRequest("bad_email")
    return email


def check_profile(form: Typed, commune: Commune) -> Profile:
    """What the person will be. Raises BadRequest for the first field that is missing or wrong."""
    if not form.first_name or len(form.first_name) > MAX_NAME:
        raise BadRequest("bad_first_name", maximum=MAX_NAME)
    if not form.job or len(form.job) > MAX_JOB:
        raise BadRequest("bad_job", maximum=MAX_JOB)
    if form.role not in ROLES:
        raise BadRequest("bad_role")
    known = {code for code, _ in departments(commune)}
    if form.role != "agent":
        return Profile(form.first_name, form.job, form.role)
    if not form.services:
        raise BadRequest("no_service")
    if not known.issuperset(form.services):
        raise BadRequest("unknown_service")
    return Profile(form.first_name, form.job, form.role, form.services)
