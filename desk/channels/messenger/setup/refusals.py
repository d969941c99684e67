"""What a person can do about a refusal of Meta's while a Page is set up."""

from desk.channels.messenger.graph import GraphError
from desk.channels.messenger.setup.report import Line, State, line

TRANSIENT = (1, 2, 1200)
TOO_MANY = (4, 613, 80006)
BAD_PARAMETER = 100
BAD_TOKEN = 190
PERMISSION = (10, *range(200, 300))

UNREACHABLE = line(State.FAILED, "unreachable")
"""Meta could not be asked, or did not answer."""


def refused(error: GraphError, about: str) -> Line:
    """The line for a refused call made with a Page's token. ``about``: a key of ``abouts``."""
    if error.code == BAD_TOKEN:
        return line(State.TODO, "token_refused")
    told: dict[str, object] = {"about": (f"abouts.{about}",), "code": error_code(error)}
    if error.code in TOO_MANY:
        return Line(State.FAILED, "too_many", told)
    if error.transient or error.code in TRANSIENT or error.status >= 500:
        return Line(State.FAILED, "later", told)
    return Line(State.TODO, "not_permitted" if error.code in PERMISSION else "refused", told)


def app_refused(error: GraphError) -> Line:
    """The line for a refused call made in the application's own name."""
    found = refused(error, "token")
    return found if found.state == State.FAILED else line(State.TODO, "app_refused", code=error_code(error))


def error_code(error: GraphError) -> str:
    """How docs/messenger.md writes it."""
    return f"{error.code}/{error.subcode}" if error.subcode else str(error.code or error.status)
