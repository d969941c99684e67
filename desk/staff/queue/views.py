"""The queue's views: which tickets each shows, and in which order."""

from dataclasses import dataclass
from typing import Literal

from desk.tickets.states import Shelf

Order = Literal["queue", "due", "done"]
"""Urgent first then by due time; by due time alone; the latest resolved first."""


@dataclass(frozen=True)
class View:
    """One list. ``code`` stands in the address, and its words under ``view`` in labels.yml.

    ``due`` keeps what is late, or soon will be; ``own`` what the person who looks holds.
    """

    code: str
    shelf: Shelf = "todo"
    order: Order = "queue"
    due: Literal["late", "soon"] | None = None
    own: bool = False
    state: str | None = None


_TODO = View("traiter")
_DEPARTMENT = View("service")
_OTHERS = (
    View("moi", own=True),
    View("retard", order="due", due="late"),
    View("bientot", order="due", due="soon"),
    View("attente", shelf="waiting"),
    View("proposees", state="proposed"),
    View("resolues", shelf="done", order="done"),
)


def views_for(*, everything: bool) -> tuple[View, ...]:
    """The views of somebody who sees the whole town, or their departments; the first is their home."""
    return (_TODO if everything else _DEPARTMENT, *_OTHERS)
