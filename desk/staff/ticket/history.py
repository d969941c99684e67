"""The lines of a ticket's history, in words."""

from collections.abc import Iterable, Mapping, Sequence

from desk.staff.labels import label
from desk.tickets.models import TicketEvent


def history_line(event: TicketEvent, people: Mapping[int, str]) -> str:
    """What happened: « résolue par Camille ». ``people`` are first names by id."""
    values = {name: str(value) for name, value in event.data.items() if isinstance(value, str | int)}
    if "to" in event.data:
        values["to"] = _name(people, event.data["to"])
    if event.staff_id is not None:
        return label("history", event.kind, **values, who=_name(people, event.staff_id)) + _parts(event)
    return label("history_alone", event.kind, **values) + _parts(event)


def linked_references(events: Iterable[TicketEvent]) -> Sequence[str]:
    """The other tickets that a history names: merged with this one, or split from it; the oldest first."""
    return list(dict.fromkeys(event.data["other"] for event in events if "other" in event.data))


def _name(people: Mapping[int, str], staff_id: int | None) -> str:
    return people.get(staff_id or 0) or label("history", "somebody")


def _parts(event: TicketEvent) -> str:
    """What was added to a report, each part quoted."""
    details = event.data.get("details")
    parts: Iterable[object] = details.values() if isinstance(details, dict) else ()
    return "".join(label("history", "part", part=part) for part in parts)
