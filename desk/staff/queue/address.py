"""One address per state of the queue's page: the view, the filters, the place in the list."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from desk.answers.catalogue import load_topics
from desk.communes.registry import Commune
from desk.staff.queue.views import Order, View
from desk.tickets.models import ORDINARY, URGENT

CHANNELS = ("web", "messenger", "rest")
RANKS = {"oui": URGENT, "non": ORDINARY}


@dataclass(frozen=True)
class Filters:
    """What is asked of the tickets of any view; an empty one asks nothing. ``urgency``: a key of RANKS."""

    service: str = ""
    topic: str = ""
    channel: str = ""
    urgency: str = ""

    def __bool__(self) -> bool:
        return any((self.service, self.topic, self.channel, self.urgency))

    @property
    def rank(self) -> int | None:
        return RANKS.get(self.urgency)

    def order_of(self, view: View) -> Order:
        """The view's order; among tickets of one rank, the due time alone gives it."""
        return "due" if view.order == "queue" and self.urgency else view.order


@dataclass(frozen=True)
class Address:
    """Where somebody is in the queue; ``after`` is a place in the list (desk/staff/queue/order.py)."""

    view: View
    filters: Filters = field(default_factory=Filters)
    after: str = ""

    @property
    def query(self) -> str:
        """The part after the question mark: only what is set, always in the same order."""
        named = (
            ("vue", self.view.code), ("service", self.filters.service), ("sujet", self.filters.topic),
            ("canal", self.filters.channel), ("urgence", self.filters.urgency), ("apres", self.after),
        )  # fmt: skip
        return urlencode([(name, value) for name, value in named if value])

    @property
    def path(self) -> str:
        return f"/staff/?{self.query}"

    def at(self, view: View) -> "Address":
        """The top of another view, the filters kept."""
        return replace(self, view=view, after="")

    def following(self, after: str) -> "Address":
        """Another place in the same list."""
        return replace(self, after=after)

    @property
    def order(self) -> Order:
        """In which order its list comes."""
        return self.filters.order_of(self.view)

    @property
    def unfiltered(self) -> "Address":
        return Address(self.view)


def read_address(value: Callable[[str], str], views: tuple[View, ...], commune: Commune) -> Address:
    """The state that an address names, ``value`` giving its parameters; what is unknown is not asked for."""
    view = next((view for view in views if view.code == value("vue")), views[0])

    def known(name: str, among: Container[str]) -> str:
        return given if (given := value(name)) in among else ""

    return Address(
        view,
        Filters(
            service=known("service", commune.settings.departments), topic=known("sujet", load_topics()),
            channel=known("canal", CHANNELS), urgency=known("urgence", RANKS),
        ),
        value("apres"),
    )  # fmt: skip
