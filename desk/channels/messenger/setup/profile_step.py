"""The Page's welcome put in place: at most seven of the ten calls that Meta takes in ten minutes."""

from collections.abc import Iterator, Mapping

from desk.answers.messenger_text import size
from desk.channels.messenger.graph import Graph, GraphError
from desk.channels.messenger.setup.inspect import found_profile
from desk.channels.messenger.setup.profile import (
    MAX_GREETING,
    Profile,
    differing,
    greeting,
    surplus,
    wanted_profile,
)
from desk.channels.messenger.setup.refusals import BAD_PARAMETER, error_code
from desk.channels.messenger.setup.report import Line, State, line
from desk.communes.registry import Commune

PATH = "me/messenger_profile"


async def profile_step(
    graph: Graph, token: str, commune: Commune, titles: Mapping[str, str], *, dry_run: bool
) -> list[Line]:
    """Put what differs, take away what is too much. Raises GraphError, NotReached, NoAnswer."""
    found = await found_profile(graph, token)
    wanted = wanted_profile(commune, titles)
    changes, extra = differing(wanted, found), surplus(commune, found)
    lines = list(_gaps(commune, titles))
    if not changes and not extra:
        return [line(State.OK, "profile", what=_named(wanted)), *lines]
    if dry_run:
        return [*_announced(changes, extra), *lines]
    done = await _put(graph, token, changes) if changes else []
    if extra:
        await graph.delete(token, PATH, {"fields": extra})
        done.append(line(State.DONE, "profile_removed", what=_named(extra)))
    return [*done, *lines]


async def _put(graph: Graph, token: str, changes: Profile) -> list[Line]:
    """All at once; when Meta dislikes one, each alone, so that the others are there."""
    try:
        await graph.post(token, PATH, changes)
    except GraphError as error:
        if error.code != BAD_PARAMETER:
            raise
        if len(changes) == 1:
            return [line(State.TODO, "profile_refused", what=_named(changes), code=error_code(error))]
        return [one for part, value in changes.items() for one in await _put(graph, token, {part: value})]
    return [line(State.DONE, "profile_set", what=_named(changes))]


def _gaps(commune: Commune, titles: Mapping[str, str]) -> Iterator[Line]:
    """What the town wants and cannot have."""
    length = size(greeting(commune))
    if length > MAX_GREETING:
        yield line(State.TODO, "greeting_long", length=length)
    for topic in commune.settings.messenger.ice_breakers:
        if topic not in titles:
            yield line(State.TODO, "topic_unknown", topic=topic)


def _announced(changes: Profile, extra: list[str]) -> Iterator[Line]:
    if changes:
        yield line(State.TODO, "profile_differs", what=_named(changes))
    if extra:
        yield line(State.TODO, "profile_surplus", what=_named(extra))


def _named(parts: Profile | list[str]) -> tuple[str, ...]:
    return tuple(f"parts.{part}" for part in parts)
