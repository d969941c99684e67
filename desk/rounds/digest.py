"""One e-mail that gathers what a person has to be told: references and dates, never a citizen's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from desk.answers.catalogue import load_topics
from desk.communes.registry import Commune
from desk.texts.dates import say_moment
from desk.tickets.deadline import is_late
from desk.tickets.models import Ticket

Level = Literal["urgent", "late", "soon"]
LEVELS: tuple[Level, ...] = ("urgent", "late", "soon")
SHOWN = 30
"""Tickets listed for each level; the others are counted, and the queue has them all."""


@dataclass(frozen=True)
class Digest:
    """What to write to one person."""

    subject: str
    body: str


def level_of(ticket: Ticket, now: datetime) -> Level:
    """Under which heading a ticket stands: the most serious one."""
    if ticket.urgent:
        return "urgent"
    return "late" if is_late(ticket.due_at, now) else "soon"


def digest(commune: Commune, site: str, first_name: str, tickets: Sequence[Ticket], now: datetime) -> Digest:
    """The e-mail about ``tickets``, the most pressing first; its subject tells the most serious part."""
    texts = commune.texts
    parts = {level: [one for one in tickets if level_of(one, now) == level] for level in LEVELS}
    told = [level for level in LEVELS if parts[level]]
    number = len(parts[told[0]])
    subject = texts(f"mail.{told[0]}.{'one' if number == 1 else 'many'}", number=number,
                    reference=parts[told[0]][0].reference)  # fmt: skip
    paragraphs = [texts("mail.hello", prenom=first_name)]
    paragraphs += [_part(commune, site, level, parts[level], now) for level in told]
    paragraphs.append(texts("mail.foot", commune=commune.settings.name, lien=f"{site}/staff/"))
    return Digest(subject, "\n\n".join(paragraphs) + "\n")


def _part(commune: Commune, site: str, level: Level, tickets: Sequence[Ticket], now: datetime) -> str:
    first = sorted(tickets, key=lambda one: (one.due_at, one.id))[:SHOWN]
    lines = [commune.texts(f"mail.{level}.heading"), *(_line(commune, site, one, now) for one in first)]
    if len(tickets) > SHOWN:
        lines.append(commune.texts("mail.others", number=len(tickets) - SHOWN))
    return "\n".join(lines)


def _line(commune: Commune, site: str, ticket: Ticket, now: datetime) -> str:
    topic, texts = load_topics().get(ticket.topic or ""), commune.texts
    return texts(
        "mail.line_late" if is_late(ticket.due_at, now) else "mail.line",
        reference=ticket.reference, lien=f"{site}/staff/tickets/{ticket.reference}",
        sujet=topic.scope if topic else texts("mail.no_topic"),
        service=commune.department_name(ticket.service) if ticket.service else texts("mail.no_service"),
        echeance=say_moment(texts, commune.local(ticket.due_at)),
    )  # fmt: skip
