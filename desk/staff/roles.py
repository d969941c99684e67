"""Who may do what: the one table of roles and actions. Every staff route names its action."""

from typing import Literal, get_args

Role = Literal["admin", "manager", "agent", "elected"]
Action = Literal[
    "account",  # one's own password, second factor and sessions
    "queue",  # see the tickets within reach
    "ticket",  # open one within reach, write notes on it
    "propose",  # write the answer that one's department was asked for
    "answer",  # take, reply, release, wait, resolve, reopen
    "sort",  # correct the topic and the department, merge, split, assign
    "ask",  # ask a department or somebody outside, approve or send back what they propose
    "base",  # read the town's answers
    "edit",  # write and publish answers, replies kept ready and notices
    "frame",  # decide who may send the answers on a topic
    "mend",  # learn what keeps a Page from sending, and say that it is mended
    "people",  # invite, change, close accounts
    "journal",  # who did what
    "figures",  # how many, how fast, without a name or a word
]

_EVERYONE = frozenset({"account"})
_AT_WORK: frozenset[str] = _EVERYONE | {"queue", "ticket", "base"}
_MANAGER: frozenset[str] = _AT_WORK | {"answer", "sort", "ask", "edit", "frame", "mend", "figures", "journal"}

ALLOWED: dict[str, frozenset[str]] = {
    "admin": _MANAGER | {"people"},
    "manager": _MANAGER,
    "agent": _AT_WORK | {"propose"},
    "elected": _EVERYONE | {"figures"},
}

ROLES: tuple[str, ...] = get_args(Role)
ACTIONS: tuple[str, ...] = get_args(Action)


def may(role: str, action: str) -> bool:
    """Whether people of this role do this."""
    return action in ALLOWED.get(role, frozenset())


def sees_every_ticket(role: str) -> bool:
    """Whether the whole town's tickets are within reach, rather than those of one's departments."""
    return may(role, "answer")


def first_page(role: str) -> str:
    """Where somebody of this role lands after logging in."""
    return "/staff/" if may(role, "queue") else "/staff/figures"
