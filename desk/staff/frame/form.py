"""The form of a decision, as it was sent."""

from dataclasses import dataclass, field
from datetime import date

from sanic import Request

from desk.answers.frame import Decision
from desk.errors import BadRequest
from desk.staff.guard import form_value, form_values


@dataclass(frozen=True)
class Form:
    """What was typed and ticked, given back when it is refused. ``seen``: the page's latest decision."""

    policy: str = ""
    decided_by: str = ""
    decided_on: str = ""
    topics: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    seen: int = 0

    def decision(self) -> Decision:
        """What it says. Raises BadRequest when the day is none."""
        try:
            day = date.fromisoformat(self.decided_on)
        except ValueError as error:
            raise BadRequest("frame_date", field="decided_on") from error
        return Decision(self.policy, " ".join(self.decided_by.split()), day)


def read_form(request: Request) -> Form:
    """The form of this request."""
    seen = form_value(request, "seen")
    return Form(
        policy=form_value(request, "policy"), decided_by=form_value(request, "decided_by"),
        decided_on=form_value(request, "decided_on").strip(), topics=form_values(request, "topic"),
        services=form_values(request, "service"), seen=int(seen) if seen.isascii() and seen.isdigit() else 0,
    )  # fmt: skip
