"""The topics and departments that a ticket can be filed under, as its forms offer them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sanic import Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.catalogue import load_topics
from desk.answers.store import titles_of
from desk.communes.registry import Commune
from desk.dialogue.handover import owner_of
from desk.errors import BadRequest
from desk.staff.guard import form_value
from desk.tickets.sorting import Filing


@dataclass(frozen=True)
class Group:
    """A department and the topics it is in charge of: their codes and names."""

    name: str
    topics: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Departments:
    """``proposed`` is the topic's own department; ``chosen`` another one, empty when it is that one."""

    choices: Mapping[str, str]
    proposed: str
    chosen: str


async def topic_groups(session: AsyncSession, commune: Commune) -> list[Group]:
    """Every topic of the catalogue, by department then by name."""
    topics = load_topics()
    titles = await titles_of(session, commune.id, topics)
    found: dict[str, list[tuple[str, str]]] = {}
    for code, topic in topics.items():
        name = commune.department_name(owner_of(commune, code))
        found.setdefault(name, []).append((code, titles.get(code) or topic.scope))
    by_name = sorted(found.items())
    return [Group(name, sorted(choices, key=lambda choice: choice[1].lower())) for name, choices in by_name]


def departments_for(commune: Commune, topic: str | None, service: str | None = None) -> Departments:
    """The departments to choose from when the ticket is about ``topic``, and now with ``service``."""
    own = owner_of(commune, topic)
    choices = {code: one.name for code, one in commune.settings.departments.items()}
    chosen = service if service in choices and service != own else ""
    return Departments(choices, choices.get(own or "", ""), chosen or "")


def filing_in(request: Request, commune: Commune) -> Filing:
    """The topic and department of a form; a department left empty is the topic's own. Raises BadRequest."""
    topic, service = form_value(request, "topic") or None, form_value(request, "service") or None
    if (topic and topic not in load_topics()) or (service and service not in commune.settings.departments):
        raise BadRequest()
    return topic, service or owner_of(commune, topic)
