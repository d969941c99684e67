"""The topics of a town as its departments share them out, each with its policy."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from desk.answers.catalogue import load_topics
from desk.answers.models import Frame
from desk.communes.registry import Commune

OTHERS = "others"


@dataclass(frozen=True)
class Line:
    """A topic: its short title (empty without an answer), its scope, and the decision in force, if any."""

    topic: str
    title: str
    scope: str
    decision: Frame | None

    @property
    def policy(self) -> str:
        return self.decision.policy if self.decision else "auto"


@dataclass(frozen=True)
class Service:
    """A department and its topics, in the catalogue's order."""

    id: str
    name: str
    lines: list[Line]


def service_topics(commune: Commune) -> dict[str, list[str]]:
    """The topics of each department of the town; those of no department of its own stand together."""
    shared = defaultdict(list)
    for topic in load_topics().values():
        service = commune.service_of(topic.id, topic.service) or OTHERS
        shared[service if service in commune.settings.departments else OTHERS].append(topic.id)
    return dict(shared)


def board_of(commune: Commune, titles: dict[str, str], decisions: dict[str, Frame]) -> list[Service]:
    """Every department with its topics."""
    topics = load_topics()
    return [
        Service(service, commune.department_name(service),
                [Line(topic, titles.get(topic, ""), topics[topic].scope, decisions.get(topic))
                 for topic in owned])
        for service, owned in service_topics(commune).items()
    ]  # fmt: skip


def count_policies(services: list[Service]) -> Counter[str]:
    """How many topics have each policy."""
    return Counter(line.policy for service in services for line in service.lines)
