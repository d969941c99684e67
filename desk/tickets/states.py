"""The life of a ticket: its states, on which shelf of the queue each stands, and what may follow."""

from typing import Literal

State = Literal["new", "in_progress", "waiting", "proposed", "resolved", "closed"]
Shelf = Literal["todo", "waiting", "done"]

SHELVES: dict[str, Shelf] = {
    "new": "todo",
    "in_progress": "todo",
    "proposed": "todo",  # an answer is written and waits for the manager
    "waiting": "waiting",  # for the citizen: the clock stands still
    "resolved": "done",
    "closed": "done",  # for good: nothing reopens it
}

_OPEN = frozenset({"new", "in_progress", "waiting", "proposed"})

FOLLOWS: dict[str, frozenset[str]] = {
    "new": _OPEN | {"resolved", "closed"},
    "in_progress": _OPEN - {"new"} | {"resolved", "closed"},
    "waiting": _OPEN - {"new"} | {"resolved", "closed"},
    "proposed": _OPEN - {"new"} | {"resolved", "closed"},
    "resolved": frozenset({"in_progress", "closed"}),
    "closed": frozenset(),
}


def shelf_of(state: str) -> Shelf:
    """Where the queue shows a ticket in ``state``."""
    return SHELVES[state]


def is_open(state: str) -> bool:
    """Whether somebody still has to do something."""
    return state in _OPEN


def may_become(state: str, following: str) -> bool:
    """Whether a ticket in ``state`` may go to ``following``; staying where it is is allowed while open."""
    return following in FOLLOWS[state]
