"""What to do about each refusal of Meta's (its table of 25 June 2026)."""

from dataclasses import dataclass
from typing import Literal

from desk.channels.messenger.graph import GraphError
from desk.conversations.deliveries import PAGE_PAUSED

# The codes that staff may see on a message; labels.yml words them.
WINDOW_CLOSED = "window_closed"
PERSON_UNAVAILABLE = "person_unavailable"
CANNOT_RECEIVE = "cannot_receive"
BAD_PARAMETER = "bad_parameter"
NO_SUCH_PERSON = "no_such_person"
NOT_PERMITTED = "not_permitted"
OTHER_APP = "other_app"
LABEL_TERMS = "label_terms"
REFUSED = "refused"
META_FAILS = "meta_fails"
NOT_REACHED = "not_reached"
NO_TOKEN = "no_token"  # noqa: S105 (a code)
META_ANSWERS = "meta_answers"

type Action = Literal["retry", "wait", "slow", "stop", "give_up", "lost", "elsewhere"]


@dataclass(frozen=True)
class Verdict:
    """``code`` is what staff read. What is done:

    retry: again, later and later, until the outbox gives up. wait: again in a moment; Meta's own automatic
    answers are running. slow: the Page pauses. stop: the Page needs a human. give_up: never again. lost: nor
    anything else to this person, until they write. elsewhere: another application holds the thread.

    ``warning``: what a human should know of the Page. ``doubtful``: nobody knows whether the message left.
    """

    code: str
    action: Action
    warning: str | None = None
    doubtful: bool = False


_ANYWHERE: dict[int, Verdict] = {  # Meta writes them as a code or as a subcode
    2018300: Verdict(OTHER_APP, "elsewhere"),
    2018321: Verdict(META_ANSWERS, "wait"),
}
_EXACT: dict[tuple[int, int], Verdict] = {
    (2, 2018344): Verdict(LABEL_TERMS, "give_up"),
    (613, 2018338): Verdict(PAGE_PAUSED, "slow", warning="2018338"),
    (10, 2018278): Verdict(WINDOW_CLOSED, "give_up"),
    (10, 2534022): Verdict(WINDOW_CLOSED, "give_up"),
    (10, 2018065): Verdict(WINDOW_CLOSED, "give_up"),
    (10, 2018108): Verdict(CANNOT_RECEIVE, "give_up"),
    (10, 1893063): Verdict(PAGE_PAUSED, "stop", warning="1893063"),
    (100, 2018001): Verdict(NO_SUCH_PERSON, "give_up"),
    (200, 1545041): Verdict(PERSON_UNAVAILABLE, "lost"),
    (200, 2018028): Verdict(NOT_PERMITTED, "give_up", warning="2018028"),
}
_BY_CODE: dict[int, Verdict] = {
    0: Verdict(META_FAILS, "retry", doubtful=True),
    1: Verdict(META_FAILS, "retry"),
    2: Verdict(META_FAILS, "retry"),
    1200: Verdict(META_FAILS, "retry"),
    4: Verdict(PAGE_PAUSED, "slow"),
    613: Verdict(PAGE_PAUSED, "slow"),
    80006: Verdict(PAGE_PAUSED, "slow"),
    10: Verdict(NOT_PERMITTED, "give_up", warning="10"),
    100: Verdict(BAD_PARAMETER, "give_up"),
    190: Verdict(PAGE_PAUSED, "stop", warning="190"),
    200: Verdict(NOT_PERMITTED, "give_up", warning="200"),
    230: Verdict(NOT_PERMITTED, "give_up", warning="230"),
    551: Verdict(PERSON_UNAVAILABLE, "lost"),
}


def verdict(error: GraphError) -> Verdict:
    """What to do about a refusal.

    Where Meta's pages disagree the table wins: 1545041 is a person who is unavailable, not a closed window.
    190 stops its own Page alone, the others having tokens of their own. Code 10 with a subcode that the table
    does not have is told as what the code means alone, a missing permission. A code that nobody knows is
    tried again: it may pass, and the outbox gives up in the end. An HTTP error without Meta's own JSON
    (code 0) comes from something on the way: the message may have left all the same.
    """
    for number in (error.code, error.subcode):
        if number in _ANYWHERE:
            return _ANYWHERE[number]
    known = _EXACT.get((error.code, error.subcode)) or _BY_CODE.get(error.code)
    passing = error.transient or error.status >= 500
    return known or Verdict(META_FAILS if passing else REFUSED, "retry")
